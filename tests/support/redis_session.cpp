#include "tests/support/redis_session.hpp"

#include <fmt/format.h>

namespace tenantry::test {

redis_session::redis_session(std::uint16_t port) : socket_{context_.get_executor()} {
    socket_.connect({net::ip::address_v4::loopback(), port});
}

std::string redis_session::command(const std::vector<std::string>& words) {
    auto text = fmt::format("*{}\r\n", words.size());
    for (const auto& word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
    net::write(socket_, net::buffer(text));
    std::string reply;
    const auto size = net::read_until(socket_, net::dynamic_buffer(reply), "\r\n") - 2;
    const auto first = reply.substr(0, size);
    // A bulk string's text follows.
    if (first.front() == '$' && first != "$-1") {
        const auto whole = size + 2 + std::stoul(first.substr(1)) + 2;
        if (reply.size() < whole)
            net::read(socket_, net::dynamic_buffer(reply),
                      net::transfer_exactly(whole - reply.size()));
    }
    return first;
}

}  // namespace tenantry::test
