#include "common/store/companies.hpp"

#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// Inserting in the order of the unique key lets two transactions that want the same names wait for
// each other in one direction only. `refused` spares the certain conflict; the race that it cannot
// see fails the statement.
const std::string insert_sql = command_sql(
    R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::bigint[], $19::bytea[],
                         $20::bytea[], $21::int[])
        WITH ORDINALITY
        AS t(cmd, company_id, name, name_key, api_key_id, lookup_hash, sealed_key, keyring_version, position)
), task AS (
    SELECT * FROM unnest($22::bigint[], $23::bigint[], $24::text[], $25::text[], $26::bigint[], $27::int[])
        AS t(cmd, job_id, queue, kind, company_id, steps_total)
), refused AS (
    SELECT DISTINCT ON (cmd) cmd, item.name AS subject
    FROM item JOIN command USING (cmd) JOIN tenantry.company c USING (agency_id, name_key)
    ORDER BY cmd, position
))",
    R"(born AS MATERIALIZED (
    SELECT * FROM accepted JOIN item USING (cmd) ORDER BY agency_id, name_key COLLATE "C"
), company AS (
    INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
    SELECT agency_id, company_id, name, name_key, user_id, $12, $12 FROM born
), api_key AS (
    INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, scope, lookup_hash, sealed_key,
                                  keyring_version, created_at)
    SELECT agency_id, api_key_id, company_id, user_id, 'read_write', lookup_hash, sealed_key, keyring_version, $12
    FROM born
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, $12, 'company.created', user_id, actor_key_id, company_id, company_id, request_id FROM born
), job AS (
    INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, steps_total, created_at, run_at, dispatch_at)
    SELECT agency_id, job_id, queue, kind, company_id, steps_total, $12, $12, $28
    FROM accepted JOIN task USING (cmd)
))");
const pg::statement insert_statement{"insert_companies", insert_sql.c_str()};

constexpr int max_deadlocks = 5;

#define COMPANY_COLUMNS                                                                       \
    "c.company_id, c.name, u.name, c.active, c.provisioning = 'ready', c.running_campaigns, " \
    "c.email_slots, c.linkedin_slots, c.created_at, c.updated_at"

constexpr pg::statement list_statement{"list_companies", "SELECT " COMPANY_COLUMNS R"(
    FROM tenantry.company c
        JOIN tenantry.app_user u ON u.agency_id = c.agency_id AND u.user_id = c.owner_id
    WHERE c.agency_id = $1 AND ($2::boolean IS NULL OR c.active = $2) AND ($3::bigint IS NULL OR c.company_id = $3)
    ORDER BY c.company_id LIMIT $4 OFFSET $5)"};

constexpr pg::statement count_statement{"count_companies",
                                        "SELECT count(*) FROM tenantry.company WHERE agency_id = "
                                        "$1 AND ($2::boolean IS NULL OR active = $2)"
                                        " AND ($3::bigint IS NULL OR company_id = $3)"};

constexpr pg::statement find_statement{"find_company", "SELECT " COMPANY_COLUMNS R"(
    FROM tenantry.company c
        JOIN tenantry.app_user u ON u.agency_id = c.agency_id AND u.user_id = c.owner_id
    WHERE c.agency_id = $1 AND c.company_id = $2)"};

constexpr pg::statement update_statement{"update_company",
                                         R"(WITH c AS (
        UPDATE tenantry.company
        SET name = coalesce($3, name), name_key = coalesce($4, name_key), active = coalesce($5, active), updated_at = $6
        WHERE agency_id = $1 AND company_id = $2
        RETURNING *
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id,
                                          request_id, details)
        SELECT agency_id, $6, 'company.updated', $7, $8, company_id, company_id, $9,
               jsonb_strip_nulls(jsonb_build_object('name', $3::text, 'active', $5::boolean))
        FROM c
    ), announced AS (
        SELECT pg_notify('tenantry_revocation', agency_id::text) FROM c
    )
    SELECT )" COMPANY_COLUMNS R"(
    FROM c JOIN tenantry.app_user u ON u.agency_id = c.agency_id AND u.user_id = c.owner_id,
        (SELECT count(*) FROM announced) AS told)"};

domain::company read_company(const pg::row& row) {
    return {.id = domain::company_id{row.get<std::int64_t>(0)},
            .name = row.get<std::string>(1),
            .owner = row.get<std::string>(2),
            .active = row.get<bool>(3),
            .provisioned = row.get<bool>(4),
            .running_campaigns = row.get<std::int32_t>(5),
            .email_slots = row.get<std::int32_t>(6),
            .linkedin_slots = row.get<std::int32_t>(7),
            .created_at = row.get<timestamp>(8),
            .updated_at = row.get<timestamp>(9)};
}

/// The companies of all commands as columns, each row with the number of its command.
struct company_columns {
    std::vector<std::int64_t> cmd, id, key_id;
    std::vector<std::string_view> name, name_key;
    std::vector<pg::bytes> lookup_hash, sealed_key;
    std::vector<std::int32_t> keyring_version;

    explicit company_columns(std::span<const create_companies> commands) {
        for (std::size_t i = 0; i < commands.size(); ++i)
            for (const auto& company : commands[i].companies) {
                cmd.push_back(static_cast<std::int64_t>(i) + 1);
                id.push_back(company.id.value());
                name.push_back(company.name.text());
                name_key.push_back(company.name.key());
                key_id.push_back(company.first_key.id.value());
                lookup_hash.push_back(pg::bytes{company.first_key.lookup_hash});
                sealed_key.push_back(pg::bytes{company.first_key.sealed_key});
                keyring_version.push_back(company.first_key.keyring_version);
            }
    }
};

}  // namespace

pg::query insert_companies_query(std::span<const create_companies> commands, command_times times) {
    std::vector<const command*> bases;
    for (const auto& c : commands) bases.push_back(&c);
    const company_columns items{commands};
    const job_columns jobs{commands};
    pg::query query{&insert_statement, command_params(bases, times)};
    auto& arguments = query.arguments;
    arguments.add(items.cmd).add(items.id).add(items.name).add(items.name_key).add(items.key_id);
    arguments.add(items.lookup_hash).add(items.sealed_key).add(items.keyring_version);
    jobs.add_to(arguments);
    arguments.add(times.now + first_push_grace);
    return query;
}

task<pg::result<std::vector<verdict>>> insert_companies(pg::pool& pool,
                                                        std::span<const create_companies> commands,
                                                        command_times times, deadline until) {
    std::vector<std::int64_t> agencies;
    for (const auto& c : commands) agencies.push_back(c.agency.value());
    const pg::query queries[] = {acting_for(agencies), insert_companies_query(commands, times)};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return answer.error();
    co_return read_verdicts(answer->back());
}

task<result<domain::page<domain::company>>> list_companies(pg::pool& pool, domain::agency_id agency,
                                                           company_filter filter,
                                                           std::int64_t page_number,
                                                           deadline until) {
    std::optional<std::int64_t> only;
    if (filter.only) only = filter.only->value();
    const pg::query queries[] = {
        acting_for(agency),
        {&count_statement, {agency.value(), filter.active, only}},
        {&list_statement,
         {agency.value(), filter.active, only, domain::page_size,
          (page_number - 1) * domain::page_size}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    domain::page<domain::company> page{.number = page_number};
    page.total_elements = (*answer)[1][0].get<std::int64_t>(0);
    for (const auto row : (*answer)[2]) page.content.push_back(read_company(row));
    co_return page;
}

task<result<domain::company>> find_company(pg::pool& pool, domain::agency_id agency,
                                           domain::company_id id, deadline until) {
    const pg::query queries[] = {acting_for(agency),
                                 {&find_statement, {agency.value(), id.value()}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_company(answer->back()[0]);
}

task<result<domain::company>> update_company(pg::pool& pool, command by, domain::company_id id,
                                             domain::company_change change, timestamp now,
                                             deadline until) {
    std::optional<std::string_view> name, key;
    if (change.name) {
        name = change.name->text();
        key = change.name->key();
    }
    const pg::query queries[] = {
        acting_for(by.agency),
        {&update_statement,
         {by.agency.value(), id.value(), name, key, change.active, now, by.user.value(),
          by.actor_key.value(), by.request_id}},
    };
    auto answer = co_await pool.run(queries, until);
    // Two companies that swap names wait for each other; PostgreSQL ends one, which then goes on.
    for (int again = 1; again < max_deadlocks && !answer && pg::is_transient(answer.error());
         ++again)
        answer = co_await pool.run(queries, until);
    if (!answer) {
        auto e = to_error(answer.error());
        if (e.code == errc::name_taken) e.subject = change.name->text();
        co_return e;
    }
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_company(answer->back()[0]);
}

}  // namespace tenantry::store
