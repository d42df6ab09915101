#include "common/store/agencies.hpp"

#include "common/store/billing.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement insert_statement{"insert_agency",
                                         R"(WITH agency AS (
        INSERT INTO tenantry.agency (name, plan_code, created_at)
        SELECT $1, plan_code, $5 FROM tenantry.plan WHERE plan_code = $2
        RETURNING agency_id
    ), owner AS (
        INSERT INTO tenantry.app_user (agency_id, name, email, created_at)
        SELECT agency_id, $3, $4, $5 FROM agency
        RETURNING user_id
    ), accounts AS (
        INSERT INTO tenantry.ledger_account (agency_id, account_code, normal_side)
        SELECT agency_id, code, side FROM agency, unnest($6::text[], $7::text[]) AS account(code, side)
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, subject_id)
        SELECT agency_id, $5, 'agency.created', agency_id FROM agency
    )
    SELECT agency_id, user_id FROM agency, owner)"};

constexpr pg::statement list_statement{"list_agencies",
                                       R"(SELECT agency_id, name, plan_code,
        (SELECT count(*) FROM tenantry.company c WHERE c.agency_id = a.agency_id)
    FROM tenantry.agency a ORDER BY agency_id)"};

constexpr pg::statement first_user_statement{
    "find_first_user",
    "SELECT user_id FROM tenantry.app_user WHERE agency_id = $1 ORDER BY user_id LIMIT 1"};

}  // namespace

task<result<agency_ids>> insert_agency(pg::pool& pool, const new_agency& agency, timestamp now,
                                       deadline until) {
    std::vector<std::string_view> codes, sides;
    for (const auto& account : ledger_accounts) {
        codes.push_back(account.code);
        sides.push_back(account.normal_side);
    }
    auto answer = co_await pool.run(
        insert_statement,
        {agency.name, agency.plan, agency.owner_name, agency.owner_email, now, codes, sides},
        until);
    if (!answer) co_return to_error(answer.error());
    if (answer->empty()) co_return error{.code = errc::invalid_value, .subject = "plan"};
    const auto row = (*answer)[0];
    co_return agency_ids{domain::agency_id{row.get<std::int64_t>(0)},
                         domain::user_id{row.get<std::int64_t>(1)}};
}

task<result<std::vector<agency_summary>>> list_agencies(pg::pool& pool, deadline until) {
    auto answer = co_await pool.run(list_statement, {}, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<agency_summary> agencies;
    for (const auto row : *answer)
        agencies.push_back({domain::agency_id{row.get<std::int64_t>(0)}, row.get<std::string>(1),
                            row.get<std::string>(2), row.get<std::int64_t>(3)});
    co_return agencies;
}

task<result<domain::user_id>> find_first_user(pg::pool& pool, domain::agency_id agency,
                                              deadline until) {
    const pg::query queries[] = {acting_for(agency), {&first_user_statement, {agency.value()}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return domain::user_id{answer->back()[0].get<std::int64_t>(0)};
}

}  // namespace tenantry::store
