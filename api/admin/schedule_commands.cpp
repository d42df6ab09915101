// tenantry-admin schedule …
#include <fmt/format.h>

#include <algorithm>

#include "api/admin/console.hpp"
#include "common/jobs/kinds.hpp"
#include "common/runtime/timestamp_text.hpp"
#include "common/store/periodic_jobs.hpp"

namespace tenantry::admin {

namespace {

constexpr int ticks_shown = 3;

struct plan {
    domain::cron schedule;
    domain::time_zone zone;
};

result<plan> understand(const std::string& schedule, const std::string& zone_name) {
    const auto parsed = domain::cron::parse(schedule);
    if (!parsed) return parsed.error();
    const auto zone = domain::time_zone::find(zone_name);
    if (!zone) return zone.error();
    return plan{*parsed, *zone};
}

std::string next_tick(const store::periodic_job& job, timestamp now) {
    const auto meant = understand(job.schedule, job.time_zone);
    if (!meant) return domain::reason_of(meant.error());
    if (job.paused_at) return "-";
    return to_rfc3339_seconds(meant->schedule.next_tick(std::max(job.last_tick, now), meant->zone));
}

std::string last_job(const store::periodic_job& job) {
    if (!job.last_job) return "-";
    return fmt::format("{} {}", *job.last_job,
                       job.last_job_state ? to_string(*job.last_job_state) : "gone");
}

task<void> list(console& on, const arguments&) {
    const auto jobs = value_of(co_await store::list_periodic_jobs(on.database(), on.until()));
    constexpr auto line = "{:<26}  {:<14}  {:<16}  {:<20}  {:<20}  {:<16}  {}\n";
    fmt::print(line, "NAME", "SCHEDULE", "TIME ZONE", "LAST TICK", "NEXT TICK", "LAST JOB",
               "PAUSED SINCE");
    for (const auto& job : jobs.all)
        fmt::print(line, job.name, job.schedule, job.time_zone, to_rfc3339_seconds(job.last_tick),
                   next_tick(job, jobs.now), last_job(job),
                   job.paused_at ? to_rfc3339_seconds(*job.paused_at) : "-");
}

struct found_job {
    store::periodic_job job;
    timestamp now;  ///< at PostgreSQL
};

task<found_job> look_at(console& on, std::string name) {
    auto jobs = value_of(co_await store::list_periodic_jobs(on.database(), on.until()));
    const auto found = std::ranges::find(jobs.all, name, &store::periodic_job::name);
    if (found == jobs.all.end()) {
        std::vector<std::string_view> names;
        for (const auto& each : jobs.all) names.push_back(each.name);
        throw command_error(fmt::format("there is no periodic job '{}'; there are {}", name,
                                        fmt::join(names, ", ")));
    }
    found_job answer{std::move(*found), jobs.now};
    co_return answer;
}

task<void> pause(console& on, const arguments& with) {
    const auto found = co_await look_at(on, with.get("name"));
    const auto& name = found.job.name;
    check(co_await store::pause_periodic_job(on.database(), name, on.until()));
    fmt::print("{} is paused: no tick causes a job\n", name);
}

task<void> resume(console& on, const arguments& with) {
    const auto name = with.get("name");
    co_await look_at(on, name);
    check(co_await store::resume_periodic_job(on.database(), name, on.until()));
    const auto found = co_await look_at(on, name);
    fmt::print("{} is scheduled again, next at {}\n", name, next_tick(found.job, found.now));
}

task<void> run(console& on, const arguments& with) {
    const auto found = co_await look_at(on, with.get("name"));
    const auto& name = found.job.name;
    const auto* kind = jobs::find_kind(found.job.kind);
    if (!kind) throw command_error("there are no jobs of kind " + found.job.kind);
    const auto job =
        value_of(co_await store::run_periodic_job(on.database(), name, *kind, on.until()));
    if (!job)
        throw command_error(
            fmt::format("{} is busy: its job {} is not over", name, last_job(found.job)));
    fmt::print("job {} of {} is due\n", *job, name);
}

task<void> set(console& on, const arguments& with) {
    const auto found = co_await look_at(on, with.get("name"));
    const auto& name = found.job.name;
    const auto schedule = with.get("schedule");
    const auto zone = with.find("time-zone").value_or(found.job.time_zone);
    const auto meant = understand(schedule, zone);
    if (!meant) throw command_error(domain::reason_of(meant.error()));
    check(co_await store::reschedule_periodic_job(on.database(), name, schedule, zone, on.until()));
    fmt::print("{} is due at {} in {}:\n", name, schedule, zone);
    auto tick = found.now;
    for (int i = 0; i < ticks_shown; ++i) {
        tick = meant->schedule.next_tick(tick, meant->zone);
        fmt::print("  {}\n", to_rfc3339_seconds(tick));
    }
}

}  // namespace

std::vector<command> schedule_commands() {
    const arguments::option name{"name", "such as 'sweep orphans'", true, false, true};
    return {{"schedule list", "every periodic job: when it was due, and when it is next", {}, list},
            {"schedule pause", "no tick of it causes a job any more", {name}, pause},
            {"schedule resume",
             "ticks cause jobs again; those that came meanwhile do not",
             {name},
             resume},
            {"schedule run", "cause one job of it now", {name}, run},
            {"schedule set",
             "have it due at other times from now on",
             {name,
              {"schedule", "five fields: minute, hour, day of month, month, day of week", true},
              {"time-zone", "such as Europe/Berlin; as it is by itself"}},
             set}};
}

}  // namespace tenantry::admin
