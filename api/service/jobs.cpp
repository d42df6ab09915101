#include "api/service/jobs.hpp"

#include "api/service/commands.hpp"

namespace tenantry::service {

task<result<domain::page<domain::job>>> list_jobs(environment& env, caller by,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number) {
    // Another company's jobs do not exist for a key of one company.
    if (filter.company && !by.who.reaches(*filter.company))
        co_return domain::page<domain::job>{.number = page_number};
    if (by.who.company) filter.company = by.who.company;
    co_return co_await store::list_jobs(env.database, by.who.agency, std::move(filter), page_number,
                                        by.until);
}

task<result<domain::job>> get_job(environment& env, caller by, domain::job_id id) {
    co_return co_await store::find_job(env.database, by.who.agency, by.who.company, id, by.until);
}

task<result<answer>> retry_job(environment& env, caller by, domain::job_id id,
                               retry_encoder encode) {
    auto command = by.command();
    command.response = encode(id);
    const auto times = env.times();
    auto run = [&] {
        return store::retry_job(env.database, command, by.who.company, id, times, by.until);
    };
    auto verdict = co_await run_to_verdict(run);
    auto answered = settle(env, command, std::move(verdict), errc::job_not_retryable);
    // A job that is not there has no state to be named.
    if (!answered && answered.error().code == errc::job_not_retryable &&
        answered.error().subject.empty())
        co_return error{.code = errc::not_found};
    co_return answered;
}

}  // namespace tenantry::service
