// Contract 3: from a request's bytes to a command.
#pragma once

#include <string>
#include <vector>

#include "api/http/message.hpp"
#include "api/service/companies.hpp"
#include "common/domain/contact.hpp"
#include "common/domain/page.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::kare {

/// Elements of a page at most (OURS); without its size it has domain::page_size, the contract's 50.
inline constexpr std::int64_t max_page_size = 100;

/// `{"token":…}`: the key that a session is asked for. `invalid_value` unless it is a text.
result<std::string> decode_verify(http::request& request);

/// `[{"name":…,"notify":…,"email":…,"phones":[…],"comment":…},…]`, and what
/// domain::parse_contacts refuses. Members that the contract does not name are ignored.
result<std::vector<domain::new_contact>> decode_contacts(http::request& request);

/// `{"name":…,"type":1|2|3,"email":…,"comment":…,"location":…,"phones":[…]}`; the first three are
/// required. Members that the contract does not name are ignored.
result<service::new_company> decode_company(http::request& request);

/// `?page=&pageSize=`.
result<domain::window> decode_window(const http::request& request);

/// `?extend=company`: whether each contact is to carry its company.
result<bool> decode_extend(const http::request& request);

}  // namespace tenantry::surfaces::kare
