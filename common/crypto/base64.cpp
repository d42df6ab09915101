// Base64 by OpenSSL, made strict.
#include "common/crypto/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "common/crypto/openssl.hpp"

namespace tenantry::crypto {

std::string to_base64(std::span<const std::byte> bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(bytes_of(text.data()), bytes_of(bytes.data()), static_cast<int>(bytes.size()));
    return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
    const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
    std::vector<std::byte> bytes(text.size() / 4 * 3);
    const int size = EVP_DecodeBlock(bytes_of(bytes.data()), bytes_of(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0 || padding > bytes.size()) return std::nullopt;
    bytes.resize(size - padding);
    // EVP_DecodeBlock lets white space and stray bits pass.
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace tenantry::crypto
