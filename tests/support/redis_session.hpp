// A session with Redis that is no part of the code under test.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry::test {

class redis_session {
public:
    explicit redis_session(std::uint16_t port);

    /// The first line of the reply as the protocol has it: "+OK", ":3", "-ERR …", "$12".
    std::string command(const std::vector<std::string>& words);

private:
    net::io_context context_{1};
    tcp_socket socket_;
};

}  // namespace tenantry::test
