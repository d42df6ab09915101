#include "worker/handlers/handler.hpp"

#include "common/jobs/kinds.hpp"
#include "common/runtime/failpoint.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

handler find_handler(std::string_view kind) {
    struct known {
        std::string_view kind;
        handler run;
    };
    constexpr known all[] = {
        {jobs::provisioning.name, {.many = provision_workspaces}},
        {jobs::billing.name, {.many = bill_activations}},
        {jobs::phone_number.name, {.many = find_phone_numbers}},
        {jobs::noop.name, {.many = do_nothing}},
        {jobs::pause.name, {.one = pause}},
        {jobs::expire_idempotency_records.name, {.one = expire_idempotency_records}},
        {jobs::expire_sessions.name, {.one = expire_sessions}},
        {jobs::sweep_orphans.name, {.one = sweep_orphans}},
    };
    for (const auto& each : all)
        if (each.kind == kind) return each.run;
    return {};
}

task<pg::result<std::string>> job_run::payload() const {
    auto given = co_await store::read_payload(database_, job_, until_);
    if (!given) co_return given.error();
    co_return given->value_or("{}");
}

task<bool> job_run::go_on(store::job_progress progress) {
    auto reported = co_await store::report_progress(database_, job_, std::move(progress), until_);
    hold_.reset();
    if (reported) hold_ = *reported;
    failpoint("steps.after_report");
    co_return hold_ == store::job_hold::held;
}

std::vector<store::company_reference> companies_of(std::span<const store::claimed_job> jobs) {
    std::vector<store::company_reference> companies;
    companies.reserve(jobs.size());
    for (const auto& job : jobs)
        if (job.company) companies.push_back({job.agency, *job.company});
    return companies;
}

outcomes outcomes_of_companies(std::span<const store::claimed_job> jobs) {
    outcomes all(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (!jobs[i].company) all[i] = {outcome::kind::discard, "it names no company"};
    return all;
}

}  // namespace tenantry::worker
