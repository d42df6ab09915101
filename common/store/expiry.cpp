#include "common/store/expiry.hpp"

#include <map>
#include <stdexcept>

#include "common/domain/location.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

#define EXPIRED(at) at " <= now() - $3 * interval '1 s'"
/// Agency, the rest of the key as two texts, and when it expired. $1 from then on, $2 at most, $3
/// kept beyond.
#define FIND(table, first, second, at)                                                  \
    "SELECT agency_id, " first ", " second ", " at " FROM tenantry." table " WHERE " at \
    " >= $1 AND " EXPIRED(at) " ORDER BY " at " LIMIT $2"
/// $1 agency, $2 keys, $3 kept beyond. It may be good again since it was found.
#define DELETE_BY_KEY(table, keys, matches, at)                                           \
    "DELETE FROM tenantry." table " x USING " keys " WHERE x.agency_id = $1 AND " matches \
    " AND " EXPIRED("x." at)

struct table_statements {
    pg::statement find, erase;
};

constexpr table_statements idempotency_records{
    {"find_expired_idempotency_records",
     FIND("idempotency_record", "endpoint", "idempotency_key", "expires_at")},
    {"delete_expired_idempotency_records",
     DELETE_BY_KEY("idempotency_record", "unnest($2::text[], $4::text[]) AS k(endpoint, key)",
                   "x.endpoint = k.endpoint AND x.idempotency_key = k.key", "expires_at")}};
constexpr table_statements sessions{
    {"find_expired_sessions", FIND("session", "session_id", "''", "expires_at")},
    {"delete_expired_sessions",
     DELETE_BY_KEY("session", "unnest($2::text[], $4::text[]) AS k(session_id, nothing)",
                   "x.session_id = k.session_id", "expires_at")}};
constexpr table_statements unique_jobs{
    {"find_expired_unique_jobs", FIND("unique_job", "unique_key", "''", "until")},
    {"delete_expired_unique_jobs",
     DELETE_BY_KEY("unique_job", "unnest($2::text[], $4::text[]) AS k(unique_key, nothing)",
                   "x.unique_key = k.unique_key", "until")}};

constexpr pg::statement holders_statement{
    "find_number_holders",
    "SELECT DISTINCT holder_agency_id FROM tenantry.phone_number WHERE holder_agency_id > $1"
    " ORDER BY holder_agency_id LIMIT $2"};

constexpr pg::statement free_statement{"free_orphaned_numbers", R"(UPDATE tenantry.phone_number p
    SET holder_agency_id = NULL, location_id = NULL, free_from = now() + $2 * interval '1 day'
    WHERE p.holder_agency_id = ANY ($1::bigint[]) AND NOT EXISTS (
        SELECT FROM tenantry.location l
        WHERE l.agency_id = p.holder_agency_id AND l.location_id = p.location_id AND l.deleted_at IS NULL)
    RETURNING p.number)"};

const table_statements& statements_of(perishable what) {
    switch (what) {
        case perishable::idempotency_record:
            return idempotency_records;
        case perishable::session:
            return sessions;
        case perishable::unique_job:
            return unique_jobs;
    }
    throw std::logic_error("no such table");
}

constexpr double kept_seconds = std::chrono::duration<double>{kept_beyond_expiry}.count();

struct keys {
    std::vector<std::string> first, second;
};

std::map<std::int64_t, keys> keys_by_agency(const pg::rows& found) {
    std::map<std::int64_t, keys> by_agency;
    for (const auto row : found) {
        auto& of_agency = by_agency[row.get<std::int64_t>(0)];
        of_agency.first.push_back(row.get<std::string>(1));
        of_agency.second.push_back(row.get<std::string>(2));
    }
    return by_agency;
}

}  // namespace

task<pg::result<expired>> delete_expired(pg::pool& pool, perishable what, timestamp from,
                                         int at_most, deadline until) {
    const auto& statements = statements_of(what);
    auto found =
        co_await pool.run(statements.find, {from, std::int64_t{at_most}, kept_seconds}, until);
    if (!found) co_return found.error();
    expired done{.found = static_cast<std::int64_t>(found->size()), .reached = from};
    if (!found->empty()) done.reached = (*found)[found->size() - 1].get<timestamp>(3);
    for (const auto& [agency, of_agency] : keys_by_agency(*found)) {
        const pg::query queries[] = {
            acting_for(domain::agency_id{agency}),
            {&statements.erase, {agency, of_agency.first, kept_seconds, of_agency.second}}};
        auto erased = co_await pool.run(queries, until);
        if (!erased) co_return erased.error();
        done.deleted += static_cast<std::int64_t>(erased->back().affected());
    }
    co_return done;
}

task<pg::result<std::vector<std::int64_t>>> find_number_holders(pg::pool& pool,
                                                                domain::agency_id after,
                                                                int at_most, deadline until) {
    auto found =
        co_await pool.run(holders_statement, {after.value(), std::int64_t{at_most}}, until);
    if (!found) co_return found.error();
    std::vector<std::int64_t> agencies;
    for (const auto row : *found) agencies.push_back(row.get<std::int64_t>(0));
    co_return agencies;
}

task<pg::result<std::vector<std::string>>> free_orphaned_numbers(
    pg::pool& pool, std::span<const std::int64_t> agencies, deadline until) {
    const auto rest = static_cast<double>(domain::number_quarantine.count());
    const pg::query queries[] = {acting_for(agencies), {&free_statement, {agencies, rest}}};
    auto freed = co_await pool.run(queries, until);
    if (!freed) co_return freed.error();
    std::vector<std::string> numbers;
    for (const auto row : freed->back()) numbers.push_back(row.get<std::string>(0));
    co_return numbers;
}

}  // namespace tenantry::store
