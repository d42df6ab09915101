// Contract 4: from a view to a response's bytes.
#pragma once

#include <span>
#include <string>

#include "api/service/companies.hpp"
#include "api/surfaces/surface.hpp"
#include "common/domain/company.hpp"
#include "common/domain/page.hpp"

namespace tenantry::surfaces::stablesea {

/// 201 `{"data":{id,name,contact,status:{current_status,status_history},created_at,updated_at}}`
/// with the organization's place in Location. The contact is null where another surface made it.
store::stored_response encode_created(std::span<const domain::company> companies);

/// 200 and the same, as a hold and a release answer.
store::stored_response encode_changed(const domain::company& company);

std::string encode_organization(const domain::company& company);
/// `{"data":[…],"pagination":{next_cursor,has_more,limit}}`.
std::string encode_organizations(const domain::page<domain::company>& page);

/// `{"error":<status>,"message"}`; the message names every field that is wrong.
std::string encode_error(const refusal& refusal, const error& error, timestamp now);

}  // namespace tenantry::surfaces::stablesea
