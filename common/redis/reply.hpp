// What Redis answered, as a value of our own: hiredis frees its replies when a callback returns.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <vector>

struct redisReply;

namespace tenantry::redis {

struct reply {
    enum class type { nil, integer, status, string, array, error } type = type::nil;
    std::int64_t integer = 0;
    std::string text{};  ///< of a status, a string or an error
    std::vector<reply> elements{};

    bool is_nil() const { return type == type::nil; }
    bool is_error() const { return type == type::error; }
};

reply copy_of(const redisReply& from);

struct failure {
    enum class kind {
        unavailable,  ///< not connected, or the connection broke: whether it took effect is unknown
        timed_out,    ///< no answer by the deadline; it may take effect still
        server,       ///< Redis answered with an error, which is `message`
    } kind;
    std::string message{};  ///< begins with Redis's error code, for example "NOSCRIPT"
};

[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location&);

template<class T>
using result = boost::system::result<T, failure>;

/// Whether Redis refused with that error code, the first word of its message.
bool is_server_error(const failure& f, std::string_view code);

}  // namespace tenantry::redis
