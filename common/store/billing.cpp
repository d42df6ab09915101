#include "common/store/billing.hpp"

namespace tenantry::store {

namespace {

// The charge key is what makes a second delivery harmless: its conflict is success.
constexpr pg::statement post_fees_statement{
    "post_activation_fees",
    R"(INSERT INTO tenantry.ledger_posting (agency_id, charge_key, company_id, debit_account, credit_account,
                                         amount_minor, currency, description, posted_at)
    SELECT a.agency_id, 'activation/' || c.company_id, c.company_id, $3, $4, p.activation_fee_minor, p.currency,
           'Activation fee, plan ' || p.name, now()
    FROM unnest($1::bigint[], $2::bigint[]) AS c(agency_id, company_id)
        JOIN tenantry.agency a ON a.agency_id = c.agency_id
        JOIN tenantry.plan p ON p.plan_code = a.plan_code
    WHERE p.activation_fee_minor > 0
    ON CONFLICT (agency_id, charge_key) DO NOTHING)"};

constexpr pg::statement birthdays_statement{"find_birthdays",
                                            R"(SELECT c.created_at
    FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS wanted(agency_id, company_id, position)
        CROSS JOIN )" COMPANY_OF_WANTED R"( AS c
    ORDER BY position)"};

constexpr pg::statement open_statement{"open_subscriptions",
                                       R"(WITH wanted AS (
        SELECT agency_id, company_id, (starts AT TIME ZONE 'UTC')::date AS period_start,
               (ends AT TIME ZONE 'UTC')::date AS period_end
        FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[])
            AS t(agency_id, company_id, starts, ends)
    ), opened AS (
        INSERT INTO tenantry.subscription (agency_id, company_id, plan_code, state, anchor, created_at)
        SELECT agency_id, company_id, a.plan_code, 'active', period_start, now()
        FROM wanted JOIN tenantry.agency a USING (agency_id)
        ON CONFLICT (agency_id, company_id) DO NOTHING
    )
    INSERT INTO tenantry.subscription_period (agency_id, company_id, period_start, period_end)
    SELECT agency_id, company_id, period_start, period_end FROM wanted
    ON CONFLICT (agency_id, company_id, period_start) DO NOTHING)"};

timestamp midnight(domain::date day) {
    return std::chrono::sys_days{day};
}

}  // namespace

task<pg::result<void>> post_activation_fees(pg::connection& in_transaction,
                                            std::span<const company_reference> companies,
                                            deadline until) {
    const company_reference_columns columns{companies};
    auto answer = co_await in_transaction.run(
        post_fees_statement,
        {columns.agency, columns.company, receivable.code, activation_revenue.code}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

task<pg::result<std::vector<domain::date>>> find_birthdays(
    pg::connection& in_transaction, std::span<const company_reference> companies, deadline until) {
    const company_reference_columns columns{companies};
    auto answer =
        co_await in_transaction.run(birthdays_statement, {columns.agency, columns.company}, until);
    if (!answer) co_return answer.error();
    std::vector<domain::date> birthdays;
    for (const auto row : *answer)
        birthdays.emplace_back(std::chrono::floor<std::chrono::days>(row.get<timestamp>(0)));
    co_return birthdays;
}

task<pg::result<void>> open_subscriptions(pg::connection& in_transaction,
                                          std::span<const company_reference> companies,
                                          std::span<const domain::period> first_periods,
                                          deadline until) {
    const company_reference_columns columns{companies};
    std::vector<timestamp> starts, ends;
    for (const auto& period : first_periods) {
        starts.push_back(midnight(period.start));
        ends.push_back(midnight(period.end));
    }
    auto answer = co_await in_transaction.run(
        open_statement, {columns.agency, columns.company, starts, ends}, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

}  // namespace tenantry::store
