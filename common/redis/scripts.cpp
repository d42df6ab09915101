// The digest is Redis's name for a script (SCRIPT LOAD), no measure of security.
#include "common/redis/scripts.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tenantry::redis {
namespace {

std::string sha1_hex(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 is not available");
    std::string hex;
    for (unsigned i = 0; i < size; ++i)
        fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
    return hex;
}

}  // namespace

script::script(std::string source) : source_{std::move(source)}, digest_{sha1_hex(source_)} {}

task<result<reply>> evaluate(connection& c, const script& s, std::vector<std::string> keys,
                             std::vector<std::string> arguments, deadline until) {
    std::vector<std::string> command;
    command.reserve(3 + keys.size() + arguments.size());
    command.assign({"EVALSHA", s.digest(), std::to_string(keys.size())});
    std::ranges::move(keys, std::back_inserter(command));
    std::ranges::move(arguments, std::back_inserter(command));
    auto answer = co_await c.command(command, until);
    if (answer || !is_server_error(answer.error(), "NOSCRIPT")) co_return std::move(answer);
    command[0] = "EVAL";
    command[1] = s.source();
    co_return co_await c.command(std::move(command), until);
}

}  // namespace tenantry::redis
