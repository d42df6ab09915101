// JSON lines, written by a thread of their own.
#include "common/runtime/log.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/locale/utf.hpp>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "common/runtime/clock.hpp"
#include "common/runtime/kept_memory.hpp"
#include "common/runtime/redact.hpp"
#include "common/runtime/timestamp_text.hpp"

namespace tenantry::log {
namespace {

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info",
                                                      "warn",  "error", "off"};

// A line of usual length never leaves the stack.
using line_buffer = fmt::basic_memory_buffer<char, 1024>;

void append(line_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

/// By the character: a log line has hundreds, and a look-up is cheaper than four comparisons.
constexpr auto plain = [] {
    std::array<bool, 256> all{};
    for (int c = 0x20; c < 0x7F; ++c) all[static_cast<std::size_t>(c)] = c != '"' && c != '\\';
    return all;
}();

bool is_plain(char c) {
    return plain[static_cast<unsigned char>(c)];
}

// Writes the character at `at`, which JSON needs escaped or which is not ASCII; returns its end.
const char* append_special(line_buffer& out, const char* at, const char* end) {
    if (*at == '"' || *at == '\\') {
        out.push_back('\\');
        out.push_back(*at);
        return at + 1;
    }
    if (static_cast<unsigned char>(*at) < 0x80) {
        fmt::format_to(fmt::appender(out), "\\u{:04x}", int{*at});
        return at + 1;
    }
    namespace utf = boost::locale::utf;
    const char* next = at;
    const auto point = utf::utf_traits<char>::decode(next, end);
    if (point == utf::illegal || point == utf::incomplete) {
        append(out, "\uFFFD");
        return at + 1;
    }
    append(out, {at, next});
    return next;
}

void append_escaped(line_buffer& out, std::string_view text) {
    out.push_back('"');
    for (const char *at = text.data(), *end = at + text.size(); at != end;) {
        const char* stop = std::find_if_not(at, end, is_plain);
        out.append(at, stop);
        at = stop == end ? end : append_special(out, stop, end);
    }
    out.push_back('"');
}

void append_string(line_buffer& out, std::string_view text) {
    if (text.find(api_key_prefix) == text.npos && text.find('%') == text.npos)
        return append_escaped(out, text);
    append_escaped(out, redact_keys(std::string{text}));
}

struct value_writer {
    line_buffer& out;

    void operator()(bool value) const { append(out, value ? "true" : "false"); }
    void operator()(std::string_view value) const { append_string(out, value); }
    void operator()(std::integral auto value) const {
        const fmt::format_int digits{value};
        append(out, {digits.data(), digits.size()});
    }
    void operator()(double value) const {
        if (!std::isfinite(value)) return append(out, "null");
        fmt::format_to(fmt::appender(out), "{}", value);
    }
    void operator()(std::chrono::duration<double, std::milli> value) const {
        fmt::format_to(fmt::appender(out), "{:.3f}", value.count());
    }
};

void append_field(line_buffer& out, const field& f) {
    const bool is_duration =
        std::holds_alternative<std::chrono::duration<double, std::milli>>(f.value());
    append(out, ",\"");
    append(out, f.key());
    append(out, is_duration ? "_ms\":" : "\":");
    std::visit(value_writer{out}, f.value());
}

/// The lines that wait, as one text whose memory is used again and again.
class waiting_lines {
public:
    explicit waiting_lines(std::size_t most) : most_(most) {}

    std::size_t count() const { return count_; }
    std::uint64_t dropped() const { return dropped_; }
    std::string_view text() const { return std::string_view{text_}.substr(begin_); }

    /// Drops the oldest when there are too many.
    void add(std::string_view line) {
        if (count_ == most_) drop_oldest();
        (text_ += line) += '\n';
        ++count_;
    }
    void clear() {
        clear_keeping(text_, kept_capacity);
        begin_ = count_ = 0;
    }
    void swap(waiting_lines& other) {
        text_.swap(other.text_);
        std::swap(begin_, other.begin_);
        std::swap(count_, other.count_);
    }

private:
    static constexpr std::size_t kept_capacity = 256 * 1024;

    void drop_oldest() {
        begin_ = text_.find('\n', begin_) + 1;
        --count_;
        ++dropped_;
        if (begin_ <= text_.size() / 2) return;
        text_.erase(0, begin_);
        begin_ = 0;
    }

    const std::size_t most_;
    std::string text_;
    std::size_t begin_ = 0;  ///< of the oldest line
    std::size_t count_ = 0;
    std::uint64_t dropped_ = 0;
};

/// The lines that wait, and the thread that writes them. It is woken by the first line alone and
/// gathers for a moment: a wake for each line would cost more than all else about a request.
class line_writer {
public:
    explicit line_writer(const options& with)
        : descriptor_(with.descriptor), lines_(with.queue_lines), thread_([this] { run(); }) {}
    ~line_writer() { finish(); }
    line_writer(const line_writer&) = delete;
    line_writer& operator=(const line_writer&) = delete;

    /// Writes what waits, and nothing that comes after it.
    void finish() {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(stopping_, true)) return;
        }
        changed_.notify_one();
        thread_.join();
    }

    void add(std::string_view line) {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        lines_.add(line);
        if (lines_.count() == 1) changed_.notify_one();
    }

    std::uint64_t dropped() const {
        const std::lock_guard lock(mutex_);
        return stopping_ ? 0 : lines_.dropped();
    }

private:
    static constexpr std::chrono::milliseconds gather_time{5};

    void run() {
        waiting_lines gathered{0};
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [this] { return stopping_ || lines_.count() > 0; });
            if (lines_.count() == 0) return;
            changed_.wait_for(lock, gather_time, [this] { return stopping_; });
            gathered.swap(lines_);
            lock.unlock();
            write_out(gathered.text());
            gathered.clear();
            lock.lock();
        }
    }

    // A descriptor that cannot be written any more has nobody left to tell.
    void write_out(std::string_view left) const {
        while (!left.empty()) {
            const auto n = ::write(descriptor_, left.data(), left.size());
            if (n >= 0) {
                left.remove_prefix(n);
            } else if (errno == EAGAIN) {
                pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
                ::poll(&writable, 1, -1);
            } else if (errno != EINTR) {
                break;
            }
        }
    }

    const int descriptor_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    waiting_lines lines_;
    bool stopping_ = false;
    std::thread thread_;  ///< last: it uses the others
};

/// There until the next start(): threads that are cut off may still be writing when it stops.
std::unique_ptr<line_writer> running;

}  // namespace

std::string_view to_string(level l) {
    return level_names.at(static_cast<std::size_t>(l));
}

std::optional<level> parse_level(std::string_view text) {
    const auto found = std::ranges::find(level_names, text);
    if (found == level_names.end()) return std::nullopt;
    return static_cast<level>(found - level_names.begin());
}

void start(const options& with) {
    running = std::make_unique<line_writer>(with);
    detail::threshold = with.threshold;
}

void stop() {
    detail::threshold = level::off;
    if (running) running->finish();
}

std::uint64_t dropped() {
    return running ? running->dropped() : 0;
}

void write(level l, std::string_view message, fields with) {
    if (!running) return;
    line_buffer out;
    const auto now = rfc3339(wall_clock{}.now());
    append(out, "{\"time\":\"");
    append(out, {now.data(), now.size()});
    append(out, "\",\"level\":\"");
    append(out, to_string(l));
    append(out, "\",\"msg\":");
    append_string(out, message);
    for (const auto& f : with) append_field(out, f);
    out.push_back('}');
    running->add({out.data(), out.size()});
}

void access(const access_line& line) {
    if (!enabled(level::info)) return;
    const field method{"method", line.method}, target{"target", line.target},
        status{"status", line.status}, bytes{"bytes", line.bytes}, took{"took", line.took},
        request_id{"request_id", line.request_id}, remote{"remote", line.remote};
    if (line.agency_id == 0)
        return write(level::info, "request",
                     {request_id, method, target, status, bytes, took, remote});
    write(level::info, "request",
          {request_id, method, target, status, bytes, took, remote, {"agency_id", line.agency_id}});
}

}  // namespace tenantry::log
