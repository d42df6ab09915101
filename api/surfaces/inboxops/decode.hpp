// Contract 0: from a request's bytes to a command. Whatever is wrong with a request is told at
// once.
#pragma once

#include "api/http/message.hpp"
#include "api/service/companies.hpp"
#include "common/domain/company.hpp"
#include "common/domain/page.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::inboxops {

/// `{"name":…,"domains":[…],"custom_fields":{…}}`, of which the name is required. `malformed_json`,
/// `invalid_value`. Members that the contract does not name are ignored.
result<service::new_company> decode_create_company(http::request& request);

/// The same members, at least one of them: `domains` replaces the list, `custom_fields` is a merge
/// patch (RFC 7396) of it.
result<domain::company_change> decode_update_company(http::request& request);

struct list_query {
    domain::company_filter filter;
    domain::window part;
};

/// `?name=&domain=&limit=&cursor=`, of the active companies: a part of the name, and a whole
/// domain.
result<list_query> decode_list(const http::request& request);

/// The company that the path names; `not_found` when it is no id of this agency's.
result<domain::company_id> decode_company_id(const http::request& request,
                                             domain::agency_id agency);

}  // namespace tenantry::surfaces::inboxops
