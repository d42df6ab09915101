#include "api/guard/session_guard.hpp"

#include <fmt/format.h>

namespace tenantry::guard {

task<result<void>> session_guard::admit(std::string_view token, domain::agency_id agency,
                                        deadline until) {
    if (token.empty()) co_return error{.code = errc::missing_session};
    // The agency is part of it: what one agency's requests put there serves no other's.
    const auto hash = env_.sealer.lookup_hash(fmt::format("session {} {}", agency, token));
    const auto now = std::chrono::steady_clock::now();
    if (const auto* known = cache_.find(hash, agency, now))
        co_return service::admit(*known, env_.clock.now());

    const auto seen = env_.revoked.current(agency);
    auto found = co_await service::find_session(env_, agency, token, until);
    if (!found) co_return found.error();
    auto admitted = service::admit(*found, env_.clock.now());
    if (admitted) cache_.insert(hash, std::move(*found), seen, now);
    co_return admitted;
}

}  // namespace tenantry::guard
