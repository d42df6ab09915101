#include "worker/executor.hpp"

#include <algorithm>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"
#include "worker/retry.hpp"

namespace tenantry::worker {

namespace {

/// Recording an outcome gets time of its own: the attempt may have used up all of its.
constexpr std::chrono::seconds settle_time{5};
constexpr std::chrono::milliseconds record_pause{200};

double seconds_since(std::chrono::steady_clock::time_point started) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace

task<void> executor::run(std::vector<store::claimed_job> claimed) {
    const auto started = std::chrono::steady_clock::now();
    const auto count = static_cast<double>(claimed.size());
    failpoint("executor.before_run");
    counted_.running.Increment(count);
    std::ranges::stable_sort(claimed, {}, [](const auto& job) {
        return std::pair{std::string_view{job.kind}, job.agency.value()};
    });
    const held_jobs::hold hold{held_, std::move(claimed)};
    for (auto rest = hold.jobs(); !rest.empty();) {
        const auto end = std::ranges::find_if(
            rest, [&](const auto& job) { return job.kind != rest.front().kind; });
        const auto of_kind = static_cast<std::size_t>(end - rest.begin());
        co_await run_kind(rest.first(of_kind));
        rest = rest.subspan(of_kind);
    }
    counted_.running.Decrement(count);
    counted_.batch_seconds.Observe(seconds_since(started));
}

task<std::vector<store::claimed_job>> executor::claim_suspect(store::job_reference suspect) {
    std::vector<store::claimed_job> alone;
    auto claimed = co_await store::claim_suspect(database_, suspect, settings_.lease,
                                                 settings_.worker_name, deadline_in(settle_time));
    if (!claimed || !*claimed) co_return alone;
    failpoint("executor.after_suspect_claim");
    counted_.count_claimed(**claimed);
    alone.push_back(std::move(**claimed));
    co_return alone;
}

task<void> executor::run_kind(jobs of_kind) {
    const auto work = find_handler(of_kind.front().kind);
    if (work.many) {
        co_await run_many(work.many, of_kind);
    } else if (work.one) {
        co_await run_each(work.one, of_kind);
    } else {
        // A newer worker may know it, while an upgrade goes from one to the next.
        outcome unknown{outcome::kind::retry,
                        "this worker knows no jobs of kind " + of_kind.front().kind};
        co_await record(of_kind, std::move(unknown));
    }
}

task<void> executor::run_many(batch_handler work, jobs together) {
    auto attempted = co_await attempt(work, together, deadline_in(settings_.job_timeout));
    if (attempted) co_return;
    failpoint("executor.before_apart");
    std::vector<jobs> failed{together};
    if (together.front().agency != together.back().agency)
        failed = co_await run_by_agency(work, together);
    else if (together.size() == 1 || was_a_wait(attempted.error()))
        co_return co_await record(together, outcome_of(attempted.error()));
    for (const auto of_agency : failed) co_await run_alone(work, of_agency);
}

// Agency by agency first, so that what one has locked or spoiled keeps no other's jobs waiting.
task<std::vector<executor::jobs>> executor::run_by_agency(batch_handler work, jobs together) {
    std::vector<jobs> failed;
    while (!together.empty()) {
        const auto agency = together.front().agency;
        const auto end = std::ranges::find_if(
            together, [agency](const auto& job) { return job.agency != agency; });
        const auto of_agency = together.first(static_cast<std::size_t>(end - together.begin()));
        together = together.subspan(of_agency.size());
        auto attempted = co_await attempt(work, of_agency, deadline_in(settings_.job_timeout));
        if (attempted) continue;
        if (of_agency.size() == 1 || was_a_wait(attempted.error()))
            co_await record(of_agency, outcome_of(attempted.error()));
        else
            failed.push_back(of_agency);
    }
    co_return failed;
}

task<void> executor::run_alone(batch_handler work, jobs each) {
    for (const auto& job : each) {
        auto alone = co_await attempt(work, {&job, 1}, deadline_in(settings_.job_timeout));
        if (!alone) co_await record({&job, 1}, outcome_of(alone.error()));
    }
}

task<void> executor::run_each(stepwise_handler work, jobs side_by_side) {
    auto left = side_by_side.size();
    steady_timer all_ended{context_, steady_timer::time_point::max()};
    auto run_and_tell = [](executor& self, stepwise_handler handler, const store::claimed_job& job,
                           std::size_t& running, steady_timer& ended) -> task<void> {
        co_await self.run_one(handler, job);
        if (--running == 0) ended.cancel();
    };
    for (const auto& job : side_by_side)
        spawn(context_, run_and_tell(*this, work, job, left, all_ended));
    while (left > 0) co_await all_ended.async_wait(use_task);
}

task<void> executor::run_one(stepwise_handler work, const store::claimed_job& job) {
    job_run run{database_, job, deadline_in(settings_.job_timeout)};
    auto ended = co_await work(run);
    failpoint("executor.after_steps");
    const bool stopped = ended.what == outcome::kind::stopped;
    if (stopped && run.hold() == store::job_hold::lost) {
        counted_.stale.Increment();
        co_return;
    }
    // What is to be cancelled is not marked done by this, but cancelled.
    if (ended.what == outcome::kind::done ||
        (stopped && run.hold() == store::job_hold::to_cancel)) {
        auto marked = co_await attempt(nullptr, {&job, 1}, deadline_in(settle_time));
        if (marked) co_return;
        ended = outcome_of(marked.error());
    } else if (stopped) {
        const auto reason = run.is_over() ? too_long : "its progress could not be written down";
        ended = {outcome::kind::retry, std::string{reason}};
    }
    co_await record({&job, 1}, std::move(ended));
}

task<pg::result<void>> executor::attempt(batch_handler work, jobs together, deadline until) {
    auto connection = co_await database_.acquire(until);
    if (!connection) co_return connection.error();
    auto ended = co_await transact(**connection, work, together, until);
    if (!ended) {
        // Without an answer to this the connection is dropped with its transaction.
        failpoint("executor.before_roll_back");
        if (!(*connection)->broken())
            co_await store::roll_back(**connection, deadline_in(settle_time));
        co_return ended.error();
    }
    count(*ended);
    co_return pg::result<void>{};
}

// Completing first is what fences: it locks the rows that are still ours until the commit, so what
// follows is done for them alone and nobody can claim them in between.
task<pg::result<executor::settled>> executor::transact(pg::connection& connection,
                                                       batch_handler work, jobs together,
                                                       deadline until) {
    auto ours = co_await store::complete_jobs(connection, together, until);
    if (!ours) co_return ours.error();
    failpoint("executor.after_complete");
    settled counts{.done = ours->done.size(), .cancelled = ours->cancelled};
    counts.stale = together.size() - counts.done - counts.cancelled;
    if (work && counts.done > 0) {
        auto worked = co_await run_handler(connection, work, ours->done, until, counts);
        if (!worked) co_return worked.error();
    }
    failpoint("executor.before_commit");
    auto committed = co_await store::commit(connection, until);
    if (!committed) co_return committed.error();
    failpoint("executor.after_commit");
    co_return counts;
}

task<pg::result<void>> executor::run_handler(pg::connection& connection, batch_handler work,
                                             jobs ours, deadline until, settled& counts) {
    auto ended = co_await work(connection, ours, until);
    if (!ended) co_return ended.error();
    std::vector<store::failed_job> failed;
    for (std::size_t i = 0; i < ended->size(); ++i)
        if ((*ended)[i].what != outcome::kind::done)
            failed.push_back(failed_attempt(ours[i], std::move((*ended)[i])));
    if (failed.empty()) co_return pg::result<void>{};
    auto recorded = co_await store::fail_jobs(connection, failed, until);
    if (!recorded) co_return recorded.error();
    counts.done -= failed.size();
    counts.retried = recorded->retried;
    counts.dead = recorded->dead;
    co_return pg::result<void>{};
}

void executor::count(const settled& ended) {
    counted_.done.Increment(static_cast<double>(ended.done));
    counted_.cancelled.Increment(static_cast<double>(ended.cancelled));
    counted_.stale.Increment(static_cast<double>(ended.stale));
    counted_.failed.Increment(static_cast<double>(ended.retried));
    counted_.dead.Increment(static_cast<double>(ended.dead));
}

// Until it is recorded, however long the database is away: meanwhile the lease is prolonged if that
// can be done, and of a job that has become another's nothing is changed, which is counted.
task<void> executor::record(jobs alike, outcome ended) {
    std::vector<store::failed_job> failed;
    for (const auto& job : alike) failed.push_back(failed_attempt(job, ended));
    failpoint("executor.before_record");
    while (true) {
        auto recorded = co_await store::fail_jobs(database_, failed, deadline_in(settle_time));
        failpoint("executor.after_record");
        if (recorded) {
            const auto [retried, dead, cancelled] = *recorded;
            co_return count({.cancelled = cancelled,
                             .stale = failed.size() - retried - dead - cancelled,
                             .retried = retried,
                             .dead = dead});
        }
        steady_timer pause{context_, record_pause};
        co_await pause.async_wait(use_task);
    }
}

}  // namespace tenantry::worker
