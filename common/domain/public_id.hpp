// A company's id as the surfaces write it that do not show the number itself. Both forms are made
// from the numbers alone, so that they are known before the company is inserted, and need no
// column, no index and no lookup. They are names and no secrets: what a key may see is asked of the
// key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"

namespace tenantry::domain {

/// Contract 0: a UUID of version 8 (RFC 9562, section 5.8), with the agency's number in its first
/// 60 free bits and the company's in the last 62, as "00000000-0000-8007-8000-000000000011" is
/// company 17 of agency 7. Throws std::logic_error for a number that does not fit.
std::string company_uuid(agency_id agency, company_id company);

/// The company of that UUID; nothing when the text is not what company_uuid writes, or names
/// another agency.
std::optional<company_id> company_of_uuid(agency_id agency, std::string_view text);

/// Contract 4: "org_" and the number as 16 small hexadecimal digits.
std::string organization_id(company_id company);

/// Nothing when the text is not what organization_id writes.
std::optional<company_id> company_of_organization_id(std::string_view text);

/// Whether the text is a UUID of version 4 (RFC 9562, section 5.4), in capitals or not.
bool is_uuid_v4(std::string_view text);

}  // namespace tenantry::domain
