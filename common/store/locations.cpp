#include "common/store/locations.hpp"

#include "common/runtime/pieces.hpp"
#include "common/store/company_reference.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

#define LOCATION_COLUMNS                                                                   \
    "l.location_id, l.company_id, l.name, l.phone_number, l.status, l.reason, l.address, " \
    "l.google_place_id, l.created_at, l.updated_at"
#define IN_ACTIVE_COMPANY                                                          \
    " EXISTS (SELECT FROM tenantry.company c WHERE c.agency_id = l.agency_id AND " \
    "c.company_id = l.company_id AND c.active) "
/// $1 agency, $2 location, $3 company or NULL.
#define THE_LOCATION                                                                          \
    " l.agency_id = $1 AND l.location_id = $2 AND ($3::bigint IS NULL OR l.company_id = $3) " \
    "AND l.deleted_at IS NULL AND" IN_ACTIVE_COMPANY

// Two statements: a plan that is made ahead could use no index for a company that may be absent.
#define LOCATIONS(condition)                           \
    "SELECT " LOCATION_COLUMNS                         \
    " FROM tenantry.location l WHERE l.agency_id = $1" \
    " AND l.deleted_at IS NULL" condition " AND" IN_ACTIVE_COMPANY "ORDER BY l.location_id"
constexpr pg::statement list_all_statement{"list_all_locations", LOCATIONS("")};
constexpr pg::statement list_statement{"list_locations", LOCATIONS(" AND l.company_id = $2")};

constexpr pg::statement company_active_statement{
    "company_active",
    "SELECT FROM tenantry.company WHERE agency_id = $1 AND company_id = $2 AND active"};

constexpr pg::statement find_statement{
    "find_location", "SELECT " LOCATION_COLUMNS " FROM tenantry.location l WHERE" THE_LOCATION};

const command_statement insert_statement("insert_location",
                                         R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[],
                         $20::text[])
        AS t(cmd, location_id, company_id, name, area_code, address, google_place_id)
), task AS (
    )" TASK_ARRAYS(21, 22, 23, 24, 25, 26, 27, 28, 29) R"(
), refused AS (
    SELECT cmd, NULL::text AS subject
    FROM item JOIN command USING (cmd) LEFT JOIN )" COMPANY_OF_ITEM R"( AS c ON true
    WHERE c.active IS NOT TRUE
))",
                                         R"(location AS (
    INSERT INTO tenantry.location (agency_id, location_id, company_id, job_id, name, area_code, address,
                                   google_place_id, created_at, updated_at)
    SELECT agency_id, location_id, item.company_id, job_id, name, area_code, address, google_place_id, dated, dated
    FROM accepted JOIN item USING (cmd) JOIN task USING (cmd)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, dated, 'location.created', user_id, actor_key_id, company_id, location_id, request_id
    FROM accepted JOIN item USING (cmd)
), job AS (
    )" INSERT_TASKS R"(
))");

constexpr pg::statement update_statement{"update_location", R"(WITH l AS (
        UPDATE tenantry.location l
        SET name = coalesce($4, name), address = CASE WHEN $5 THEN $6 ELSE address END,
            google_place_id = CASE WHEN $7 THEN $8 ELSE google_place_id END, updated_at = $9
        WHERE)" THE_LOCATION R"(
        RETURNING l.*
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id,
                                          request_id)
        SELECT agency_id, $9, 'location.updated', $10, $11, company_id, location_id, $12 FROM l
    )
    SELECT )" LOCATION_COLUMNS " FROM l"};

// The number is let go by a statement of its own: it then sees one that was assigned while the
// first waited for the location.
constexpr pg::statement delete_statement{"delete_location", R"(WITH gone AS (
        UPDATE tenantry.location l SET deleted_at = $4, updated_at = $4
        WHERE)" THE_LOCATION R"(
        RETURNING l.agency_id, l.location_id, l.company_id, l.phone_number
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id,
                                          request_id, details)
        SELECT agency_id, $4, 'location.deleted', $5, $6, company_id, location_id, $7,
               jsonb_build_object('phone_number', phone_number)
        FROM gone
    )
    SELECT location_id FROM gone)"};
constexpr pg::statement release_statement{
    "release_phone_number",
    R"(UPDATE tenantry.phone_number p SET holder_agency_id = NULL, location_id = NULL, free_from = $3
    FROM tenantry.location l
    WHERE l.agency_id = $1 AND l.location_id = $2 AND l.deleted_at IS NOT NULL
      AND p.holder_agency_id = l.agency_id AND p.location_id = l.location_id)"};

#define WAITING "FROM unnest($1::bigint[], $2::bigint[]) AS t(agency_id, job_id) "
#define ASSIGN(busy_numbers)                                                                    \
    "WITH wanted AS MATERIALIZED ("                                                             \
    " SELECT l.agency_id, l.location_id, l.area_code " WAITING                                  \
    " JOIN tenantry.location l USING (agency_id, job_id)"                                       \
    " WHERE l.status = 'pending' AND l.deleted_at IS NULL"                                      \
    " ORDER BY l.agency_id, l.location_id FOR UPDATE OF l"                                      \
    "), placed AS ("                                                                            \
    " SELECT *, row_number() OVER (PARTITION BY area_code ORDER BY agency_id, location_id) AS " \
    "place"                                                                                     \
    " FROM wanted"                                                                              \
    "), found AS MATERIALIZED ("                                                                \
    " SELECT demand.area_code, free.number,"                                                    \
    " row_number() OVER (PARTITION BY demand.area_code ORDER BY free.number) AS place"          \
    " FROM (SELECT area_code, count(*) AS n FROM wanted GROUP BY area_code) AS demand,"         \
    " LATERAL (SELECT p.number FROM tenantry.phone_number p"                                    \
    " WHERE p.area_code = demand.area_code AND p.holder_agency_id IS NULL AND p.free_from <= "  \
    "now()"                                                                                     \
    " ORDER BY p.number LIMIT demand.n FOR UPDATE " busy_numbers                                \
    ") AS free"                                                                                 \
    "), given AS ("                                                                             \
    " UPDATE tenantry.phone_number p"                                                           \
    " SET holder_agency_id = placed.agency_id, location_id = placed.location_id"                \
    " FROM placed JOIN found USING (area_code, place) WHERE p.number = found.number"            \
    " RETURNING p.number, p.holder_agency_id, p.location_id"                                    \
    ")"                                                                                         \
    " UPDATE tenantry.location l SET status = 'active', phone_number = given.number,"           \
    " updated_at = now()"                                                                       \
    " FROM given WHERE l.agency_id = given.holder_agency_id AND l.location_id = given.location_id"

// First what nobody else is giving out; then, for those that got nothing, what others are giving
// out, should they not do it. Only then there is none.
constexpr pg::statement assign_statement{"assign_phone_numbers", ASSIGN("SKIP LOCKED")};
constexpr pg::statement assign_waiting_statement{"assign_phone_numbers_waiting", ASSIGN("")};
constexpr pg::statement give_up_statement{
    "give_up_phone_numbers",
    "UPDATE tenantry.location l SET status = 'failed', updated_at = now(),"
    " reason = 'No phone number is available in area code ' || l.area_code || '.' " WAITING
    "WHERE l.agency_id = t.agency_id AND l.job_id = t.job_id AND l.status = 'pending'"
    " AND l.deleted_at IS NULL"};

domain::location read_location(const pg::row& row) {
    return {.id = domain::location_id{row.get<std::int64_t>(0)},
            .company = domain::company_id{row.get<std::int64_t>(1)},
            .name = row.get<std::string>(2),
            .phone_number = row.get<std::optional<std::string>>(3),
            .status = domain::parse_location_status(row.get<std::string_view>(4)).value(),
            .reason = row.get<std::optional<std::string>>(5),
            .address = row.get<std::optional<std::string>>(6),
            .google_place_id = row.get<std::optional<std::string>>(7),
            .created_at = row.get<timestamp>(8),
            .updated_at = row.get<timestamp>(9)};
}

std::optional<std::int64_t> value_of(const std::optional<domain::company_id>& id) {
    if (!id) return std::nullopt;
    return id->value();
}

}  // namespace

pg::query list_locations_query(domain::agency_id agency,
                               std::optional<domain::company_id> company) {
    if (!company) return {&list_all_statement, {agency.value()}};
    return {&list_statement, {agency.value(), company->value()}};
}

task<std::vector<domain::location>> read_locations(const pg::rows& rows) {
    std::vector<domain::location> locations;
    locations.reserve(rows.size());
    const auto add = [&locations](const pg::row& row) { locations.push_back(read_location(row)); };
    co_await in_pieces(rows, add);
    co_return locations;
}

task<result<found_locations>> list_locations(pg::pool& pool, domain::agency_id agency,
                                             std::optional<domain::company_id> company,
                                             deadline until) {
    const pg::query queries[] = {
        acting_until(agency, until),
        {&company_active_statement, {agency.value(), value_of(company)}},
        list_locations_query(agency, company),
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    auto locations = co_await read_locations((*answer)[2]);
    co_return found_locations{std::move(locations), !(*answer)[1].empty()};
}

task<result<domain::location>> find_location(pg::pool& pool, domain::agency_id agency,
                                             std::optional<domain::company_id> company,
                                             domain::location_id id, deadline until) {
    const pg::query queries[] = {
        acting_for(agency), {&find_statement, {agency.value(), id.value(), value_of(company)}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_location(answer->back()[0]);
}

pg::query query_for(together<create_location> commands) {
    std::vector<std::int64_t> cmd, id, company;
    std::vector<std::string_view> name, area_code;
    std::vector<std::optional<std::string_view>> address, google_place_id;
    for (const auto* command : commands) {
        cmd.push_back(std::ssize(cmd) + 1);
        id.push_back(command->id.value());
        company.push_back(command->company.value());
        name.push_back(command->location.name);
        area_code.push_back(command->location.area_code);
        address.push_back(command->location.address);
        google_place_id.push_back(command->location.google_place_id);
    }
    auto query = insert_statement.query(commands);
    query.arguments.add(cmd).add(id).add(company).add(name).add(area_code).add(address);
    query.arguments.add(google_place_id);
    job_columns{commands}.add_to(query.arguments);
    return query;
}

share share_of(const create_location& command) {
    const auto& location = command.location;
    return {.bytes = command.response.body.size() + location.name.size() +
                     location.address.value_or("").size() +
                     location.google_place_id.value_or("").size()};
}

task<result<domain::location>> update_location(pg::pool& pool, command by,
                                               std::optional<domain::company_id> company,
                                               domain::location_id id,
                                               domain::location_change change, deadline until) {
    const std::optional<std::string> none;
    const pg::query queries[] = {
        acting_for(by.agency),
        {&update_statement,
         {by.agency.value(), id.value(), value_of(company), change.name, change.address.has_value(),
          change.address.value_or(none), change.google_place_id.has_value(),
          change.google_place_id.value_or(none), by.times.now, by.user.value(),
          by.actor_key.value(), by.request_id}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_location(answer->back()[0]);
}

task<result<void>> delete_location(pg::pool& pool, command by,
                                   std::optional<domain::company_id> company,
                                   domain::location_id id, timestamp number_free_from,
                                   deadline until) {
    const pg::query queries[] = {
        acting_for(by.agency),
        {&delete_statement,
         {by.agency.value(), id.value(), value_of(company), by.times.now, by.user.value(),
          by.actor_key.value(), by.request_id}},
        {&release_statement, {by.agency.value(), id.value(), number_free_from}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if ((*answer)[1].empty()) co_return error{.code = errc::not_found};
    co_return result<void>{};
}

task<pg::result<void>> assign_phone_numbers(pg::connection& in_transaction,
                                            std::span<const claimed_job> jobs, deadline until) {
    std::vector<std::int64_t> agencies, ids;
    for (const auto& job : jobs) {
        agencies.push_back(job.agency.value());
        ids.push_back(job.job.value());
    }
    const pg::query queries[] = {{&assign_statement, {agencies, ids}},
                                 {&assign_waiting_statement, {agencies, ids}},
                                 {&give_up_statement, {agencies, ids}}};
    auto answer = co_await in_transaction.run(queries, until);
    if (!answer) co_return answer.error();
    co_return pg::result<void>{};
}

}  // namespace tenantry::store
