#include "api/guard/authenticator.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "common/crypto/api_key_text.hpp"
#include "common/store/companies.hpp"

namespace tenantry::guard {

namespace {

result<domain::principal> admit(const store::key_holder& holder, timestamp now) {
    if (holder.revoked_at && *holder.revoked_at <= now) return error{.code = errc::revoked_key};
    if (!holder.company_active) return error{.code = errc::company_inactive};
    if (holder.company_held) return error{.code = errc::company_held};
    return holder.principal;
}

}  // namespace

task<result<domain::principal>> authenticator::authenticate(std::string_view key_text,
                                                            deadline until) {
    if (key_text.empty()) co_return error{.code = errc::missing_key};
    const auto parsed = crypto::parse_api_key(key_text);
    if (!parsed) co_return error{.code = errc::malformed_key};
    const auto hash = sealer_.lookup_hash(key_text);
    const auto now = std::chrono::steady_clock::now();
    if (const auto* known = cache_.find(hash, parsed->agency, now))
        co_return admit(*known, clock_.now());

    const auto seen = revoked_.current(parsed->agency);
    auto holder = co_await look_up(parsed->agency, hash, until);
    if (!holder) co_return holder.error();
    auto admitted = admit(*holder, clock_.now());
    if (admitted) cache_.insert(hash, std::move(*holder), seen, now);
    co_return admitted;
}

task<result<store::key_holder>> authenticator::look_up(domain::agency_id agency, store::digest hash,
                                                       deadline until) {
    auto found = co_await store::find_key_holder(database_, agency, hash, until);
    if (!found) co_return found.error();
    if (!*found) co_return error{.code = errc::unknown_key};
    co_return std::move(**found);
}

task<result<domain::principal>> authenticator::act_for(domain::principal who,
                                                       domain::company_id company, deadline until) {
    if (!who.reaches(company)) co_return error{.code = errc::not_found};
    if (who.company) co_return who;
    auto found = co_await store::find_company(database_, who.agency, company, until);
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
