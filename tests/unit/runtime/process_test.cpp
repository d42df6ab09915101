// What ends a process is tried in a child of this one.
#include <sys/wait.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/io_threads.hpp"
#include "common/runtime/shutdown.hpp"

using namespace tenantry;

namespace {

// The wait status of a child that runs `body` and then exits with 0.
template<class Body>
int status_of(Body body) {
    const auto child = ::fork();
    if (child == 0) {
        body();
        ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

bool exits_with(int code, int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

bool dies_of(int signal, int status) {
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process_test)

BOOST_AUTO_TEST_CASE(the_first_signal_stops_and_the_context_ends) {
    BOOST_TEST(exits_with(7, status_of([] {
                              net::io_context context{1};
                              std::optional<shutdown_signals> signals;
                              int stops = 0;
                              signals.emplace(context, [&] {
                                  ++stops;
                                  signals->close();
                              });
                              ::raise(SIGTERM);
                              context.run();
                              if (stops == 1) ::_exit(7);
                          })));
}

BOOST_AUTO_TEST_CASE(a_second_signal_quits_at_once) {
    BOOST_TEST(exits_with(impatient_exit, status_of([] {
                              net::io_context context{1};
                              const shutdown_signals signals{context, [] { ::raise(SIGINT); }};
                              ::raise(SIGTERM);
                              context.run();
                          })));
}

BOOST_AUTO_TEST_CASE(a_hangup_reloads_each_time_and_stops_nothing) {
    BOOST_TEST(exits_with(2, status_of([] {
                              net::io_context context{1};
                              int reloads = 0;
                              const shutdown_signals signals{context, [] { ::_exit(1); },
                                                             [&] {
                                                                 if (++reloads == 2) ::_exit(2);
                                                                 ::raise(SIGHUP);
                                                             }};
                              ::raise(SIGHUP);
                              context.run();
                          })));
}

BOOST_AUTO_TEST_CASE(a_broken_pipe_is_no_end) {
    BOOST_TEST(exits_with(0, status_of([] {
                              net::io_context context{1};
                              const shutdown_signals signals{context, [] {}};
                              ::raise(SIGPIPE);
                          })));
}

#ifdef TENANTRY_FAILPOINTS
BOOST_AUTO_TEST_CASE(a_named_failpoint_kills_and_others_do_not) {
    const auto reach = [](const char* armed, const char* name, int times) {
        return status_of([=] {
            ::setenv("TENANTRY_FAILPOINT", armed, 1);
            for (int i = 0; i < times; ++i) failpoint(name);
        });
    };
    BOOST_TEST(dies_of(SIGKILL, reach("a.b", "a.b", 1)));
    BOOST_TEST(exits_with(0, reach("a.b", "a.c", 1)));
    BOOST_TEST(exits_with(0, reach("", "a.b", 1)));
    BOOST_TEST(exits_with(0, reach("a.b:3", "a.b", 2)));
    BOOST_TEST(dies_of(SIGKILL, reach("a.b:3", "a.b", 3)));
}
#endif

BOOST_AUTO_TEST_CASE(each_context_runs_on_a_thread_of_its_own_name) {
    io_threads threads{2, "serve"};
    std::array<std::string, 2> names;
    std::array<std::thread::id, 2> ids;
    for (std::size_t i = 0; i < threads.size(); ++i)
        net::post(threads.context(i), [&, i] {
            std::array<char, 16> name{};
            ::pthread_getname_np(::pthread_self(), name.data(), name.size());
            names[i] = name.data();
            ids[i] = std::this_thread::get_id();
        });
    threads.start();
    threads.finish();
    threads.join();
    BOOST_TEST((ids[0] != ids[1]));
    BOOST_TEST(names == (std::array<std::string, 2>{"serve-0", "serve-1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(finish_waits_for_work_and_stop_does_not) {
    io_threads threads{1, "t"};
    bool done = false;
    steady_timer work{threads.context(0)};
    work.expires_after(std::chrono::milliseconds{20});
    work.async_wait([&](auto) { done = true; });
    threads.start();
    threads.finish();
    threads.join();
    BOOST_TEST(done);
    io_threads stopped{1, "t"};
    steady_timer forever{stopped.context(0)};
    forever.expires_at(steady_timer::time_point::max());
    forever.async_wait([](auto) {});
    stopped.start();
    stopped.stop();
    stopped.join();
}

BOOST_AUTO_TEST_CASE(an_escaped_exception_ends_the_process) {
    BOOST_TEST(dies_of(SIGABRT, status_of([] {
                           ::close(STDERR_FILENO);
                           std::signal(SIGABRT, SIG_DFL);
                           io_threads threads{1, "t"};
                           net::post(threads.context(0), [] { throw std::runtime_error("bug"); });
                           threads.start();
                           threads.join();
                       })));
}

BOOST_AUTO_TEST_SUITE_END()
