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

task<void> list(console& on, const arguments& with) {
    domain::job_filter filter{.kind = with.find("kind")};
    if (const auto state = with.find("state")) {
        filter.state = domain::parse_job_state(*state);
        if (!filter.state) throw command_error("--state must be the state of a job, not " + *state);
    }
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
            {"job retry", "make a dead or quarantined job due again", {agency, job}, retry}};
}

}  // namespace tenantry::admin
