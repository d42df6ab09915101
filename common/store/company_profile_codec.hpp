// A company's profile as the column `profile` keeps it: one JSON object, with the members that were
// given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/domain/company_profile.hpp"

namespace tenantry::store {

/// Nothing for an empty profile: the column is NULL.
std::optional<std::string> encode_profile(const domain::company_profile& profile);

/// About how many bytes encode_profile makes.
std::size_t encoded_size(const domain::company_profile& profile);

/// The change as a JSON merge patch (RFC 7396) of the column; nothing for an empty change.
std::optional<std::string> encode_profile_change(const domain::company_profile_change& change);

/// What encode_profile wrote, or PostgreSQL made of it. Throws std::logic_error for anything else.
domain::company_profile decode_profile(std::string_view text);

}  // namespace tenantry::store
