#include "common/store/principals.hpp"

#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement find_statement{
    "find_key_holder",
    R"(SELECT a.name, k.user_id, u.name, u.email, k.api_key_id, k.scope, k.company_id, c.name, c.active, c.held,
        k.revoked_at, l.surfaces, l.per_minute, l.burst
    FROM tenantry.api_key k
        JOIN tenantry.agency a ON a.agency_id = k.agency_id
        JOIN tenantry.app_user u ON u.agency_id = k.agency_id AND u.user_id = k.user_id
        LEFT JOIN tenantry.company c ON c.agency_id = k.agency_id AND c.company_id = k.company_id
        CROSS JOIN LATERAL (
            SELECT array_agg(surface ORDER BY surface) AS surfaces, array_agg(per_minute ORDER BY surface) AS per_minute,
                   array_agg(burst ORDER BY surface) AS burst
            FROM tenantry.plan_rate_limit WHERE plan_code = a.plan_code) l
    WHERE k.agency_id = $1 AND k.lookup_hash = $2)"};

std::shared_ptr<const domain::plan_limits> read_limits(const pg::row& row) {
    using figures = std::optional<std::vector<std::int32_t>>;
    const auto surfaces = row.get<std::optional<std::vector<std::string>>>(11);
    const auto per_minute = row.get<figures>(12), burst = row.get<figures>(13);
    if (!surfaces || !per_minute || !burst) return nullptr;
    auto limits = std::make_shared<domain::plan_limits>();
    for (std::size_t i = 0; i < surfaces->size(); ++i)
        limits->set((*surfaces)[i], {per_minute->at(i), burst->at(i)});
    return limits;
}

}  // namespace

task<result<std::optional<key_holder>>> find_key_holder(pg::pool& pool, domain::agency_id agency,
                                                        digest lookup_hash, deadline until) {
    const pg::query queries[] = {acting_for(agency),
                                 {&find_statement, {agency.value(), lookup_hash}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return std::optional<key_holder>{};
    const auto row = answer->back()[0];
    key_holder holder{
        .principal = {.agency = agency,
                      .agency_name = row.get<std::string>(0),
                      .user = domain::user_id{row.get<std::int64_t>(1)},
                      .user_name = row.get<std::string>(2),
                      .user_email = row.get<std::string>(3),
                      .key = domain::api_key_id{row.get<std::int64_t>(4)},
                      .scope = domain::parse_key_scope(row.get<std::string_view>(5)).value(),
                      .limits = read_limits(row)},
        .company_active = row.get<std::optional<bool>>(8).value_or(true),
        .company_held = row.get<std::optional<bool>>(9).value_or(false),
        .revoked_at = row.get<std::optional<timestamp>>(10)};
    if (auto company = row.get<std::optional<std::int64_t>>(6)) {
        holder.principal.company = domain::company_id{*company};
        holder.principal.company_name = row.get<std::string>(7);
    }
    co_return std::optional{std::move(holder)};
}

}  // namespace tenantry::store
