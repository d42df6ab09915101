// Contract 3: from a view to a response's bytes.
#pragma once

#include <string>

#include "api/service/contacts.hpp"
#include "api/service/sessions.hpp"
#include "api/surfaces/kare/decode.hpp"
#include "api/surfaces/surface.hpp"
#include "common/domain/company.hpp"

namespace tenantry::surfaces::kare {

/// 201 `{accessToken,sessionToken,organizationName,establishmentId|null,userId,expiresAt}`: the
/// agency is the organization, a company an establishment.
store::stored_response encode_session(const service::session& session);

/// 201 `{"nbInsertion":…}`.
store::stored_response encode_inserted(std::size_t contacts);

/// `{data:[{id,name,email,phones,comment,companyId,notifyAt,updatedAt,createdAt}],totalCount,
/// pagination:{page,pageSize}}`; with a company each contact carries it as `company`.
std::string encode_contacts(const domain::page<domain::contact>& page,
                            const std::optional<domain::company>& company);

/// 201 `{id,name,type,email,phones,comment,location,createdAt,updatedAt}`, and a page of them, as
/// contacts have. What other surfaces created has null for what they did not ask for.
store::stored_response encode_created(std::span<const domain::company> companies);
std::string encode_companies(const domain::page<domain::company>& page);

/// `{"statusCode","error","message"}`; `error` is the status' reason phrase.
std::string encode_error(const refusal& refusal, const error& error, timestamp now);

}  // namespace tenantry::surfaces::kare
