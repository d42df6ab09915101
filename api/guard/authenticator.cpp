#include "api/guard/authenticator.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "common/store/companies.hpp"

namespace tenantry::guard {

task<result<domain::principal>> authenticator::authenticate(std::string_view key_text,
                                                            deadline until) {
    const auto key = service::read_key(sealer_, key_text);
    if (!key) co_return key.error();
    const auto now = std::chrono::steady_clock::now();
    if (const auto* known = cache_.find(key->lookup_hash, key->agency, now))
        co_return service::admit(*known, clock_.now());

    const auto seen = revoked_.current(key->agency);
    auto holder = co_await service::find_holder(holders_, *key, until);
    if (!holder) co_return holder.error();
    auto admitted = service::admit(*holder, clock_.now());
    if (admitted) cache_.insert(key->lookup_hash, std::move(*holder), seen, now);
    co_return admitted;
}

task<result<domain::principal>> authenticator::act_for(domain::principal who,
                                                       domain::company_id company, deadline until) {
    if (!who.reaches(company)) co_return error{.code = errc::not_found};
    if (who.company) co_return who;
    const store::wanted_company wanted{who.agency, company};
    auto found = co_await store::find_company(companies_, wanted, until);
    if (!found) co_return found.error();
    if (found->held) co_return error{.code = errc::company_held};
    who.company = company;
    who.company_name = std::move(found->name);
    co_return who;
}

std::string_view presented_key(std::string_view authorization, std::string_view x_api_key) {
    constexpr std::string_view bearer = "Bearer ";
    if (boost::algorithm::istarts_with(authorization, bearer)) {
        authorization.remove_prefix(bearer.size());
        const auto start = authorization.find_first_not_of(' ');
        return start == std::string_view::npos ? std::string_view{} : authorization.substr(start);
    }
    return x_api_key;
}

}  // namespace tenantry::guard
