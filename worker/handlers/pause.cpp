#include <algorithm>
#include <boost/json.hpp>

#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

namespace {

struct rehearsal {
    std::chrono::milliseconds step_time{};
    int steps = 1;
    std::string error{};
    bool retry = false;
};

/// What the payload does not say, or says in another type, is as above.
rehearsal read_payload(const std::string& payload) {
    rehearsal read;
    boost::system::error_code ec;
    const auto given = boost::json::parse(payload, ec);
    const auto* members = ec ? nullptr : given.if_object();
    if (!members) return read;
    const auto number = [members](std::string_view name, std::int64_t otherwise) {
        const auto* value = members->if_contains(name);
        return value && value->is_int64() ? value->get_int64() : otherwise;
    };
    read.step_time = std::chrono::milliseconds{number("ms", 0)};
    read.steps = static_cast<int>(number("steps", 1));
    if (const auto* error = members->if_contains("error"); error && error->is_string())
        read.error = std::string{error->get_string()};
    if (const auto* retry = members->if_contains("retry"); retry && retry->is_bool())
        read.retry = retry->get_bool();
    return read;
}

}  // namespace

task<outcome> pause(job_run& run) {
    const auto payload = co_await run.payload();
    if (!payload) co_return outcome{outcome::kind::retry, payload.error().message};
    const auto wanted = read_payload(*payload);
    steady_timer timer{co_await net::this_coro::executor};
    for (int step = 1; step <= wanted.steps; ++step) {
        timer.expires_at(std::min(deadline_in(wanted.step_time), run.until()));
        co_await timer.async_wait(use_task);
        if (run.is_over()) co_return outcome{outcome::kind::stopped};
        if (step == wanted.steps) break;
        store::job_progress progress{step, wanted.steps, "step " + std::to_string(step)};
        const bool wanted_still = co_await run.go_on(std::move(progress));
        if (!wanted_still) co_return outcome{outcome::kind::stopped};
    }
    if (wanted.error.empty()) co_return outcome{};
    co_return outcome{wanted.retry ? outcome::kind::retry : outcome::kind::discard, wanted.error};
}

}  // namespace tenantry::worker
