// What really went over the wire, kept for the test that holds it against the published document.
#pragma once

#include "tests/support/http_client.hpp"

namespace tenantry::test {

/// Adds one exchange to the file exchanges.jsonl of the build tree, which each process begins anew.
void keep_exchange(std::string_view name, std::string_view method, std::string_view target,
                   const http_headers& headers, std::string_view body, const http_reply& reply);

}  // namespace tenantry::test
