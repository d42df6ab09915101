#include "worker/executor.hpp"

#include <algorithm>
#include <random>

#include "common/domain/retry.hpp"
#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::worker {

namespace {

/// Recording an outcome gets time of its own: the attempt may have used up all of its.
constexpr std::chrono::seconds settle_time{5};
constexpr std::chrono::milliseconds record_pause{200};

double uniform01() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

std::string describe(const pg::failure& failure) {
    switch (failure.kind) {
        case pg::failure::kind::timed_out:
            return "the job took too long";
        case pg::failure::kind::connection_lost:
            return "the connection to PostgreSQL was lost";
        case pg::failure::kind::pool_exhausted:
            return "no connection to PostgreSQL was free";
        case pg::failure::kind::server:
            break;
    }
    return failure.sqlstate + ": " + failure.message;
}

std::vector<std::int64_t> agencies_of(std::span<const store::claimed_job> jobs) {
    std::vector<std::int64_t> agencies;
    for (const auto& job : jobs) agencies.push_back(job.agency.value());
    return agencies;
}

}  // namespace

task<void> executor::run(std::vector<store::job_reference> wanted) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    const auto claimed = co_await claim_and_run(wanted, false);
    if (claimed < wanted.size()) co_await run_suspects(wanted);
}

// A crash is charged to every job that the worker held, since nobody can tell whose it was. From
// then on each of them runs by itself, one at a time: only a job that crashes its worker again and
// again comes to be quarantined.
task<void> executor::run_suspects(std::span<const store::job_reference> wanted) {
    auto suspects = co_await store::find_suspects(database_, wanted, deadline_in(settle_time));
    if (!suspects) co_return;
    for (const auto& suspect : *suspects) {
        while (suspect_runs_) co_await suspect_ended_.async_wait(use_task);
        suspect_runs_ = true;
        co_await claim_and_run({&suspect, 1}, true);
        suspect_runs_ = false;
        suspect_ended_.cancel();
    }
}

task<std::size_t> executor::claim_and_run(std::span<const store::job_reference> wanted,
                                          bool suspects) {
    const auto started = std::chrono::steady_clock::now();
    failpoint("executor.before_claim");
    auto claimed =
        co_await store::claim_jobs(database_, wanted, settings_.lease, settings_.worker_name,
                                   deadline_in(settle_time), suspects);
    if (!claimed) {
        log::warn("cannot claim jobs", {{"reason", describe(claimed.error())}});
        co_return wanted.size();
    }
    const auto count = claimed->size();
    if (count == 0) co_return 0;
    failpoint("executor.after_claim");
    for (const auto& job : *claimed) counted_.count_claimed(job);
    counted_.running.Increment(static_cast<double>(count));
    std::ranges::stable_sort(*claimed, {}, &store::claimed_job::kind);
    const held_jobs::hold hold{held_, std::move(*claimed)};
    for (auto rest = hold.jobs(); !rest.empty();) {
        const auto end = std::ranges::find_if(
            rest, [&](const auto& job) { return job.kind != rest.front().kind; });
        const auto of_kind = static_cast<std::size_t>(end - rest.begin());
        co_await run_kind(rest.first(of_kind));
        rest = rest.subspan(of_kind);
    }
    counted_.running.Decrement(static_cast<double>(count));
    counted_.batch_seconds.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    co_return count;
}

task<void> executor::run_kind(std::span<const store::claimed_job> jobs) {
    const auto work = find_handler(jobs.front().kind);
    if (!work) {
        for (const auto& job : jobs) co_await discard(job, "no handler for jobs of its kind");
        co_return;
    }
    auto together = co_await attempt(work, jobs, deadline_in(settings_.job_timeout));
    if (together) co_return;
    if (jobs.size() == 1) {
        co_await settle_failure(jobs.front(), together.error());
        co_return;
    }
    // One of them spoils it for all: each on its own.
    for (const auto& job : jobs) {
        auto alone = co_await attempt(work, {&job, 1}, deadline_in(settings_.job_timeout));
        if (!alone) co_await settle_failure(job, alone.error());
    }
}

task<pg::result<void>> executor::attempt(handler work, std::span<const store::claimed_job> jobs,
                                         deadline until) {
    auto connection = co_await database_.acquire(until);
    if (!connection) co_return connection.error();
    auto completed = co_await transact(**connection, work, jobs, until);
    if (!completed) {
        // Without an answer to this the connection is dropped with its transaction.
        if (!(*connection)->broken())
            co_await store::roll_back(**connection, deadline_in(settle_time));
        co_return completed.error();
    }
    counted_.done.Increment(static_cast<double>(*completed));
    counted_.stale.Increment(static_cast<double>(jobs.size() - *completed));
    co_return pg::result<void>{};
}

// Completing first is what fences: it locks the rows that are still ours until the commit, so what
// follows is done for them alone and nobody can claim them in between.
task<pg::result<std::size_t>> executor::transact(pg::connection& connection, handler work,
                                                 std::span<const store::claimed_job> jobs,
                                                 deadline until) {
    const auto agencies = agencies_of(jobs);
    auto begun = co_await store::begin(connection, agencies, until);
    if (!begun) co_return begun.error();
    failpoint("executor.after_begin");
    auto ours = co_await store::complete_jobs(connection, jobs, until);
    if (!ours) co_return ours.error();
    failpoint("executor.after_complete");
    if (!ours->empty()) {
        auto done = co_await work(connection, *ours, until);
        if (!done) co_return done.error();
    }
    failpoint("executor.before_commit");
    auto committed = co_await store::commit(connection, until);
    if (!committed) co_return committed.error();
    failpoint("executor.after_commit");
    co_return ours->size();
}

task<void> executor::settle_failure(const store::claimed_job& job, const pg::failure& failure) {
    auto reason = describe(failure);
    if (job.attempts >= domain::max_attempts) {
        co_await discard(job, "gave up after the last attempt: " + reason);
        co_return;
    }
    log::warn("a job failed and will be tried again", {{"job_id", job.job},
                                                       {"agency_id", job.agency},
                                                       {"kind", job.kind},
                                                       {"attempt", job.attempts},
                                                       {"reason", reason}});
    counted_.failed.Increment();
    store::job_failure outcome{std::move(reason), domain::retry_delay(job.attempts, uniform01())};
    co_await record(job, std::move(outcome));
}

task<void> executor::discard(const store::claimed_job& job, std::string reason) {
    log::error(
        "a job is given up",
        {{"job_id", job.job}, {"agency_id", job.agency}, {"kind", job.kind}, {"reason", reason}});
    counted_.dead.Increment();
    store::job_failure outcome{std::move(reason), std::nullopt};
    co_await record(job, std::move(outcome));
}

// Until it is recorded, or the lease that makes it ours has run out.
task<void> executor::record(const store::claimed_job& job, store::job_failure outcome) {
    const auto until = deadline_in(settings_.lease);
    while (std::chrono::steady_clock::now() < until) {
        auto recorded = co_await store::fail_job(database_, job, outcome, deadline_in(settle_time));
        if (recorded || recorded.error().kind == pg::failure::kind::server) co_return;
        steady_timer pause{co_await net::this_coro::executor, record_pause};
        co_await pause.async_wait(use_task);
    }
}

}  // namespace tenantry::worker
