// tenantry-admin queue …
#include <fmt/format.h>

#include <algorithm>

#include "api/admin/console.hpp"
#include "common/runtime/timestamp_text.hpp"
#include "common/store/queues.hpp"

namespace tenantry::admin {

namespace {

using namespace std::chrono_literals;

constexpr auto pause_between_looks = 200ms;
constexpr int looks_between_reports = 5;

std::string age(const store::queue_summary& queue) {
    if (!queue.oldest_due) return "-";
    return fmt::format("{:.1f}s", std::chrono::duration<double>(*queue.oldest_due).count());
}

task<void> list(console& on, const arguments&) {
    const auto queues = value_of(co_await store::list_queues(on.database(), on.until()));
    fmt::print("{:<14}  {:>9}  {:>9}  {:>8}  {:>8}  {:>11}  {:>10}  {}\n", "QUEUE", "DUE",
               "DELAYED", "RUNNING", "DEAD", "QUARANTINED", "OLDEST DUE", "PAUSED SINCE");
    for (const auto& q : queues)
        fmt::print("{:<14}  {:>9}  {:>9}  {:>8}  {:>8}  {:>11}  {:>10}  {}\n", q.queue, q.due,
                   q.delayed, q.running, q.dead, q.quarantined, age(q),
                   q.paused_at ? to_rfc3339(*q.paused_at) : "-");
}

task<store::queue_summary> look_at(console& on, std::string name) {
    auto queues = value_of(co_await store::list_queues(on.database(), on.until()));
    const auto found = std::ranges::find(queues, name, &store::queue_summary::queue);
    if (found == queues.end()) {
        std::vector<std::string_view> names;
        for (const auto& q : queues) names.push_back(q.queue);
        throw command_error(
            fmt::format("there is no queue {}; there are {}", name, fmt::join(names, ", ")));
    }
    co_return *found;
}

task<void> pause(console& on, const arguments& with) {
    const auto name = with.get("queue");
    co_await look_at(on, name);
    check(co_await store::pause_queue(on.database(), name, on.until()));
    const auto queue = co_await look_at(on, name);
    fmt::print("{} is paused: no job of it starts; {} that run come to their end, {} are due\n",
               name, queue.running, queue.due);
}

task<void> resume(console& on, const arguments& with) {
    const auto name = with.get("queue");
    co_await look_at(on, name);
    check(co_await store::resume_queue(on.database(), name, on.until()));
    fmt::print("{} is open again\n", name);
}

// A paused queue drains of what runs; what is due there stays.
task<void> drain(console& on, const arguments& with) {
    const auto name = with.get("queue");
    const auto until = deadline_in(std::chrono::seconds{with.find_id("timeout").value_or(300)});
    for (int looks = 0;; ++looks) {
        const auto queue = co_await look_at(on, name);
        const auto left = queue.running + (queue.paused_at ? 0 : queue.due);
        if (left == 0) break;
        if (std::chrono::steady_clock::now() >= until)
            throw command_error(
                fmt::format("{} is not drained yet: {} due, {} running; is a worker running?", name,
                            queue.due, queue.running));
        if (looks % looks_between_reports == 0)
            fmt::print("{}: {} due, {} running\n", name, queue.due, queue.running);
        std::fflush(stdout);
        steady_timer timer{on.context(), pause_between_looks};
        co_await timer.async_wait(use_task);
    }
    fmt::print("{} is drained\n", name);
}

}  // namespace

std::vector<command> queue_commands() {
    const arguments::option queue{"queue", "such as billing", true, false, true};
    return {{"queue list", "every queue: what is due, runs, failed, and for how long", {}, list},
            {"queue pause", "start no more jobs of a queue, on any worker", {queue}, pause},
            {"queue resume", "start them again", {queue}, resume},
            {"queue drain",
             "wait until nothing of a queue is due or runs",
             {queue, {"timeout", "seconds to wait, 300 by itself"}},
             drain}};
}

}  // namespace tenantry::admin
