// How the published contract goes out: packed for who takes that, not at all for who has it.
#pragma once

#include "api/http/message.hpp"
#include "api/openapi/assets.hpp"

namespace tenantry::openapi {

/// 200, or 304 when If-None-Match has it already (RFC 9110 §13.1.2). Pages run under a
/// Content-Security-Policy that allows what this server has and nothing else.
http::response serve(const asset& what, const http::request_head& request);

/// Whether an Accept-Encoding header takes gzip (RFC 9110 §12.5.3).
bool takes_gzip(std::string_view accept_encoding);

/// Whether an If-None-Match header names that entity tag, compared weakly.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace tenantry::openapi
