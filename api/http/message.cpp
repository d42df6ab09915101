#include "api/http/message.hpp"

#include "common/runtime/kept_memory.hpp"
#include "common/runtime/redact.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/locale/utf.hpp>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <unordered_map>

namespace tenantry::http {
namespace {

// What of a request's memory its connection keeps for the next one: more is given back, since most
// connections are idle most of the time.
constexpr std::size_t kept_head_capacity = 2 * 1024, kept_body_capacity = 1024;
constexpr std::size_t kept_fields = 32, kept_path_capacity = 256, kept_parameter_capacity = 64;

// Blocks that no request has now; as many as usually parse a body at the same time.
constexpr std::size_t most_spare_blocks = 64;
thread_local std::vector<std::unique_ptr<unsigned char[]>> spare_blocks;

// What a response's own header lines come to, usually.
constexpr std::size_t usual_header_size = 384;

bool iequals(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// RFC 3986 §2.1. Empty when an escape is cut short or no hex, or stands for NUL.
std::optional<std::string> decode(std::string_view s, bool plus_is_space) {
    std::string out;
    out.reserve(s.size());
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '+' && plus_is_space) {
            out.push_back(' ');
        } else if (s[i] != '%') {
            out.push_back(s[i]);
        } else {
            if (s.size() - i < 3) return std::nullopt;
            const int high = hex_digit(s[i + 1]);
            const int low = hex_digit(s[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    return out;
}

bool is_utf8(std::string_view s) {
    using utf8 = boost::locale::utf::utf_traits<char>;
    for (auto p = s.begin(); p != s.end();) {
        const auto c = utf8::decode(p, s.end());
        if (c == boost::locale::utf::illegal || c == boost::locale::utf::incomplete) return false;
    }
    return true;
}

bool is_plain(std::string_view s) {
    for (const char c : s) {
        if (c == '%' || static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

bool is_token(std::string_view s) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    for (const char c : s) {
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alphanumeric && others.find(c) == others.npos) return false;
    }
    return !s.empty();
}

void append_value(std::string& out, std::string_view value) {
    const auto is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    };
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    out += value;
    std::replace_if(out.begin() + begin, out.end(), is_control, ' ');
}

void append_number(std::string& out, std::size_t n) {
    std::array<char, 20> digits;
    const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), n);
    out.append(digits.data(), end);
}

/// IMF-fixdate (RFC 9110 §5.6.7).
std::string http_date(std::time_t now) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm t{};
    gmtime_r(&now, &t);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days.at(t.tm_wday), t.tm_mday,
                       months.at(t.tm_mon), t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/// The status line and Date of a response, made once a second and thread for each status.
std::string_view beginning(unsigned status, std::time_t now) {
    struct prebuilt {
        std::time_t made = -1;
        std::string text;
    };
    thread_local std::unordered_map<unsigned, prebuilt> beginnings;
    auto& of = beginnings[status];
    if (of.made != now) {
        const auto reason =
            boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
        of.text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}", status,
                              std::string_view{reason.data(), reason.size()}, http_date(now));
        of.made = now;
    }
    return of.text;
}

bool has_no_content(unsigned status) {
    return status < 200 || status == 204 || status == 304;
}

/// The system call is made once for many ids, since it costs more than the rest of an id.
std::span<const unsigned char, 16> random_bytes() {
    constexpr std::size_t pool_size = 4096;
    thread_local std::array<unsigned char, pool_size> pool;
    thread_local std::size_t used = pool_size;
    if (used == pool_size) {
        for (std::size_t got = 0; got < pool_size;) {
            const auto n = ::getrandom(pool.data() + got, pool_size - got, 0);
            if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category());
            if (n > 0) got += static_cast<std::size_t>(n);
        }
        used = 0;
    }
    used += 16;
    return std::span<const unsigned char, 16>{pool.data() + used - 16, 16};
}

}  // namespace

bool is_valid_request_id(std::string_view s) {
    if (s.empty() || s.size() > max_request_id) return false;
    // It is logged and stored.
    if (s.find(api_key_prefix) != s.npos) return false;
    for (const char c : s) {
        if (c <= ' ' || c > '~') return false;
    }
    return true;
}

std::string make_request_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto bytes = random_bytes();
    std::string out(2 * bytes.size(), '0');
    for (auto digit = out.begin(); const unsigned char byte : bytes) {
        *digit++ = digits[byte >> 4];
        *digit++ = digits[byte & 15];
    }
    return out;
}

void header_lines::add(std::string_view name, std::string_view value) {
    if (!is_token(name)) return;
    if (text_.empty()) text_.reserve(usual_header_size);
    text_ += "\r\n";
    text_ += name;
    text_ += ": ";
    append_value(text_, value);
}

std::optional<std::string_view> header_lines::find(std::string_view name) const {
    const auto opening = fmt::format("\r\n{}: ", name);
    const auto at = text_.find(opening);
    if (at == text_.npos) return std::nullopt;
    const auto from = text().substr(at + opening.size());
    return from.substr(0, from.find('\r'));
}

request_head::slice request_head::keep(std::string_view s) {
    const slice kept{static_cast<std::uint32_t>(text_.size()),
                     static_cast<std::uint32_t>(s.size())};
    text_.append(s);
    return kept;
}

const request_head::field* request_head::find(std::string_view name) const {
    for (const field& f : fields_) {
        if (f.name.size == name.size() && iequals(text(f.name), name)) return &f;
    }
    return nullptr;
}

std::string_view request_head::header(std::string_view name) const {
    const field* f = find(name);
    return f ? text(f->value) : std::string_view{};
}

bool request_head::has_header(std::string_view name) const {
    return find(name) != nullptr;
}

std::size_t request_head::count_headers(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields_, [&](const field& f) { return iequals(text(f.name), name); }));
}

std::optional<std::string> request_head::query(std::string_view name) const {
    std::string_view rest = raw_query();
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        if (decode(pair.substr(0, equals), true) != name) continue;
        return decode(pair.substr(std::min(pair.size(), equals + 1)), true);
    }
    return std::nullopt;
}

void request::clear() {
    method_ = verb::unknown;
    clear_keeping(text_, kept_head_capacity);
    method_text_ = target_ = path_ = query_ = {};
    clear_keeping(fields_, kept_fields);
    clear_keeping(normalised_path_, kept_path_capacity);
    id_.clear();
    forget_content();
    for (auto& p : path_parameters_) p = {};
    for (auto& p : decoded_parameters_) clear_keeping(p, kept_parameter_capacity);
}

void request::forget_content() {
    clear_keeping(body_, kept_body_capacity);
    memory_.reset();
    if (block_ && spare_blocks.size() < most_spare_blocks)
        spare_blocks.push_back(std::move(block_));
    block_.reset();
}

std::size_t request::held_memory() const {
    auto all = text_.capacity() + normalised_path_.capacity() + id_.capacity() + body_.capacity() +
               fields_.capacity() * sizeof(field);
    for (const auto& p : decoded_parameters_) all += p.capacity();
    return all;
}

boost::json::storage_ptr request::memory() {
    if (!block_ && !spare_blocks.empty()) {
        block_ = std::move(spare_blocks.back());
        spare_blocks.pop_back();
    }
    if (!block_) block_ = std::make_unique_for_overwrite<unsigned char[]>(block_size);
    if (!memory_) memory_.emplace(block_.get(), block_size);
    return &*memory_;
}

void request::set_line(verb method, std::string_view method_text, std::string_view target) {
    method_ = method;
    method_text_ = keep(method_text);
    target_ = keep(target);
}

void request::add_header(std::string_view name, std::string_view value) {
    const slice kept_name = keep(name);
    fields_.push_back({kept_name, keep(value)});
}

bool request::split_target() {
    std::string_view rest = target();
    std::uint32_t at = target_.at;
    if (rest == "*") {
        path_ = target_;
        return method_ == verb::options;
    }
    if (rest.find('#') != rest.npos) return false;
    if (!rest.starts_with('/')) {
        const auto scheme = rest.substr(0, rest.find("://"));
        if (!iequals(scheme, "http") && !iequals(scheme, "https")) return false;
        if (scheme.size() == rest.size()) return false;
        const auto end = std::min(rest.find_first_of("/?", scheme.size() + 3), rest.size());
        rest.remove_prefix(end);
        at += static_cast<std::uint32_t>(end);
    }
    const auto path_size = std::min(rest.find('?'), rest.size());
    const auto query_at = std::min(path_size + 1, rest.size());
    query_ = {at + static_cast<std::uint32_t>(query_at),
              static_cast<std::uint32_t>(rest.size() - query_at)};
    path_ = path_size == 0 ? keep("/") : slice{at, static_cast<std::uint32_t>(path_size)};
    return true;
}

bool request::normalise_path() {
    const auto whole = decode(target(), false);
    if (!whole || !is_utf8(*whole)) return false;
    const std::string_view raw = text(path_);
    if (raw.find('%') == raw.npos) return true;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            normalised_path_.push_back(raw[i]);
            continue;
        }
        const char c = static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2]));
        i += 2;
        if (c == '/') {
            normalised_path_ += "%2F";
        } else if (c == '%') {
            normalised_path_ += "%25";
        } else {
            normalised_path_.push_back(c);
        }
    }
    return true;
}

bool request::finish_head() {
    const auto asked = header("X-Request-Id");
    id_ = is_valid_request_id(asked) ? std::string{asked} : make_request_id();
    return split_target() && (is_plain(target()) || normalise_path());
}

void request::set_path_parameters(std::span<const std::string_view> matched) {
    for (std::size_t i = 0; i < matched.size(); ++i) {
        path_parameters_[i] = matched[i];
        if (matched[i].find('%') == matched[i].npos) continue;
        decoded_parameters_[i] = decode(matched[i], false).value();
        path_parameters_[i] = decoded_parameters_[i];
    }
}

void make_request(request& out, verb method, std::string_view target,
                  std::initializer_list<header> headers, std::string_view body) {
    out.clear();
    const auto now = std::chrono::steady_clock::now();
    out.set_times(now, now + std::chrono::seconds{10});
    const auto method_text = boost::beast::http::to_string(method);
    out.set_line(method, {method_text.data(), method_text.size()}, target);
    for (const header& h : headers) out.add_header(h.name, h.value);
    out.mutable_body() = body;
    if (!out.finish_head()) throw std::invalid_argument("malformed target");
}

void serialize(const response& what, const response_facts& facts, std::string& out) {
    out += beginning(what.status, facts.now);
    if (!has_no_content(what.status)) {
        if (!what.content_type.empty() && !what.body.empty()) {
            out += "\r\nContent-Type: ";
            append_value(out, what.content_type);
        }
        out += "\r\nContent-Length: ";
        append_number(out, what.body.size());
    }
    out += "\r\nX-Request-Id: ";
    append_value(out, facts.request_id);
    out += what.headers.text();
    if (!facts.keep_alive || what.close) {
        out += "\r\nConnection: close";
    } else if (facts.http_1_0) {
        out += "\r\nConnection: keep-alive";
    }
    out += "\r\n\r\n";
    if (!facts.head && !has_no_content(what.status)) out += what.body;
}

}  // namespace tenantry::http
