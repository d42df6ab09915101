// API keys in the database: sealed, found by HMAC, never removed.
#pragma once

#include <string>
#include <vector>

#include "common/domain/api_key.hpp"
#include "common/domain/page.hpp"
#include "common/store/commit_queue.hpp"
#include "common/store/companies.hpp"

namespace tenantry::store {

struct sealed_api_key {
    domain::agency_id agency;
    domain::api_key_id id;
    std::optional<domain::company_id> company;
    std::optional<std::string> label;
    digest lookup_hash;
    std::vector<std::byte> sealed_key;
    std::int32_t keyring_version;
    domain::key_scope scope;
    timestamp created_at;
    std::optional<timestamp> revoked_at;
};

struct company_keys {
    bool company_exists = false;
    domain::page<sealed_api_key> keys{};
};

/// The keys of one company that this user created and that are valid at `now`, by id;
/// without `any_scope` the read-only ones alone.
task<result<company_keys>> list_api_keys(pg::pool& pool, domain::agency_id agency,
                                         domain::company_id company, domain::user_id creator,
                                         bool any_scope, timestamp now, std::int64_t page_number,
                                         deadline until);

/// Every key of the agency, revoked ones too, for the operator.
task<result<std::vector<sealed_api_key>>> list_all_api_keys(pg::pool& pool,
                                                            domain::agency_id agency,
                                                            deadline until);

struct create_api_key : command {
    std::optional<domain::company_id> company;
    new_api_key key;
    std::optional<std::string> label;
    domain::key_scope scope = domain::key_scope::read_write;
};

/// For run_together. `refused` (empty `subject`) when the agency has no such company.
pg::query query_for(together<create_api_key> commands);
share share_of(const create_api_key& command);

struct rotate_api_key : command {
    domain::company_id company;
    domain::api_key_id old_key;
    new_api_key key;
    timestamp old_key_ends;  ///< or earlier, if it was to end before
};

/// The new key takes over label, scope and creator's place of the old one. `refused` (empty
/// `subject`) when the company has no such key that is still valid and was not rotated before.
task<pg::result<verdict>> replace_api_key(pg::pool& pool, const rotate_api_key& command,
                                          deadline until);

/// Refuses the key from `now` on, in every process: the revocation is announced by the same commit.
/// `company` limits it to that company's keys. `not_found` when there is no such key, or it is
/// revoked already.
task<result<void>> revoke_api_key(pg::pool& pool, command by,
                                  std::optional<domain::company_id> company, domain::api_key_id id,
                                  deadline until);

/// The channel on which revocations are announced; the payload is the agency's id.
inline constexpr std::string_view revocation_channel = "tenantry_revocation";

/// A batch of keys of any agency that are sealed with another version of the keyring, for `keyring
/// rotate`; needs the owner's connection, which row-level security does not hold back.
task<result<std::vector<sealed_api_key>>> find_keys_sealed_otherwise(pg::pool& pool,
                                                                     std::int32_t version,
                                                                     int at_most, deadline until);
/// Replaces the seals of those keys, set-based; a key that changed meanwhile is left alone.
task<result<void>> reseal_api_keys(pg::pool& pool, std::span<const sealed_api_key> resealed,
                                   deadline until);

}  // namespace tenantry::store
