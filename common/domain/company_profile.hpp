// What a surface keeps of a company beyond the model that all surfaces share. Each part is shown by
// the surfaces that know it and kept, unseen, by the others.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/error.hpp"

namespace tenantry::domain {

/// The person to speak to (contract 4).
struct company_contact {
    std::string email;
    std::string first_name;
    std::string last_name;

    bool operator==(const company_contact&) const = default;
};

/// Holds what the parsers below let pass.
struct company_profile {
    std::optional<std::string> description{};
    std::vector<std::string> domains{};  ///< host names
    std::string custom_fields{};         ///< a JSON object as text; empty: none
    std::optional<company_contact> contact{};
    // Contract 3.
    std::optional<int> type{};  ///< 1, 2 or 3
    std::optional<std::string> email{};
    std::optional<std::string> comment{};
    std::optional<std::string> location{};
    std::vector<std::string> phones{};

    bool operator==(const company_profile&) const = default;
    bool empty() const { return *this == company_profile{}; }
};

/// What a change of a profile sets; an empty member stays as it is.
struct company_profile_change {
    std::optional<std::optional<std::string>> description{};  ///< empty inside: removed
    std::optional<std::vector<std::string>> domains{};        ///< in the place of all others
    /// A JSON merge patch (RFC 7396) of the custom fields: an object, or "null" to remove them.
    std::optional<std::string> custom_fields_patch{};

    bool empty() const { return !description && !domains && !custom_fields_patch; }
};

/// Domains of one company (OURS).
inline constexpr std::size_t max_domains = 50;

/// Bytes of a company's custom fields, written without white space (OURS): of those in a request,
/// and of what patches make of them. The table company holds to it.
inline constexpr std::size_t max_custom_fields = 32 * 1024;

/// Bytes of a host name (RFC 1035, section 2.3.4) and of an e-mail address (RFC 5321, erratum
/// 1690).
inline constexpr std::size_t max_host_name = 253;
inline constexpr std::size_t max_email_address = 254;

/// `as_given` trimmed and in lower case: labels of 1 to 63 letters, digits, hyphens and
/// underscores, with a hyphen at neither end, parted by dots. That is RFC 1123 and the underscore,
/// which contract 0's own example has. Nothing when it is none.
std::optional<std::string> host_name(std::string_view as_given);

/// `as_given` trimmed: a local part of 1 to 64 bytes without white space, quotes or brackets, one
/// @, a host name with a dot. Nothing when it is none, is too long or holds an API key.
std::optional<std::string> email_address(std::string_view as_given);

/// The host names of one company, each once. `invalid_value` about "domains" when there are too
/// many, one is no host name or two are the same; `fields` points at every one of them below
/// "/domains".
result<std::vector<std::string>> parse_domains(std::span<const std::string_view> as_given);

}  // namespace tenantry::domain
