// Makes and checks the text of API keys.
#include "common/crypto/api_key_text.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <limits>
#include <stdexcept>

#include "common/crypto/base62.hpp"
#include "common/runtime/redact.hpp"

namespace tenantry::crypto {
namespace {

std::string checksum(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return to_base62(crc.checksum(), api_key_checksum_length);
}

bool is_base62(std::string_view text) {
    return text.find_first_not_of(base62_digits) == text.npos;
}

}  // namespace

std::string mint_api_key(domain::agency_id agency) {
    if (agency.value() < 1) throw std::invalid_argument("an agency's id is at least 1");
    std::string text{api_key_prefix};
    text += to_base62(static_cast<std::uint64_t>(agency.value()));
    text += random_base62(api_key_secret_length);
    text += checksum(text);
    return text;
}

std::optional<parsed_api_key> parse_api_key(std::string_view text) {
    if (!text.starts_with(api_key_prefix)) return std::nullopt;
    const auto body = text.substr(api_key_prefix.size());
    constexpr auto fixed = api_key_secret_length + api_key_checksum_length;
    constexpr std::size_t longest_id = 11;  // 2^63 - 1 in base62
    if (body.size() <= fixed || body.size() > fixed + longest_id || !is_base62(body))
        return std::nullopt;
    const auto id = body.substr(0, body.size() - fixed);
    const auto agency = from_base62(id);
    if (!agency || id.front() == '0' || *agency > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    const auto covered = text.substr(0, text.size() - api_key_checksum_length);
    if (checksum(covered) != text.substr(covered.size())) return std::nullopt;
    return parsed_api_key{domain::agency_id{static_cast<std::int64_t>(*agency)}};
}

}  // namespace tenantry::crypto
