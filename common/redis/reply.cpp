// Copies hiredis's replies of RESP2.
#include "common/redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <stdexcept>

namespace tenantry::redis {

reply copy_of(const redisReply& from) {
    using type = enum reply::type;
    reply to;
    switch (from.type) {
        case REDIS_REPLY_INTEGER:
            to.type = type::integer;
            to.integer = from.integer;
            break;
        case REDIS_REPLY_ARRAY:
            to.type = type::array;
            to.elements.reserve(from.elements);
            for (std::size_t i = 0; i < from.elements; ++i)
                to.elements.push_back(copy_of(*from.element[i]));
            break;
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_ERROR:
            to.type = from.type == REDIS_REPLY_STATUS   ? type::status
                      : from.type == REDIS_REPLY_STRING ? type::string
                                                        : type::error;
            to.text.assign(from.str, from.len);
            break;
        default:
            break;
    }
    return to;
}

void throw_exception_from_error(const failure& f, const boost::source_location&) {
    throw std::logic_error("result accessed without its value: " + f.message);
}

bool is_server_error(const failure& f, std::string_view code) {
    const std::string_view message{f.message};
    return f.kind == failure::kind::server && message.substr(0, message.find(' ')) == code;
}

}  // namespace tenantry::redis
