// The people of a company, and the rules of a list of them that one request creates (contract 3).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::domain {

/// Code points, as contract 3 counts them.
inline constexpr std::size_t max_contact_name = 250;
inline constexpr std::size_t max_phone = 50;
inline constexpr std::size_t max_comment = 2500;
inline constexpr std::size_t max_location = 250;
inline constexpr std::size_t max_short_company_name = 250;  ///< of a company of contract 3

inline constexpr std::size_t max_phones = 5;

/// OURS: the page names no limit of the array.
inline constexpr std::size_t max_contacts_per_request = 100;

/// A contact that meets the rules.
struct new_contact {
    std::string name;
    bool notify = false;
    std::optional<std::string> email{};
    std::vector<std::string> phones{};
    std::optional<std::string> comment{};

    bool operator==(const new_contact&) const = default;
};

struct contact {
    contact_id id;
    company_id company;
    std::string name;
    std::optional<std::string> email;
    std::vector<std::string> phones;
    std::optional<std::string> comment;
    std::optional<timestamp> notify_at;  ///< since when it is to be notified
    timestamp created_at;
    timestamp updated_at;
};

/// A contact as the client wrote it. The views are the caller's.
struct contact_form {
    std::string_view name;
    bool notify = false;
    std::optional<std::string_view> email{};
    std::vector<std::string_view> phones{};
    std::optional<std::string_view> comment{};
};

/// Notes in `found` what is wrong with one field, and reads as nothing then; `pointer` is the
/// field's. Companies of contract 3 have the same fields.
using field_errors = std::vector<field_error>;
std::string read_line(std::string_view as_given, std::size_t max_code_points, std::string pointer,
                      field_errors& found);
std::string read_email(std::string_view as_given, std::string pointer, field_errors& found);
std::vector<std::string> read_phones(std::span<const std::string_view> as_given,
                                     std::string pointer, field_errors& found);
std::string read_comment(std::string_view as_given, std::string pointer, field_errors& found);

/// What `found` holds, as one error: `invalid_value`, its subject the first wrong field's name.
error refused_fields(field_errors found);

/// The contacts of one request, all or none. `invalid_value`, its subject the first wrong field's
/// name and its fields every wrong one, at "/3/email".
result<std::vector<new_contact>> parse_contacts(std::span<const contact_form> as_given);

}  // namespace tenantry::domain
