// The log: one JSON object a line, written behind the callers' backs and bounded, so that a slow
// terminal never slows a request down.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <variant>

namespace tenantry::log {

enum class level { trace, debug, info, warn, error, off };
std::string_view to_string(level l);
std::optional<level> parse_level(std::string_view text);

/// One more member of a line: `{"company_id", id}`. Only looks at its strings, so build it within
/// the call. A duration becomes milliseconds under the key with "_ms" after it.
class field {
public:
    using value_type = std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view,
                                    std::chrono::duration<double, std::milli>>;

    field(std::string_view key, bool value) : key_(key), value_(value) {}
    field(std::string_view key, std::signed_integral auto value)
        : key_(key), value_(std::int64_t{value}) {}
    field(std::string_view key, std::unsigned_integral auto value)
        : key_(key), value_(std::uint64_t{value}) {}
    field(std::string_view key, std::floating_point auto value)
        : key_(key), value_(static_cast<double>(value)) {}
    template<std::convertible_to<std::string_view> Text>
    field(std::string_view key, const Text& value) : key_(key), value_(std::string_view{value}) {}
    template<class Rep, class Period>
    field(std::string_view key, std::chrono::duration<Rep, Period> value)
        : key_(key), value_(std::chrono::duration<double, std::milli>{value}) {}
    /// An identity of the domain.
    template<class Id>
    requires requires(const Id& id) {
        { id.value() } -> std::same_as<std::int64_t>;
    }
    field(std::string_view key, const Id& id) : key_(key), value_(id.value()) {}

    std::string_view key() const { return key_; }
    const value_type& value() const { return value_; }

private:
    std::string_view key_;
    value_type value_;
};

struct options {
    level threshold = level::info;
    int descriptor = STDOUT_FILENO;  ///< not closed by the log
    std::size_t queue_lines = 8192;  ///< what waits beyond this is dropped, oldest first
};

/// Before `start` and after `stop` nothing is written. Call both from the main thread, `stop` once
/// no other thread logs any more: it writes what is still queued.
void start(const options& with);
void stop();

/// Lines dropped since `start` because the queue was full.
std::uint64_t dropped();

namespace detail {
inline std::atomic<level> threshold{level::off};
}

inline bool enabled(level l) {
    return l >= detail::threshold.load(std::memory_order_relaxed);
}

using fields = std::initializer_list<field>;

/// Writes `{"time","level","msg"}` and the fields in their order, whatever the threshold. Strings
/// may hold anything: what is no UTF-8 becomes U+FFFD, and API keys are redacted.
void write(level l, std::string_view message, fields with);

inline void trace(std::string_view message, fields with = {}) {
    if (enabled(level::trace)) write(level::trace, message, with);
}
inline void debug(std::string_view message, fields with = {}) {
    if (enabled(level::debug)) write(level::debug, message, with);
}
inline void info(std::string_view message, fields with = {}) {
    if (enabled(level::info)) write(level::info, message, with);
}
inline void warn(std::string_view message, fields with = {}) {
    if (enabled(level::warn)) write(level::warn, message, with);
}
inline void error(std::string_view message, fields with = {}) {
    if (enabled(level::error)) write(level::error, message, with);
}

/// What one answered request leaves behind.
struct access_line {
    std::string_view method;
    std::string_view target;
    int status;
    std::size_t bytes;  ///< of the response's body
    std::chrono::nanoseconds took;
    std::string_view request_id;
    std::string_view remote;
    std::int64_t agency_id = 0;  ///< 0 where nobody was authenticated; then left out
};

/// Level info, message "request". Allocates nothing for a line of usual length.
void access(const access_line& line);

}  // namespace tenantry::log
