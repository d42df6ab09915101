// Makes an API key on an operator's word.
#pragma once

#include <string>

#include "api/admin/console.hpp"
#include "common/domain/api_key.hpp"
#include "common/domain/ids.hpp"
#include "common/store/command.hpp"

namespace tenantry::admin {

struct key_request {
    domain::agency_id agency;
    domain::user_id user;
    std::optional<domain::company_id> company{};
    std::optional<std::string> label{};
    domain::key_scope scope = domain::key_scope::read_write;
};

struct issued_key {
    domain::api_key_id id;
    std::string text;
};

/// Throws command_error, for example when the agency has no such company.
task<issued_key> issue_key(console& on, key_request request);

/// Who an operator acts as in the audit: nobody's user, nobody's key.
store::command as_operator(console& on, domain::agency_id agency);

}  // namespace tenantry::admin
