// The project's own programs as a user starts them: separate processes with flags, a log and an
// exit status.
#pragma once

#include <memory>

#include "tests/support/servers.hpp"

namespace tenantry::test {

/// Flags without their dashes: {"http-port", "0"} is --http-port=0.
using flags = std::map<std::string, std::string>;
using variables = std::map<std::string, std::string>;

std::string read_file(const std::filesystem::path& file);

/// How a program that ran to its end did.
struct outcome {
    int status = 0;
    std::string output{};  ///< stdout and stderr
};

/// Runs `name` ("tenantry-admin") to its end. Throws when that takes longer than a minute.
outcome run_program(const std::string& name, std::vector<std::string> arguments,
                    variables environment = {});

/// Runs any command, looked up in PATH, to its end. Throws when that takes longer than `limit`.
outcome run_command(std::vector<std::string> words, variables environment,
                    std::chrono::seconds limit);

/// A program in the background, its log in a file.
class program {
public:
    /// `under` are the words of a command that runs it, such as a profiler.
    program(const std::string& name, const flags& given, std::filesystem::path log,
            variables environment = {}, std::vector<std::string> under = {});

    process& running() { return *process_; }
    std::string log() const { return read_file(log_); }
    /// Waits until the log has `text`. Throws, with the end of the log, when the program ends
    /// without it.
    void await_log(std::string_view text);
    std::uint16_t metrics_port() const { return metrics_port_; }
    /// The API's port, once it serves.
    std::uint16_t http_port() const;

private:
    std::uint16_t metrics_port_;
    std::filesystem::path log_;
    std::unique_ptr<process> process_;
};

}  // namespace tenantry::test
