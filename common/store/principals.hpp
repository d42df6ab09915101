// Who an API key belongs to.
#pragma once

#include <optional>
#include <string>

#include "common/domain/principal.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"
#include "common/store/command.hpp"

namespace tenantry::store {

struct key_holder {
    domain::principal principal;
    bool company_active = true;           ///< of the company that the key is bound to
    bool company_held = false;            ///< the same company's
    std::optional<timestamp> revoked_at;  ///< the key is refused from then on
};

/// The holder of the key with that HMAC; empty when the agency has none.
task<result<std::optional<key_holder>>> find_key_holder(pg::pool& pool, domain::agency_id agency,
                                                        digest lookup_hash, deadline until);

}  // namespace tenantry::store
