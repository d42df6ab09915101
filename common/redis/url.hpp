// Where a Redis server is and how to log in there, as one configuration string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::redis {

struct address {
    std::string host;
    std::uint16_t port = 6379;
    std::string user{};      ///< empty for the default user
    std::string password{};  ///< empty when the server asks for none
    int database = 0;

    bool operator==(const address&) const = default;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`, percent-decoded. Throws
/// std::invalid_argument, which does not repeat the URL: it may hold a password.
address parse_url(std::string_view url);

}  // namespace tenantry::redis
