// What an agency does with the API keys of its companies.
#pragma once

#include <string>

#include "api/service/environment.hpp"
#include "common/domain/api_key.hpp"
#include "common/domain/page.hpp"

namespace tenantry::service {

/// A key in full, as contract 2 returns it to the user who created it.
struct api_key {
    domain::api_key_id id;
    std::string text;
    std::optional<std::string> label{};
    std::optional<timestamp> valid_until{};  ///< set while a rotation overlaps
};

/// A surface's words for a new key.
using api_key_encoder = store::stored_response (*)(domain::company_id, const api_key&);

/// The valid keys of that company that the caller's user created. `not_found` for a company it may
/// not see.
task<result<domain::page<api_key>>> list_api_keys(environment& env, caller by,
                                                  domain::company_id company,
                                                  std::int64_t page_number);

/// `not_found` for a company it may not see.
task<result<answer>> create_api_key(environment& env, caller by, domain::company_id company,
                                    domain::api_key_label label, api_key_encoder encode);

/// A new key in the place of an old one, which lives on for the overlap. `not_found`.
task<result<answer>> rotate_api_key(environment& env, caller by, domain::company_id company,
                                    domain::api_key_id old_key, domain::rotation_overlap overlap,
                                    api_key_encoder encode);

/// The key is refused from now on. `not_found`, also when it was revoked before.
task<result<void>> revoke_api_key(environment& env, caller by, domain::company_id company,
                                  domain::api_key_id id);

}  // namespace tenantry::service
