// The one place where an API key's text meets its seal: what is sealed with what, bound to which
// row.
#pragma once

#include <optional>
#include <string>

#include "common/crypto/sealer.hpp"
#include "common/domain/ids.hpp"
#include "common/runtime/error.hpp"
#include "common/store/api_keys.hpp"

namespace tenantry::service {

struct minted_key {
    std::string text;        ///< given to the client, kept nowhere
    store::new_api_key row;  ///< what is kept
};

minted_key mint_key(const crypto::sealer& sealer, domain::agency_id agency, domain::api_key_id id);

/// The key's text. `internal` when the keyring has not its version, or the row was tampered with.
result<std::string> open_key(const crypto::sealer& sealer, const store::sealed_api_key& key);

/// Seals the key's text anew under the active version.
result<void> reseal_key(const crypto::sealer& sealer, store::sealed_api_key& key);

/// Seals a response that carries a key, for its idempotency record.
void seal_response(const crypto::sealer& sealer, const store::command& command,
                   store::stored_response& response);
result<void> open_response(const crypto::sealer& sealer, const store::command& command,
                           store::stored_response& response);

}  // namespace tenantry::service
