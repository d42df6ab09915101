// AES-256-GCM by OpenSSL, with each thread's context kept.
#include "common/crypto/sealer.hpp"

#include <algorithm>

#include "common/crypto/openssl.hpp"
#include "common/crypto/random.hpp"

namespace tenantry::crypto {
namespace {

constexpr std::size_t nonce_size = 12;
constexpr int tag_size = 16;

const EVP_CIPHER* aes_256_gcm() {
    static const cipher_ptr cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
    return cipher.get();
}

EVP_CIPHER_CTX* thread_context() {
    thread_local const cipher_context context{EVP_CIPHER_CTX_new()};
    return context.get();
}

// Ends the key's stay in the context, however the operation ends.
struct reset_at_end {
    EVP_CIPHER_CTX* context;
    ~reset_at_end() { EVP_CIPHER_CTX_reset(context); }
};

int length(std::size_t size) {
    if (size > std::numeric_limits<int>::max()) throw std::length_error("too much to seal");
    return static_cast<int>(size);
}

}  // namespace

std::vector<std::byte> aes_256_gcm_encrypt(const secret_key& key, std::span<const std::byte> nonce,
                                           std::string_view plaintext,
                                           std::string_view associated_data) {
    if (nonce.size() != nonce_size) throw std::invalid_argument("a nonce has 12 bytes");
    auto* context = thread_context();
    const reset_at_end reset{context};
    std::vector<std::byte> out;
    out.reserve(nonce_size + plaintext.size() + tag_size);  // a seal begins with its nonce
    out.resize(plaintext.size() + tag_size);
    auto* at = bytes_of(out.data());
    int n = 0;
    require(EVP_EncryptInit_ex2(context, aes_256_gcm(), bytes_of(key.bytes().data()),
                                bytes_of(nonce.data()), nullptr) == 1 &&
                EVP_EncryptUpdate(context, nullptr, &n, bytes_of(associated_data.data()),
                                  length(associated_data.size())) == 1 &&
                EVP_EncryptUpdate(context, at, &n, bytes_of(plaintext.data()),
                                  length(plaintext.size())) == 1 &&
                EVP_EncryptFinal_ex(context, at + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size,
                                    at + plaintext.size()) == 1,
            "AES-256-GCM");
    return out;
}

sealed sealer::seal(std::string_view plaintext, std::string_view associated_data) const {
    const auto keys = keys_.current();
    std::array<std::byte, nonce_size> nonce;
    fill_random(nonce);
    const auto version = keys->active_version();
    auto bytes = aes_256_gcm_encrypt(*keys->find(version), nonce, plaintext, associated_data);
    bytes.insert(bytes.begin(), nonce.begin(), nonce.end());
    return {version, std::move(bytes)};
}

std::optional<std::string> sealer::open(std::int32_t version, std::span<const std::byte> bytes,
                                        std::string_view associated_data) const {
    const auto keys = keys_.current();
    const auto* key = keys->find(version);
    if (!key || bytes.size() < nonce_size + tag_size) return std::nullopt;
    const auto text = bytes.subspan(nonce_size, bytes.size() - nonce_size - tag_size);
    std::array<std::byte, tag_size> tag;
    std::ranges::copy(bytes.last(tag_size), tag.begin());
    auto* context = thread_context();
    const reset_at_end reset{context};
    std::string out(text.size(), '\0');
    int n = 0;
    require(EVP_DecryptInit_ex2(context, aes_256_gcm(), bytes_of(key->bytes().data()),
                                bytes_of(bytes.data()), nullptr) == 1 &&
                EVP_DecryptUpdate(context, nullptr, &n, bytes_of(associated_data.data()),
                                  length(associated_data.size())) == 1 &&
                EVP_DecryptUpdate(context, bytes_of(out.data()), &n, bytes_of(text.data()),
                                  length(text.size())) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1,
            "AES-256-GCM");
    const bool authentic = EVP_DecryptFinal_ex(context, bytes_of(out.data()) + n, &n) == 1;
    if (authentic) return out;
    OPENSSL_cleanse(out.data(), out.size());
    return std::nullopt;
}

digest sealer::lookup_hash(std::string_view text) const {
    return hmac_sha256(keys_.current()->pepper().bytes(), text);
}

secret_key sealer::derived_key(std::string_view purpose) const {
    // Nothing that is looked up begins so: what one is derived from hashes nothing else.
    auto bytes = lookup_hash(std::string{"derived key: "}.append(purpose));
    secret_key key{bytes};
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

}  // namespace tenantry::crypto
