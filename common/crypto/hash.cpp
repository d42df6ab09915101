// Hashing by OpenSSL, with the context of each thread kept: fetching an algorithm in OpenSSL 3
// costs more than hashing a key.
#include "common/crypto/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <optional>

#include "common/crypto/keyring.hpp"
#include "common/crypto/openssl.hpp"

namespace tenantry::crypto {
namespace {

mac_context new_hmac_sha256() {
    const mac_ptr hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    mac_context context{EVP_MAC_CTX_new(hmac.get())};
    require(context != nullptr, "HMAC");
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    require(EVP_MAC_CTX_set_params(context.get(), params) == 1, "HMAC-SHA-256");
    return context;
}

/// Of one thread. It keeps the key that it was given last, which is nearly always the next one too:
/// to take a key in costs more than to hash an API key with it.
class hmac_sha256_maker {
public:
    digest make(std::span<const std::byte> key, std::string_view data) {
        const bool same = kept_ && is_kept(key);
        if (!same) kept_.reset();  // should it fail, nobody knows which key the context has
        digest out;
        std::size_t size = 0;
        require(EVP_MAC_init(context_.get(), same ? nullptr : bytes_of(key.data()),
                             same ? 0 : key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context_.get(), bytes_of(data.data()), data.size()) == 1 &&
                    EVP_MAC_final(context_.get(), bytes_of(out.data()), &size, out.size()) == 1,
                "HMAC-SHA-256");
        if (!same && key.size() == secret_key::size) kept_.emplace(key);
        return out;
    }

private:
    bool is_kept(std::span<const std::byte> key) const {
        return key.size() == secret_key::size &&
               CRYPTO_memcmp(key.data(), kept_->bytes().data(), key.size()) == 0;
    }

    const mac_context context_ = new_hmac_sha256();
    std::optional<secret_key> kept_{};
};

}  // namespace

digest sha256(std::string_view data) {
    static const digest_ptr algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    digest out;
    require(EVP_Digest(data.data(), data.size(), bytes_of(out.data()), nullptr, algorithm.get(),
                       nullptr) == 1,
            "SHA-256");
    return out;
}

digest hmac_sha256(std::span<const std::byte> key, std::string_view data) {
    thread_local hmac_sha256_maker maker;
    return maker.make(key, data);
}

}  // namespace tenantry::crypto
