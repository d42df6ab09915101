// Contract 0: from a view to a response's bytes.
#pragma once

#include <span>
#include <string>

#include "api/service/companies.hpp"
#include "api/surfaces/surface.hpp"
#include "common/domain/company.hpp"
#include "common/domain/contact.hpp"
#include "common/domain/page.hpp"

namespace tenantry::surfaces::inboxops {

/// 201 `{"data":{id,name,domains,custom_fields}}` with the company's place in Location.
store::stored_response encode_created(std::span<const domain::company> companies);

/// `{"data":{id,name,domains,custom_fields}}`, as PATCH answers.
std::string encode_updated(const domain::company& company);

/// The same with created_at, updated_at and contacts, each `{id,name,email,phones}`.
std::string encode_company(const domain::company& company,
                           std::span<const domain::contact> contacts);
/// `{"data":[…],"pagination":{next_cursor,has_more,limit}}`; the contacts are those of all of them.
std::string encode_companies(const domain::page<domain::company>& page,
                             std::span<const domain::contact> contacts);

/// `{"error","message","code","details"}`; the details of a 400 are every field that is wrong, as
/// `{"field","message"}`, of any other status a sentence.
std::string encode_error(const refusal& refusal, const error& error, timestamp now);

}  // namespace tenantry::surfaces::inboxops
