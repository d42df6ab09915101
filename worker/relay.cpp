#include "worker/relay.hpp"

#include "common/jobs/envelope.hpp"
#include "common/jobs/kinds.hpp"
#include "common/redis/streams.hpp"
#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/store/job_queue.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

/// Entries that may stand in a stream before the relay waits: a backlog stays in PostgreSQL, where
/// it costs Redis no memory and no agency's jobs stand in front of another's.
constexpr std::int64_t stream_window = 4096;
constexpr int agencies_a_round = 100;
constexpr int jobs_of_an_agency_a_round = 1000;
constexpr auto statement_time = 10s;
constexpr auto reply_time = 5s;

}  // namespace

task<bool> relay::streams_have_room() {
    std::vector<std::vector<std::string>> lengths;
    for (const auto queue : jobs::queues) lengths.push_back({"XLEN", jobs::stream_of(queue)});
    auto replies = co_await redis_.pipeline(std::move(lengths), deadline_in(reply_time));
    if (!replies) co_return false;
    for (const auto& reply : *replies)
        if (reply.integer >= stream_window) co_return false;
    co_return true;
}

task<std::size_t> relay::push_due_jobs() {
    if (!redis_.connected()) co_return 0;
    const bool room = co_await streams_have_room();
    if (!room) co_return 0;
    auto due =
        co_await store::take_undispatched(database_, agencies_a_round, jobs_of_an_agency_a_round,
                                          settings_.redispatch_after, deadline_in(statement_time));
    if (!due) {
        log::warn("cannot look for due jobs", {{"reason", due.error().message}});
        co_return 0;
    }
    if (due->empty()) co_return 0;
    failpoint("relay.after_take");
    std::vector<std::vector<std::string>> pushes;
    pushes.reserve(due->size());
    for (const auto& hint : *due)
        pushes.push_back(
            redis::xadd(jobs::stream_of(hint.queue),
                        {{std::string{jobs::agency_field}, std::to_string(hint.agency.value())},
                         {std::string{jobs::job_field}, std::to_string(hint.job.value())}}));
    // A push that fails is made again after redispatch_after.
    auto pushed = co_await redis_.pipeline(std::move(pushes), deadline_in(reply_time));
    failpoint("relay.after_push");
    if (!pushed) co_return 0;
    counted_.relayed.Increment(static_cast<double>(due->size()));
    co_return due->size();
}

}  // namespace tenantry::worker
