#include "common/store/principals.hpp"

#include "common/store/company_reference.hpp"
#include "common/store/failure.hpp"
#include "common/store/row_by_key.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement find_statement{
    "find_key_holders",
    R"(SELECT n, a.name, k.user_id, u.name, u.email, k.api_key_id, k.scope, k.company_id, c.name, c.active, c.held,
        k.revoked_at, l.surfaces, l.per_minute, l.burst
    FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS wanted(agency_id, lookup_hash, n)
        CROSS JOIN )" ROW_BY_KEY("api_key own",
                                 "own.agency_id = wanted.agency_id AND own.lookup_hash = "
                                 "wanted.lookup_hash") R"( AS k
        CROSS JOIN )" ROW_BY_KEY("agency own", "own.agency_id = k.agency_id") R"( AS a
        CROSS JOIN )" ROW_BY_KEY("app_user own",
                                 "own.agency_id = k.agency_id AND own.user_id = k.user_id") R"( AS u
        LEFT JOIN )" COMPANY_BY_KEY("k.agency_id", "k.company_id") R"( AS c ON true
        CROSS JOIN LATERAL (
            SELECT array_agg(surface ORDER BY surface) AS surfaces, array_agg(per_minute ORDER BY surface) AS per_minute,
                   array_agg(burst ORDER BY surface) AS burst
            FROM tenantry.plan_rate_limit WHERE plan_code = a.plan_code) l)"};

std::shared_ptr<const domain::plan_limits> read_limits(const pg::row& row) {
    using figures = std::optional<std::vector<std::int32_t>>;
    const auto surfaces = row.get<std::optional<std::vector<std::string>>>(12);
    const auto per_minute = row.get<figures>(13), burst = row.get<figures>(14);
    if (!surfaces || !per_minute || !burst) return nullptr;
    auto limits = std::make_shared<domain::plan_limits>();
    for (std::size_t i = 0; i < surfaces->size(); ++i)
        limits->set((*surfaces)[i], {per_minute->at(i), burst->at(i)});
    return limits;
}

key_holder read_holder(const pg::row& row, domain::agency_id agency) {
    key_holder holder{
        .principal = {.agency = agency,
                      .agency_name = row.get<std::string>(1),
                      .user = domain::user_id{row.get<std::int64_t>(2)},
                      .user_name = row.get<std::string>(3),
                      .user_email = row.get<std::string>(4),
                      .key = domain::api_key_id{row.get<std::int64_t>(5)},
                      .scope = domain::parse_key_scope(row.get<std::string_view>(6)).value(),
                      .limits = read_limits(row)},
        .company_active = row.get<std::optional<bool>>(9).value_or(true),
        .company_held = row.get<std::optional<bool>>(10).value_or(false),
        .revoked_at = row.get<std::optional<timestamp>>(11)};
    if (auto company = row.get<std::optional<std::int64_t>>(7)) {
        holder.principal.company = domain::company_id{*company};
        holder.principal.company_name = row.get<std::string>(8);
    }
    return holder;
}

}  // namespace

task<result<std::vector<std::optional<key_holder>>>> find_key_holders(
    pg::pool& pool, std::vector<wanted_key> wanted, deadline until) {
    std::vector<std::int64_t> agencies;
    std::vector<pg::bytes> hashes;
    for (const auto& key : wanted) {
        agencies.push_back(key.agency.value());
        hashes.push_back(pg::bytes{key.lookup_hash});
    }
    const pg::query queries[] = {acting_for(agencies), {&find_statement, {agencies, hashes}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<std::optional<key_holder>> found(wanted.size());
    for (const auto row : answer->back()) {
        const auto place = static_cast<std::size_t>(row.get<std::int64_t>(0) - 1);
        found[place] = read_holder(row, wanted[place].agency);
    }
    co_return found;
}

}  // namespace tenantry::store
