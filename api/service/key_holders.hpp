// Whom an API key stands for: what the guard asks of every request, and a use case of a key that it
// is given.
#pragma once

#include <string_view>

#include "common/crypto/sealer.hpp"
#include "common/runtime/deadline.hpp"
#include "common/store/principals.hpp"

namespace tenantry::service {

/// A key that is well formed. `missing_key` for an empty text, `malformed_key`. Asks nobody.
result<store::wanted_key> read_key(const crypto::sealer& sealer, std::string_view text);

/// `unknown_key`. Asks the database, however often it was asked before.
task<result<store::key_holder>> find_holder(store::key_holder_read& holders, store::wanted_key key,
                                            deadline until);

/// `revoked_key`; `company_inactive` for a key of a company that was deactivated, `company_held`
/// for one that is on hold.
result<domain::principal> admit(const store::key_holder& holder, timestamp now);

}  // namespace tenantry::service
