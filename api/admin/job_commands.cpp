// tenantry-admin job …
#include <fmt/format.h>

#include "api/admin/console.hpp"
#include "common/runtime/timestamp_text.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::admin {

namespace {

domain::agency_id agency_of(const arguments& with) {
    return domain::agency_id{with.id("agency")};
}

/// Of --state, when it is given.
std::optional<domain::job_state> state_of(const arguments& with) {
    const auto text = with.find("state");
    if (!text) return std::nullopt;
    const auto state = domain::parse_job_state(*text);
    if (!state) throw command_error("--state must be the state of a job, not " + *text);
    return state;
}

task<void> list(console& on, const arguments& with) {
    const domain::job_filter filter{.state = state_of(with), .kind = with.find("kind")};
    const auto number = with.find_id("page").value_or(1);
    const auto page = value_of(
        co_await store::list_jobs(on.database(), agency_of(with), filter, number, on.until()));
    fmt::print("{:>8}  {:<12}  {:<11}  {:>8}  {:>8}  {:>8}  {}\n", "JOB", "KIND", "STATE",
               "COMPANY", "ATTEMPTS", "PROGRESS", "LAST ERROR");
    for (const auto& j : page.content)
        fmt::print("{:>8}  {:<12}  {:<11}  {:>8}  {:>8}  {:>7}%  {}\n", j.id.value(), j.kind,
                   to_string(j.state), j.company ? std::to_string(j.company->value()) : "-",
                   j.attempts, j.progress_percent(), j.last_error.value_or(""));
    fmt::print("page {} of {}, {} jobs\n", page.number, page.total_pages(), page.total_elements);
}

task<void> show(console& on, const arguments& with) {
    const auto j = value_of(co_await store::find_job(on.database(), agency_of(with), std::nullopt,
                                                     domain::job_id{with.id("job")}, on.until()));
    const auto instant = [](const std::optional<timestamp>& t) {
        return t ? to_rfc3339(*t) : std::string{"-"};
    };
    fmt::print(
        "job       {}\nkind      {}\nqueue     {}\ncompany   {}\nstate     {}\nattempts  {}\n"
        "crashes   {}\nsteps     {} of {}\ncreated   {}\ndue       {}\nstarted   {}\nfinished  "
        "{}\nerror     {}\n",
        j.id, j.kind, j.queue, j.company ? std::to_string(j.company->value()) : "-",
        to_string(j.state), j.attempts, j.crashes, j.steps_done, j.steps_total,
        to_rfc3339(j.created_at), to_rfc3339(j.run_at), instant(j.started_at),
        instant(j.finished_at), j.last_error.value_or("-"));
}

task<void> retry(console& on, const arguments& with) {
    const domain::job_id job{with.id("job")};
    value_of(co_await store::retry_job_as_operator(on.database(), agency_of(with), job, on.now(),
                                                   on.until()));
    fmt::print("job {} is due again\n", job);
}

/// As many in one transaction, so that a replay of a million holds no lock for long.
constexpr int replayed_at_once = 1000;

store::replay_filter replay_filter_of(const arguments& with) {
    store::replay_filter which{.queue = with.find("queue"), .kind = with.find("kind")};
    which.state = state_of(with);
    if (const auto agency = with.find_id("agency")) which.agency = domain::agency_id{*agency};
    const bool filtered = which.agency || which.queue || which.kind || which.state;
    if (filtered == with.has("all"))
        throw command_error(
            "say which jobs: --agency, --queue, --kind and --state together, or --all alone");
    if (which.state && *which.state != domain::job_state::dead &&
        *which.state != domain::job_state::quarantined)
        throw command_error("only dead and quarantined jobs can be replayed");
    return which;
}

task<void> replay(console& on, const arguments& with) {
    const auto which = replay_filter_of(with);
    std::int64_t jobs = 0;
    for (store::job_position after{};;) {
        const auto done = value_of(co_await store::replay_jobs(
            on.database(), which, after, replayed_at_once, on.now(), on.until()));
        if (!done.last) break;
        after = *done.last;
        jobs += done.jobs;
        if (jobs > replayed_at_once) fmt::print("{} jobs so far\n", jobs);
        std::fflush(stdout);
    }
    fmt::print("{} jobs are due again\n", jobs);
}

}  // namespace

std::vector<command> job_commands() {
    const arguments::option agency{"agency", "the agency's id", true};
    const arguments::option job{"job", "the job's id", true};
    return {{"job list",
             "an agency's jobs, newest first, 50 a page",
             {agency,
              {"state", "pending, running, done, dead, quarantined or cancelled"},
              {"kind", "for example provisioning"},
              {"page", "from 1"}},
             list},
            {"job show", "one job", {agency, job}, show},
            {"job retry", "make a dead or quarantined job due again", {agency, job}, retry},
            {"job replay",
             "make all dead and quarantined jobs due again that an option names",
             {{"agency", "of this agency"},
              {"queue", "of this queue"},
              {"kind", "of this kind"},
              {"state", "dead or quarantined"},
              {"all", "every one there is", false, true}},
             replay}};
}

}  // namespace tenantry::admin
