// One spelling an id: what is read is held against what would have been written.
#include "common/domain/public_id.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace tenantry::domain {
namespace {

constexpr std::string_view organization_prefix = "org_";
constexpr std::size_t organization_digits = 16;
constexpr std::size_t uuid_size = 36;
/// Hexadecimal digits of the agency's 60 bits before and behind the version; of the company's 62
/// bits, the two that share a digit with the variant come first.
constexpr int agency_bits = 60, company_bits = 62;
constexpr std::uint64_t version = 8, variant = 0b10;

std::optional<std::uint64_t> from_hex(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool has_uuid_form(std::string_view text) {
    if (text.size() != uuid_size) return false;
    for (std::size_t i = 0; i < uuid_size; ++i) {
        const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool is_digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_hyphen ? c != '-' : !is_digit) return false;
    }
    return true;
}

/// `value` without the bits that do not fit, of which there must be none.
std::uint64_t fitting(std::int64_t value, int bits) {
    if (value < 1 || (value >> bits) != 0) throw std::logic_error("an id that fits no public id");
    return static_cast<std::uint64_t>(value);
}

}  // namespace

std::string company_uuid(agency_id agency, company_id company) {
    const auto a = fitting(agency.value(), agency_bits);
    const auto high = (a >> 12 << 16) | version << 12 | (a & 0xFFF);
    const auto low = variant << company_bits | fitting(company.value(), company_bits);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                       high & 0xFFFF, low >> 48, low & 0xFFFF'FFFF'FFFF);
}

std::optional<company_id> company_of_uuid(agency_id agency, std::string_view text) {
    if (!has_uuid_form(text)) return std::nullopt;
    const auto variant_and_first = from_hex(text.substr(19, 4));
    const auto rest = from_hex(text.substr(24));
    if (!variant_and_first || !rest) return std::nullopt;
    const auto number = (*variant_and_first & 0x3FFF) << 48 | *rest;
    if (number == 0) return std::nullopt;
    const company_id company{static_cast<std::int64_t>(number)};
    if (company_uuid(agency, company) != text) return std::nullopt;
    return company;
}

std::string organization_id(company_id company) {
    return fmt::format("{}{:016x}", organization_prefix, fitting(company.value(), 63));
}

std::optional<company_id> company_of_organization_id(std::string_view text) {
    if (text.size() != organization_prefix.size() + organization_digits) return std::nullopt;
    const auto number = from_hex(text.substr(organization_prefix.size()));
    if (!number || *number == 0 || *number >> 63 != 0) return std::nullopt;
    const company_id company{static_cast<std::int64_t>(*number)};
    if (organization_id(company) != text) return std::nullopt;
    return company;
}

bool is_uuid_v4(std::string_view text) {
    constexpr std::string_view variants = "89abAB";
    return has_uuid_form(text) && text[14] == '4' && variants.find(text[19]) != variants.npos;
}

}  // namespace tenantry::domain
