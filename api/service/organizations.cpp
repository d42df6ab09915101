#include "api/service/organizations.hpp"

#include "common/store/organizations.hpp"

namespace tenantry::service {

task<result<std::vector<domain::organization>>> list_organizations(environment& env, caller by) {
    const auto database = co_await env.slow.take(by);
    if (!database) co_return database.error();
    co_return co_await store::list_organizations(*database, by.who.agency, by.who.company,
                                                 by.until);
}

task<result<domain::organization>> get_organization(environment& env, caller by,
                                                    domain::company_id id) {
    if (!by.who.reaches(id)) co_return error{.code = errc::not_found};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto found = co_await store::list_organizations(*database, by.who.agency, id, by.until);
    if (!found) co_return found.error();
    if (found->empty()) co_return error{.code = errc::not_found};
    co_return std::move(found->front());
}

task<result<domain::organization>> update_organization(environment& env, caller by,
                                                       domain::company_id id,
                                                       domain::company_change change) {
    change.only_if_active = true;
    auto updated = co_await update_company(env, by, id, std::move(change));
    if (!updated) co_return updated.error();
    co_return co_await get_organization(env, by, id);
}

task<result<void>> close_organization(environment& env, caller by, domain::company_id id) {
    domain::company_change change;
    change.active = false;
    change.only_if_active = true;
    auto closed = co_await update_company(env, by, id, std::move(change));
    if (!closed) co_return closed.error();
    co_return result<void>{};
}

}  // namespace tenantry::service
