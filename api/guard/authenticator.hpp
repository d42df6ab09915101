// Turns the key of a request into the principal it stands for.
#pragma once

#include <string_view>

#include "api/guard/verified_cache.hpp"
#include "api/service/key_holders.hpp"
#include "common/crypto/sealer.hpp"
#include "common/domain/principal.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/error.hpp"
#include "common/store/companies.hpp"

namespace tenantry::guard {

class authenticator {
public:
    authenticator(store::key_holder_read& holders, store::company_reads& companies,
                  const crypto::sealer& sealer, const tenantry::clock& clock,
                  const service::revocations& revoked, std::chrono::milliseconds time_to_live,
                  std::size_t cache_size)
        : holders_{holders},
          companies_{companies},
          sealer_{sealer},
          clock_{clock},
          revoked_{revoked},
          cache_{revoked, time_to_live, cache_size} {}

    /// `missing_key` for an empty text, `malformed_key`, `unknown_key`, `revoked_key`;
    /// `company_inactive` for a key of a company that was deactivated, `company_held` for one that
    /// is on hold.
    task<result<domain::principal>> authenticate(std::string_view key_text, deadline until);

    /// Narrows an agency's principal to the company named in x-company-id, "acting for a client"
    /// (contracts README). `not_found` when the agency has no such company, or the key is another
    /// company's; `company_held` for one that is on hold: the agency itself may still read it.
    task<result<domain::principal>> act_for(domain::principal who, domain::company_id company,
                                            deadline until);

private:
    store::key_holder_read& holders_;
    store::company_reads& companies_;
    const crypto::sealer& sealer_;
    const tenantry::clock& clock_;
    const service::revocations& revoked_;
    verified_cache<store::key_holder> cache_;
};

/// The key text of an `Authorization: Bearer …` header, or of `x-api-key`; empty when the request
/// has neither.
std::string_view presented_key(std::string_view authorization, std::string_view x_api_key);

}  // namespace tenantry::guard
