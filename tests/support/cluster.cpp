#include "tests/support/cluster.hpp"

#include <csignal>
#include <cstdlib>
#include <regex>
#include <stdexcept>

namespace tenantry::test {

namespace {

constexpr std::chrono::minutes script_time{2};

void run_script(std::vector<std::string> words, variables environment = {}) {
    words.front().insert(0, TENANTRY_SOURCE_DIR "/scripts/");
    const temporary_directory directory;
    const auto output = directory.path() / "output";
    process script{words, {std::move(environment), output}};
    if (script.wait(script_time) != 0)
        throw std::runtime_error(words.front() + " failed: " + read_file(output));
}

}  // namespace

cluster::cluster() {
    start();
    run_script({"migrate"},
               {{"DATABASE_URL", variable("DATABASE_URL")},
                {"TENANTRY_API_DB_PASSWORD", variable("TENANTRY_API_DB_PASSWORD")},
                {"TENANTRY_WORKER_DB_PASSWORD", variable("TENANTRY_WORKER_DB_PASSWORD")}});
}

cluster::~cluster() {
    try {
        servers("destroy");
    } catch (const std::exception&) {
        // What is left of it is in the temporary directory, and the failure has been seen.
    }
}

database_urls cluster::urls() const {
    return {variable("DATABASE_URL"), variable("TENANTRY_API_DATABASE_URL"),
            variable("TENANTRY_WORKER_DATABASE_URL")};
}

std::uint16_t cluster::port() const {
    return static_cast<std::uint16_t>(std::stoi(variable("last_postgres_port")));
}

void cluster::stop(int signal) {
    const auto file = directory_.path() / "data" / "postgres" / "postmaster.pid";
    const auto pid = std::stoi(read_file(file));
    ::kill(pid, signal);
    if (!eventually([&] { return ::kill(pid, 0) != 0; }))
        throw std::runtime_error("PostgreSQL does not stop");
}

void cluster::start() {
    servers("start");
}

void cluster::servers(const std::string& command) {
    std::vector<std::string> words{"servers", command, directory_.path().string()};
    if (command == "start") words.push_back("--no-redis");
    run_script(words);
}

std::string cluster::variable(const std::string& name) const {
    const auto text = read_file(directory_.path() / "env");
    std::smatch match;
    if (!std::regex_search(text, match, std::regex{"(?:^|\n)" + name + "=([^\n]*)\n"}))
        throw std::runtime_error("scripts/servers names no " + name);
    return match[1];
}

}  // namespace tenantry::test
