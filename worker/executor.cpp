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

double uniform01() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

std::string describe(const pg::failure& failure) {
    switch (failure.kind) {
        case pg::failure::kind::timed_out: return "the job took too long";
        case pg::failure::kind::connection_lost: return "the connection to PostgreSQL was lost";
        case pg::failure::kind::pool_exhausted: return "no connection to PostgreSQL was free";
        case pg::failure::kind::server: break;
    }
    return failure.sqlstate + ": " + failure.message;
}

std::vector<std::int64_t> agencies_of(std::span<const store::claimed_job> jobs) {
    std::vector<std::int64_t> agencies;
    for (const auto& job : jobs) agencies.push_back(job.agency.value());
    return agencies;
}

}  // namespace

task<bool> executor::run(std::vector<store::job_reference> wanted) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    const auto started = std::chrono::steady_clock::now();
    failpoint("executor.before_claim");
    auto claimed = co_await store::claim_jobs(database_, wanted, settings_.lease,
                                              settings_.worker_name, deadline_in(settle_time));
    if (!claimed) {
        log::warn("cannot claim jobs", {{"reason", describe(claimed.error())}});
        co_return false;
    }
    failpoint("executor.after_claim");
    counted_.claimed.Increment(static_cast<double>(claimed->size()));
    std::stable_sort(claimed->begin(), claimed->end(),
                     [](const auto& a, const auto& b) { return a.kind < b.kind; });
    const held_jobs::hold hold{held_, std::move(*claimed)};
    bool settled = true;
    for (auto rest = hold.jobs(); !rest.empty();) {
        const auto end = std::ranges::find_if(
            rest, [&](const auto& job) { return job.kind != rest.front().kind; });
        const auto count = static_cast<std::size_t>(end - rest.begin());
        if (!co_await run_kind(rest.first(count))) settled = false;
        rest = rest.subspan(count);
    }
    counted_.batch_seconds.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    co_return settled;
}

task<bool> executor::run_kind(std::span<const store::claimed_job> jobs) {
    const auto run = find_handler(jobs.front().kind);
    bool settled = true;
    if (!run) {
        for (const auto& job : jobs)
            if (!co_await discard(job, "no handler for jobs of kind " + job.kind)) settled = false;
        co_return settled;
    }
    auto together = co_await attempt(run, jobs, deadline_in(settings_.job_timeout));
    if (together) co_return true;
    if (jobs.size() == 1) co_return co_await settle_failure(jobs.front(), together.error());
    // One of them spoils it for all: each on its own.
    for (const auto& job : jobs) {
        auto alone = co_await attempt(run, {&job, 1}, deadline_in(settings_.job_timeout));
        if (!alone && !co_await settle_failure(job, alone.error())) settled = false;
    }
    co_return settled;
}

task<pg::result<void>> executor::attempt(handler run, std::span<const store::claimed_job> jobs,
                                         deadline until) {
    auto connection = co_await database_.acquire(until);
    if (!connection) co_return connection.error();
    auto completed = co_await transact(**connection, run, jobs, until);
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

// Completing first is what fences: it locks the rows that are still ours until the commit, so what follows is done for
// them alone and nobody can claim them in between.
task<pg::result<std::size_t>> executor::transact(pg::connection& connection, handler run,
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
        auto done = co_await run(connection, *ours, until);
        if (!done) co_return done.error();
    }
    failpoint("executor.before_commit");
    auto committed = co_await store::commit(connection, until);
    if (!committed) co_return committed.error();
    failpoint("executor.after_commit");
    co_return ours->size();
}

task<bool> executor::settle_failure(const store::claimed_job& job, const pg::failure& failure) {
    auto reason = describe(failure);
    if (job.attempts >= domain::max_attempts)
        co_return co_await discard(job, "gave up after the last attempt: " + reason);
    log::warn("a job failed and will be tried again", {{"job_id", job.job},
                                                       {"agency_id", job.agency},
                                                       {"kind", job.kind},
                                                       {"attempt", job.attempts},
                                                       {"reason", reason}});
    counted_.failed.Increment();
    const auto delay = domain::retry_delay(job.attempts, uniform01());
    store::job_failure outcome{std::move(reason), delay};
    auto recorded = co_await store::fail_job(database_, job, std::move(outcome),
                                             deadline_in(settle_time));
    co_return recorded.has_value();
}

task<bool> executor::discard(const store::claimed_job& job, std::string reason) {
    log::error("a job is given up", {{"job_id", job.job},
                                     {"agency_id", job.agency},
                                     {"kind", job.kind},
                                     {"reason", reason}});
    counted_.dead.Increment();
    store::job_failure outcome{std::move(reason), std::nullopt};
    auto recorded = co_await store::fail_job(database_, job, std::move(outcome),
                                             deadline_in(settle_time));
    co_return recorded.has_value();
}

}  // namespace tenantry::worker
