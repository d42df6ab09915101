// Lua scripts that run inside Redis, sent by their digest.
#pragma once

#include <string>
#include <vector>

#include "common/redis/connection.hpp"

namespace tenantry::redis {

class script {
public:
    explicit script(std::string source);
    const std::string& source() const { return source_; }
    const std::string& digest() const { return digest_; }  ///< SHA-1 in hexadecimal

private:
    std::string source_;
    std::string digest_;
};

/// Runs the script: EVALSHA, and where Redis does not know it (NOSCRIPT) once more with its source,
/// which makes it known. Errors of connection::command.
task<result<reply>> evaluate(connection& c, const script& s, std::vector<std::string> keys,
                             std::vector<std::string> arguments, deadline until);

}  // namespace tenantry::redis
