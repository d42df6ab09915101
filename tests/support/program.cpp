#include "tests/support/program.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tenantry::test {

namespace {

constexpr std::chrono::seconds a_minute{60};

std::string path_of(const std::string& name) {
    return TENANTRY_BINARY_DIR "/" + name;
}

std::vector<std::string> command_line(std::vector<std::string> words, const std::string& name,
                                      const flags& given) {
    words.push_back(path_of(name));
    for (const auto& [flag, value] : given) words.push_back("--" + flag + "=" + value);
    return words;
}

std::string end_of(const std::string& text) {
    constexpr std::size_t enough = 2000;
    return text.size() < enough ? text : text.substr(text.size() - enough);
}

/// A port that is needed before its owner can tell it.
flags with_metrics_port(flags given, std::uint16_t port) {
    given.emplace("metrics-port", std::to_string(port));
    return given;
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

outcome run_program(const std::string& name, std::vector<std::string> arguments,
                    variables environment) {
    arguments.insert(arguments.begin(), path_of(name));
    return run_command(std::move(arguments), std::move(environment), a_minute);
}

outcome run_command(std::vector<std::string> words, variables environment,
                    std::chrono::seconds limit) {
    const temporary_directory directory;
    const auto output = directory.path() / "output";
    const auto name = words.front();
    process running{std::move(words), {std::move(environment), output}};
    const auto status = running.wait(limit);
    if (!status) throw std::runtime_error(name + " does not end\n" + end_of(read_file(output)));
    return {*status, read_file(output)};
}

program::program(const std::string& name, const flags& given, std::filesystem::path log,
                 variables environment, std::vector<std::string> under)
    : metrics_port_{free_port()},
      log_{std::move(log)},
      process_{std::make_unique<process>(
          command_line(std::move(under), name, with_metrics_port(given, metrics_port_)),
          process::options{std::move(environment), log_})} {}

void program::await_log(std::string_view text) {
    bool found = false;
    const auto settled = [&] {
        // In this order: what it logged before it ended is not missed.
        const bool ended = !process_->running();
        found = log().find(text) != std::string::npos;
        return found || ended;
    };
    eventually(settled, a_minute);
    if (!found)
        throw std::runtime_error("waited in vain for " + std::string{text} + " in\n" +
                                 end_of(log()));
}

std::uint16_t program::http_port() const {
    const auto text = log();
    const auto line = text.find("\"serving\"");
    constexpr std::string_view field = "\"port\":";
    const auto at = text.find(field, line);
    if (line == std::string::npos || at == std::string::npos)
        throw std::logic_error("the API does not serve yet");
    return static_cast<std::uint16_t>(std::stoi(text.substr(at + field.size())));
}

}  // namespace tenantry::test
