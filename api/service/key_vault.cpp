#include "api/service/key_vault.hpp"

#include <fmt/format.h>

#include "common/crypto/api_key_text.hpp"

namespace tenantry::service {

namespace {

std::string_view characters(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Binds a seal to its agency and its key: copied into another row it does not open.
std::string key_place(domain::agency_id agency, const store::digest& lookup_hash) {
    return fmt::format("api_key {} {}", agency.value(), characters(lookup_hash));
}

std::string response_place(const store::command& command) {
    return fmt::format("response {} {} {}", command.agency.value(), command.idempotency->endpoint,
                       command.idempotency->key);
}

error unopened(std::string_view what, std::int32_t version) {
    return {.code = errc::internal,
            .cause = fmt::format("{} sealed with keyring version {} does not open", what, version)};
}

}  // namespace

minted_key mint_key(const crypto::sealer& sealer, domain::agency_id agency, domain::api_key_id id) {
    auto text = crypto::mint_api_key(agency);
    const auto hash = sealer.lookup_hash(text);
    auto sealed = sealer.seal(text, key_place(agency, hash));
    return {std::move(text), {id, hash, std::move(sealed.bytes), sealed.version}};
}

result<std::string> open_key(const crypto::sealer& sealer, const store::sealed_api_key& key) {
    auto text =
        sealer.open(key.keyring_version, key.sealed_key, key_place(key.agency, key.lookup_hash));
    if (!text) return unopened("an API key", key.keyring_version);
    return std::move(*text);
}

result<void> reseal_key(const crypto::sealer& sealer, store::sealed_api_key& key) {
    const auto text = open_key(sealer, key);
    if (!text) return text.error();
    auto sealed = sealer.seal(*text, key_place(key.agency, key.lookup_hash));
    key.sealed_key = std::move(sealed.bytes);
    key.keyring_version = sealed.version;
    return {};
}

void seal_response(const crypto::sealer& sealer, const store::command& command,
                   store::stored_response& response) {
    if (!command.idempotency) return;
    const auto sealed = sealer.seal(response.body, response_place(command));
    response.body = characters(sealed.bytes);
    response.keyring_version = sealed.version;
}

result<void> open_response(const crypto::sealer& sealer, const store::command& command,
                           store::stored_response& response) {
    if (!response.keyring_version) return {};
    const auto bytes = std::as_bytes(std::span{response.body});
    auto body = sealer.open(*response.keyring_version, bytes, response_place(command));
    if (!body) return unopened("a stored response", *response.keyring_version);
    response.body = std::move(*body);
    response.keyring_version.reset();
    return {};
}

}  // namespace tenantry::service
