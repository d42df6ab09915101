// Contract 3: from a request's bytes to a command.
#pragma once

#include <string>
#include <vector>

#include "api/http/message.hpp"
#include "common/domain/contact.hpp"
#include "common/domain/page.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::kare {

/// Elements of a page that is asked for without its size (contracts README), and at most (OURS).
inline constexpr std::int64_t default_page_size = 50;
inline constexpr std::int64_t max_page_size = 100;

/// A numbered page of a chosen size.
struct window {
    std::int64_t page = 1;
    std::int64_t size = default_page_size;

    std::int64_t offset() const { return (page - 1) * size; }
};

/// `{"token":…}`: the key that a session is asked for. `invalid_value` unless it is a text.
result<std::string> decode_verify(http::request& request);

/// `[{"name":…,"notify":…,"email":…,"phones":[…],"comment":…},…]`, and what
/// domain::parse_contacts refuses. Members that the contract does not name are ignored.
result<std::vector<domain::new_contact>> decode_contacts(http::request& request);

/// `?page=&pageSize=`.
result<window> decode_window(const http::request& request);

/// `?extend=company`: whether each contact is to carry its company.
result<bool> decode_extend(const http::request& request);

}  // namespace tenantry::surfaces::kare
