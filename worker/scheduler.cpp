#include "worker/scheduler.hpp"

#include <algorithm>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/timestamp_text.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

/// So late it may be seen that a schedule was edited, or that the leader is gone.
constexpr std::chrono::milliseconds look_again{1s};
/// A leader that has not looked for so long is one no more.
constexpr std::chrono::milliseconds longest_silence{10s};
constexpr auto statement_time = 5s;

/// By so much PostgreSQL's clock may be put back without a word.
constexpr auto clock_slack = 1min;

std::string reason_against(const store::periodic_job& job, const result<domain::cron>& schedule,
                           const result<domain::time_zone>& zone, const jobs::kind* kind,
                           timestamp now) {
    if (!schedule) return domain::reason_of(schedule.error());
    if (!zone) return domain::reason_of(zone.error());
    if (!kind) return "this worker knows no jobs of kind " + job.kind;
    if (job.last_tick <= now + clock_slack) return "";
    return "the clock was ahead and came back: its last tick was " +
           to_rfc3339_seconds(job.last_tick) +
           ", and no other comes before; pausing and resuming it makes it go on from now";
}

}  // namespace

scheduler::scheduler(net::io_context& context, pg::connection_settings session)
    : context_{context},
      leadership_{context.get_executor(), std::move(session), "tenantry scheduler",
                  longest_silence},
      timer_{context} {}

task<void> scheduler::run() {
    while (!stopping_) {
        const auto wait = co_await round();
        if (stopping_) break;
        timer_.expires_after(wait);
        co_await timer_.async_wait(use_task);
    }
    leadership_.resign();
    lead(false);
}

void scheduler::stop() {
    stopping_ = true;
    timer_.cancel();
}

task<scheduler::pause> scheduler::round() {
    const auto until = deadline_in(statement_time);
    const auto session = co_await leadership_.seek(until);
    lead(session && *session);
    if (!session)
        log::warn("cannot look whether another worker schedules",
                  {{"reason", session.error().message}});
    if (!session || !*session) co_return look_again;
    const auto jobs = co_await store::list_periodic_jobs(**session, until);
    if (!jobs) {
        log::warn("cannot look for periodic jobs", {{"reason", jobs.error().message}});
        co_return look_again;
    }
    auto shortest = look_again;
    for (const auto& job : jobs->all) {
        const auto wait = co_await attend(**session, job, jobs->now);
        shortest = std::min(shortest, wait);
    }
    co_return shortest;
}

task<scheduler::pause> scheduler::attend(pg::connection& session, const store::periodic_job& job,
                                         timestamp now) {
    if (stopping_ || job.paused_at || job.is_busy()) co_return look_again;
    const auto meant = understand(job, now);
    if (!meant) co_return look_again;
    const auto due =
        domain::find_due_ticks(meant->schedule, meant->zone, job.catch_up, job.last_tick, now);
    if (!due.ticks.empty()) co_await settle(session, job, due, *meant->kind);
    if (due.more) co_return pause::zero();
    const auto next = meant->schedule.next_tick(std::max(job.last_tick, now), meant->zone);
    co_return std::min(look_again, std::chrono::ceil<pause>(next - now));
}

// By the session that holds the lock: when that is lost, so is the right to settle. Should it be
// lost in the middle, the statement itself sees to it that a tick is settled once.
task<void> scheduler::settle(pg::connection& session, const store::periodic_job& job,
                             const domain::due_ticks& due, const jobs::kind& kind) {
    failpoint("scheduler.before_settle");
    const auto added =
        co_await store::settle_ticks(session, job, due, kind, deadline_in(statement_time));
    if (!added) {
        log::warn("cannot settle ticks",
                  {{"periodic_job", job.name}, {"reason", added.error().message}});
        co_return;
    }
    failpoint("scheduler.after_settle");
    if (!*added) co_return;
    ticks_.Increment(static_cast<double>(**added));
    log::debug("a periodic job was due", {{"periodic_job", job.name}, {"jobs", **added}});
}

std::optional<scheduler::plan> scheduler::understand(const store::periodic_job& job,
                                                     timestamp now) {
    const auto schedule = domain::cron::parse(job.schedule);
    const auto zone = domain::time_zone::find(job.time_zone);
    const auto* kind = jobs::find_kind(job.kind);
    const auto reason = reason_against(job, schedule, zone, kind, now);
    auto& complaint = complaints_[job.name];
    if (reason != complaint && !reason.empty())
        log::error("a periodic job cannot be scheduled",
                   {{"periodic_job", job.name}, {"reason", reason}});
    complaint = reason;
    not_scheduled_.Set(static_cast<double>(
        std::ranges::count_if(complaints_, [](const auto& each) { return !each.second.empty(); })));
    if (!reason.empty()) return std::nullopt;
    return plan{*schedule, *zone, kind};
}

void scheduler::lead(bool now) {
    if (now == leads_) return;
    leads_ = now;
    leader_.Set(now ? 1 : 0);
    complaints_.clear();
    not_scheduled_.Set(0);
    log::info(now ? "this worker schedules periodic jobs" : "this worker schedules no longer");
}

}  // namespace tenantry::worker
