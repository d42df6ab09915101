// Contract 2: from a request's bytes to a command.
#pragma once

#include <string_view>
#include <vector>

#include "api/http/message.hpp"
#include "common/domain/api_key.hpp"
#include "common/domain/company.hpp"
#include "common/domain/job.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces::woodpecker {

/// `{"companies":[{"name":…},…]}`. `malformed_json`, `invalid_value` (subject "companies"), and
/// what domain::parse_company_names refuses. Members that the contract does not name are ignored.
result<std::vector<domain::company_name>> decode_create_companies(http::request& request);

/// `{"name":…,"active":…}`, at least one of them.
result<domain::company_change> decode_update_company(http::request& request);

/// `{"label":…}`.
result<domain::api_key_label> decode_create_api_key(http::request& request);

/// `{"overlap":"0"|"1h"|"24h"|"7d"}`; 24h without it or without a body.
result<domain::rotation_overlap> decode_rotate_api_key(http::request& request);

/// `?page=`, from 1 to domain::max_page; 1 without it.
result<std::int64_t> decode_page(const http::request& request);

/// `?active=true|false`; every company without it.
result<std::optional<bool>> decode_active(const http::request& request);

/// `?wait=`, 0 to 30 seconds; 0 without it.
result<std::chrono::seconds> decode_wait(const http::request& request);

/// `?state=&kind=&company_id=&batch_id=`.
result<domain::job_filter> decode_job_filter(const http::request& request);

}  // namespace tenantry::surfaces::woodpecker
