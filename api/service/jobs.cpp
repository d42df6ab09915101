#include "api/service/jobs.hpp"

#include <algorithm>

#include "api/service/commands.hpp"

namespace tenantry::service {

namespace {

/// Of a request that waits for a batch.
constexpr std::chrono::milliseconds time_between_looks{100}, time_to_answer{500};

using job_change = task<pg::result<store::verdict>> (*)(pg::pool&, const store::command&,
                                                        std::optional<domain::company_id>,
                                                        domain::job_id, deadline);

/// `refusal` is what it means that the job's state does not allow it.
task<result<answer>> change_job(environment& env, caller by, domain::job_id id,
                                store::stored_response (*encode)(domain::job_id), job_change change,
                                errc refusal) {
    auto command = by.command(env.times());
    command.response = encode(id);
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto run = [&] { return change(*database, command, by.who.company, id, by.until); };
    auto verdict = co_await run_to_verdict(run);
    auto answered = settle(env, command, std::move(verdict), refusal);
    // A job that is not there has no state to be named.
    if (!answered && answered.error().code == refusal && answered.error().subject.empty())
        co_return error{.code = errc::not_found};
    co_return answered;
}

task<result<domain::job_batch>> look_at_batch(environment& env, const caller& by,
                                              domain::job_id id) {
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::find_batch(*database, by.who.agency, by.who.company, id, by.until);
}

}  // namespace

task<result<domain::page<domain::job>>> list_jobs(environment& env, caller by,
                                                  domain::job_filter filter,
                                                  std::int64_t page_number) {
    // Another company's jobs do not exist for a key of one company.
    if (filter.company && !by.who.reaches(*filter.company))
        co_return domain::page<domain::job>{.number = page_number};
    if (by.who.company) filter.company = by.who.company;
    const auto database = co_await env.slow.take(by);
    if (!database) co_return database.error();
    co_return co_await store::list_jobs(*database, by.who.agency, std::move(filter), page_number,
                                        by.until);
}

task<result<domain::job>> get_job(environment& env, caller by, domain::job_id id) {
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::find_job(*database, by.who.agency, by.who.company, id, by.until);
}

task<result<answer>> retry_job(environment& env, caller by, domain::job_id id,
                               retry_encoder encode) {
    return change_job(env, by, id, encode, store::retry_job, errc::job_not_retryable);
}

task<result<answer>> cancel_job(environment& env, caller by, domain::job_id id,
                                cancel_encoder encode) {
    return change_job(env, by, id, encode, store::cancel_job, errc::job_not_cancellable);
}

task<result<domain::job_batch>> get_batch(environment& env, caller by, domain::job_id id,
                                          std::chrono::seconds wait) {
    const wait_places::place waiting{env.waits, by.who.agency};
    const auto until =
        waiting ? std::min(deadline_in(wait), by.until - time_to_answer) : deadline{};
    steady_timer timer{co_await net::this_coro::executor};
    while (true) {
        auto batch = co_await look_at_batch(env, by, id);
        if (!batch || batch->is_finished() || std::chrono::steady_clock::now() >= until)
            co_return batch;
        timer.expires_at(std::min(deadline_in(time_between_looks), until));
        co_await timer.async_wait(use_task);
    }
}

}  // namespace tenantry::service
