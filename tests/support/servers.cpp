// Starts and ends what integration tests talk to, without any of the code under test.
#include "tests/support/servers.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/url.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/sql.hpp"

namespace tenantry::test {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& predicate, std::chrono::milliseconds timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

temporary_directory::temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "tenantry-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

namespace {

/// Below the range that the kernel gives to outgoing connections, one of which could take a port
/// from there before its owner listens.
constexpr int first_port = 20'000;
constexpr int last_port = 31'999;

bool can_listen(std::uint16_t port) {
    net::io_context io;
    try {
        // With SO_REUSEADDR, as servers do.
        const tcp_acceptor probe{io.get_executor(), {net::ip::address_v4::loopback(), port}};
        return true;
    } catch (const boost::system::system_error&) {
        return false;
    }
}

}  // namespace

std::uint16_t free_port() {
    static std::mutex one_at_a_time;
    static std::set<std::uint16_t> handed_out;
    // Anywhere, so that test programs that run side by side seldom meet.
    static std::minstd_rand random{std::random_device{}()};
    const std::lock_guard lock{one_at_a_time};
    for (;;) {
        std::uniform_int_distribution<int> any{first_port, last_port};
        const auto port = static_cast<std::uint16_t>(any(random));
        if (handed_out.insert(port).second && can_listen(port)) return port;
    }
}

namespace {

/// Between fork and exec: only what is safe in a copy of a process with threads.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* output,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);
    const int file = ::open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || ::dup2(file, STDOUT_FILENO) < 0 || ::dup2(file, STDERR_FILENO) < 0)
        ::_exit(126);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execvpe(arguments[0], arguments, environment);
    ::_exit(127);
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** variable = environ; *variable; ++variable) {
        const std::string_view text{*variable};
        if (!more.contains(std::string{text.substr(0, text.find('='))})) all.emplace_back(text);
    }
    for (const auto& [name, value] : more) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& s : strings) pointers.push_back(s.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

process::process(std::vector<std::string> arguments, options o) {
    auto environment = environment_with(o.environment);
    const auto argv = pointers_to(arguments);
    const auto envp = pointers_to(environment);
    const std::string output = o.output.empty() ? "/dev/null" : o.output.string();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) become(argv.data(), envp.data(), output.c_str(), parent);
}

process::~process() {
    if (status_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void process::signal(int number) {
    if (!status_) ::kill(pid_, number);
}

std::optional<int> process::wait(std::chrono::milliseconds timeout) {
    const auto ended = [this] {
        if (status_) return true;
        int raw = 0;
        if (::waitpid(pid_, &raw, WNOHANG) != pid_) return false;
        status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
        return true;
    };
    eventually(ended, timeout);
    return status_;
}

namespace {

bool answers_ping(std::uint16_t port) {
    net::io_context io;
    tcp_socket socket{io.get_executor()};
    boost::system::error_code ec;
    socket.connect({net::ip::address_v4::loopback(), port}, ec);
    if (ec) return false;
    net::write(socket, net::buffer("PING\r\n", 6), ec);
    std::string answer(7, '\0');
    net::read(socket, net::buffer(answer), ec);
    return answer == "+PONG\r\n";
}

}  // namespace

redis_server::redis_server(bool append_only) : port_{free_port()}, append_only_{append_only} {
    start();
}

void redis_server::start() {
    server_.emplace(
        std::vector<std::string>{"redis-server", "--port", std::to_string(port_), "--bind",
                                 "127.0.0.1", "--save", "", "--appendonly",
                                 append_only_ ? "yes" : "no", "--maxmemory-policy", "noeviction",
                                 "--dir", directory_.path().string(), "--daemonize", "no"},
        process::options{{}, directory_.path() / "redis.log"});
    if (!eventually([this] { return answers_ping(port_) || !server_->running(); }) ||
        !server_->running())
        throw std::runtime_error("redis-server did not start");
}

std::string redis_server::url() const {
    return "redis://127.0.0.1:" + std::to_string(port_);
}

void redis_server::kill() {
    server_->signal(SIGKILL);
    server_->wait();
}

void redis_server::restart() {
    kill();
    start();
}

void redis_server::restart_empty() {
    kill();
    std::filesystem::remove_all(directory_.path() / "appendonlydir");
    start();
}

void redis_server::suspend() {
    server_->signal(SIGSTOP);
}
void redis_server::resume() {
    server_->signal(SIGCONT);
}

namespace {

boost::urls::url test_url(const char* variable) {
    const char* value = std::getenv(variable);
    if (!value || !*value) throw std::runtime_error("run the tests through scripts/test");
    return boost::urls::url{value};
}

std::string with_database(const char* variable, const std::string& name) {
    auto url = test_url(variable);
    url.set_path("/" + name);
    return std::string{url.buffer()};
}

constexpr const char* owner_variable = "TENANTRY_TEST_DATABASE_URL";

/// CREATE DATABASE needs a session elsewhere: nobody may be connected to the template.
std::string maintenance_url() {
    return with_database(owner_variable, "postgres");
}

}  // namespace

database::database() {
    static std::atomic<int> count{0};
    name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    const auto migrated = std::string{test_url(owner_variable).path().substr(1)};
    sql_session{maintenance_url()}.execute("CREATE DATABASE " + name_ + " TEMPLATE \"" + migrated +
                                           "\"");
}

database::~database() {
    try {
        sql_session{maintenance_url()}.execute("DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
        // The server went first; there is nothing left to drop.
    }
}

std::string database::owner_url() const {
    return with_database(owner_variable, name_);
}

std::string database::api_url() const {
    return with_database("TENANTRY_TEST_API_DATABASE_URL", name_);
}

std::string database::worker_url() const {
    return with_database("TENANTRY_TEST_WORKER_DATABASE_URL", name_);
}

std::string database::execute(const std::string& sql) const {
    return sql_session{owner_url()}.execute(sql);
}

}  // namespace tenantry::test
