// Hashing by OpenSSL, with the context of each thread kept: fetching an algorithm in OpenSSL 3
// costs more than hashing a key.
#include "common/crypto/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

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
    thread_local const mac_context context = new_hmac_sha256();
    digest out;
    std::size_t size = 0;
    require(EVP_MAC_init(context.get(), bytes_of(key.data()), key.size(), nullptr) == 1 &&
                EVP_MAC_update(context.get(), bytes_of(data.data()), data.size()) == 1 &&
                EVP_MAC_final(context.get(), bytes_of(out.data()), &size, out.size()) == 1,
            "HMAC-SHA-256");
    return out;
}

}  // namespace tenantry::crypto
