// Whether the session that a request names is one of its agency's and its time is now.
#pragma once

#include <string_view>

#include "api/guard/verified_cache.hpp"
#include "api/service/sessions.hpp"

namespace tenantry::guard {

class session_guard {
public:
    session_guard(const service::environment& env, std::chrono::milliseconds time_to_live,
                  std::size_t cache_size)
        : env_{env}, cache_{env.revoked, time_to_live, cache_size} {}

    /// `agency` is that of the request's key. `missing_session` for an empty token, else
    /// `invalid_session`: which of its faults it was is nobody's business.
    task<result<void>> admit(std::string_view token, domain::agency_id agency, deadline until);

private:
    const service::environment& env_;
    verified_cache<service::verified_session> cache_;
};

}  // namespace tenantry::guard
