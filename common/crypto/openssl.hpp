// What OpenSSL's C interface needs to be used without leaks: owners of its objects, and its errors
// as exceptions, because a primitive that fails here is a bug or exhaustion.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace tenantry::crypto {

template<auto Free>
struct freed_by {
    void operator()(auto* object) const { Free(object); }
};

using cipher_ptr = std::unique_ptr<EVP_CIPHER, freed_by<EVP_CIPHER_free>>;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX_free>>;
using digest_ptr = std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>>;
using mac_ptr = std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;

/// Throws std::runtime_error with OpenSSL's reason unless `succeeded`.
inline void require(bool succeeded, const char* what) {
    if (succeeded) return;
    const char* reason = ERR_reason_error_string(ERR_get_error());
    throw std::runtime_error(std::string{what} + ": " + (reason ? reason : "unknown reason"));
}

inline const unsigned char* bytes_of(const void* data) {
    return static_cast<const unsigned char*>(data);
}

inline unsigned char* bytes_of(void* data) {
    return static_cast<unsigned char*>(data);
}

}  // namespace tenantry::crypto
