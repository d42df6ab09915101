// Seals the secrets that the contract makes us give back in full, and hashes those that are looked
// up by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/hash.hpp"
#include "common/crypto/keyring.hpp"

namespace tenantry::crypto {

/// A sealed secret as it is stored: the key's version, and nonce (12) ‖ ciphertext ‖ tag (16).
struct sealed {
    std::int32_t version;
    std::vector<std::byte> bytes;
};

/// Works with the holder's keyring of the moment; any thread may use it. The holder outlives it.
class sealer {
public:
    explicit sealer(const keyring_holder& keys) : keys_(keys) {}

    /// AES-256-GCM (NIST SP 800-38D) under the active key with a random 96-bit nonce, which is good
    /// for 2^32 secrets a key version. `associated_data` binds the secret to its place (for
    /// instance its table and row): it must be given again to open it.
    sealed seal(std::string_view plaintext, std::string_view associated_data) const;

    /// Nothing when the version is unknown or anything at all was changed.
    std::optional<std::string> open(std::int32_t version, std::span<const std::byte> bytes,
                                    std::string_view associated_data) const;

    /// HMAC-SHA-256 under the pepper: what a secret is looked up by.
    digest lookup_hash(std::string_view text) const;

    /// A key for one purpose that all processes of the installation agree on, and that is stored
    /// nowhere: HMAC-SHA-256 of the purpose under the pepper.
    secret_key derived_key(std::string_view purpose) const;

private:
    const keyring_holder& keys_;
};

/// The primitive under `sealer`, for a nonce of the caller's (12 bytes): ciphertext ‖ tag.
std::vector<std::byte> aes_256_gcm_encrypt(const secret_key& key, std::span<const std::byte> nonce,
                                           std::string_view plaintext,
                                           std::string_view associated_data);

}  // namespace tenantry::crypto
