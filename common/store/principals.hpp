// Who an API key belongs to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/domain/principal.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"
#include "common/store/command.hpp"
#include "common/store/shared_read.hpp"

namespace tenantry::store {

struct key_holder {
    domain::principal principal;
    bool company_active = true;           ///< of the company that the key is bound to
    bool company_held = false;            ///< the same company's
    std::optional<timestamp> revoked_at;  ///< the key is refused from then on
};

/// A key as the database knows it: whose, and its HMAC.
struct wanted_key {
    domain::agency_id agency;
    digest lookup_hash;

    bool operator==(const wanted_key&) const = default;
};

/// In order; nothing where that agency has no such key.
task<result<std::vector<std::optional<key_holder>>>> find_key_holders(
    pg::pool& pool, std::vector<wanted_key> wanted, deadline until);

/// What one thread's requests ask together.
using key_holder_read = shared_read<wanted_key, std::optional<key_holder>>;

}  // namespace tenantry::store
