#include "common/store/users.hpp"

#include "common/runtime/pieces.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// One statement for each way to ask: a plan that is made ahead could use no index for a condition
// that may be absent. $1 is the agency, $2 the company whose places alone are shown, or NULL.
#define USERS(condition)                                                                           \
    "SELECT u.user_id, u.external_id, u.email, u.name, u.created_at, c.company_id, c.name, m.role" \
    " FROM tenantry.app_user u LEFT JOIN (tenantry.membership m JOIN tenantry.company c"           \
    " ON c.agency_id = m.agency_id AND c.company_id = m.company_id AND c.active)"                  \
    " ON m.agency_id = u.agency_id AND m.user_id = u.user_id"                                      \
    " AND ($2::bigint IS NULL OR m.company_id = $2)"                                               \
    " WHERE u.agency_id = $1" condition " ORDER BY u.created_at, u.user_id, c.company_id"

constexpr pg::statement all_statement{"find_all_users", USERS("")};
constexpr pg::statement members_statement{
    "find_members", USERS(" AND u.user_id IN (SELECT x.user_id FROM tenantry.membership x WHERE"
                          " x.agency_id = $1 AND x.company_id = $3)")};
constexpr pg::statement known_statement{
    "find_known_user",
    USERS(" AND u.external_id = $3 AND ($4::bigint IS NULL OR EXISTS (SELECT FROM"
          " tenantry.membership x WHERE x.agency_id = u.agency_id AND x.company_id = $4"
          " AND x.user_id = u.user_id))")};

constexpr pg::statement company_name_statement{
    "find_company_name",
    "SELECT name FROM tenantry.company WHERE agency_id = $1 AND company_id = $2 AND active"};

// Before the statement that looks who owns the company, and in its transaction: that statement then
// sees what the last one to change the company's owners has committed.
constexpr pg::statement lock_statement{
    "lock_company",
    "SELECT FROM tenantry.company WHERE agency_id = $1 AND company_id = $2 FOR NO KEY UPDATE"};

const command_statement insert_statement("insert_user",
                                         R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::text[], $19::bigint[],
                         $20::text[])
        AS t(cmd, person_id, external_id, email, name, company_id, role)
), judged AS MATERIALIZED (
    SELECT item.cmd, u.user_id IS NULL AS is_new, coalesce(item.role, m.role, 'user') AS role,
           CASE WHEN item.company_id IS NOT NULL AND c.company_id IS NULL THEN 'company'
                WHEN item.company_id IS NULL AND u.user_id IS NOT NULL THEN 'known'
                WHEN u.user_id <> item.person_id THEN 'other'
                WHEN m.role = 'owner' AND item.role <> 'owner' AND NOT EXISTS (
                    SELECT FROM tenantry.membership o
                    WHERE o.agency_id = m.agency_id AND o.company_id = m.company_id AND o.user_id <> m.user_id
                      AND o.role = 'owner') THEN 'owner' END AS subject
    FROM item JOIN command USING (cmd)
        LEFT JOIN tenantry.app_user u
            ON u.agency_id = command.agency_id AND u.external_id = item.external_id
        LEFT JOIN tenantry.company c
            ON c.agency_id = command.agency_id AND c.company_id = item.company_id AND c.active
        LEFT JOIN tenantry.membership m
            ON m.agency_id = command.agency_id AND m.company_id = item.company_id AND m.user_id = u.user_id
), refused AS (
    SELECT cmd, subject FROM judged WHERE subject IS NOT NULL
))",
                                         R"(born AS (
    INSERT INTO tenantry.app_user (agency_id, user_id, external_id, email, name, created_at)
    SELECT agency_id, person_id, external_id, email, name, dated
    FROM accepted JOIN item USING (cmd) JOIN judged USING (cmd) WHERE is_new
), placed AS (
    INSERT INTO tenantry.membership AS m (agency_id, company_id, user_id, role, created_at)
    SELECT agency_id, company_id, person_id, judged.role, dated
    FROM accepted JOIN item USING (cmd) JOIN judged USING (cmd) WHERE company_id IS NOT NULL
    ON CONFLICT (agency_id, company_id, user_id) DO UPDATE SET role = excluded.role WHERE m.role <> excluded.role
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id,
                                      details)
    SELECT agency_id, dated, CASE WHEN is_new THEN 'user.created' ELSE 'user.placed' END, user_id, actor_key_id,
           company_id, person_id, request_id,
           CASE WHEN company_id IS NOT NULL THEN jsonb_build_object('role', judged.role) END
    FROM accepted JOIN item USING (cmd) JOIN judged USING (cmd)
))");

domain::user read_user(const pg::row& row) {
    return {.id = domain::user_id{row.get<std::int64_t>(0)},
            .external_id = row.get<std::optional<std::string>>(1),
            .email = row.get<std::string>(2),
            .name = row.get<std::string>(3),
            .created_at = row.get<timestamp>(4)};
}

std::optional<std::int64_t> value_of(const std::optional<domain::company_id>& id) {
    if (!id) return std::nullopt;
    return id->value();
}

std::optional<std::string_view> word_of(const std::optional<domain::user_role>& role) {
    if (!role) return std::nullopt;
    return to_string(*role);
}

}  // namespace

pg::query find_users_query(domain::agency_id agency, const user_filter& filter) {
    const auto places_in = value_of(filter.places_in), members_of = value_of(filter.members_of);
    if (filter.external_id)
        return {&known_statement, {agency.value(), places_in, *filter.external_id, members_of}};
    if (members_of) return {&members_statement, {agency.value(), places_in, *members_of}};
    return {&all_statement, {agency.value(), places_in}};
}

// A row for each place of a user, one for a user without any; those of a user stand together.
task<std::vector<domain::user>> read_users(const pg::rows& rows) {
    std::vector<domain::user> users;
    const auto add = [&users](const pg::row& row) {
        if (users.empty() || users.back().id.value() != row.get<std::int64_t>(0))
            users.push_back(read_user(row));
        if (const auto company = row.get<std::optional<std::int64_t>>(5))
            users.back().companies.push_back(
                {domain::company_id{*company}, row.get<std::string>(6),
                 domain::parse_user_role(row.get<std::string_view>(7)).value()});
    };
    co_await in_pieces(rows, add);
    co_return users;
}

task<result<found_users>> find_users(pg::pool& pool, domain::agency_id agency, user_filter filter,
                                     std::optional<domain::company_id> company, deadline until) {
    const pg::query queries[] = {
        acting_until(agency, until),
        {&company_name_statement, {agency.value(), value_of(company)}},
        find_users_query(agency, filter),
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    found_users found;
    found.users = co_await read_users((*answer)[2]);
    if (!(*answer)[1].empty()) found.company_name = (*answer)[1][0].get<std::string>(0);
    co_return found;
}

task<pg::result<verdict>> insert_user(pg::pool& pool, const create_user& command, deadline until) {
    const auto company = value_of(command.company);
    auto insert = insert_statement.query(command);
    auto& arguments = insert.arguments;
    arguments.add(one(std::int64_t{1})).add(one(command.id.value()));
    arguments.add(one(command.person.external_id)).add(one(command.person.email));
    arguments.add(one(command.person.name)).add(one(company)).add(one(word_of(command.role)));
    const pg::query queries[] = {acting_for(command.agency),
                                 {&lock_statement, {command.agency.value(), company}},
                                 std::move(insert)};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return read_verdicts(answer->back()).front();
}

}  // namespace tenantry::store
