#include "common/domain/period.hpp"
#include "common/runtime/failpoint.hpp"
#include "common/store/billing.hpp"
#include "worker/handlers/handlers.hpp"

namespace tenantry::worker {

namespace {

task<pg::result<void>> open_subscriptions(pg::connection& in_transaction,
                                          std::span<const store::company_reference> companies,
                                          deadline until) {
    auto birthdays = co_await store::find_birthdays(in_transaction, companies, until);
    if (!birthdays) co_return birthdays.error();
    std::vector<domain::period> periods;
    periods.reserve(birthdays->size());
    for (const auto day : *birthdays) periods.push_back(domain::period_containing(day, day));
    co_return co_await store::open_subscriptions(in_transaction, companies, periods, until);
}

}  // namespace

task<pg::result<outcomes>> bill_activations(pg::connection& in_transaction,
                                            std::span<const store::claimed_job> jobs,
                                            deadline until) {
    const auto companies = companies_of(jobs);
    auto posted = co_await store::post_activation_fees(in_transaction, companies, until);
    if (!posted) co_return posted.error();
    failpoint("billing.after_fee");
    auto opened = co_await open_subscriptions(in_transaction, companies, until);
    if (!opened) co_return opened.error();
    failpoint("billing.after_subscription");
    co_return outcomes_of_companies(jobs);
}

}  // namespace tenantry::worker
