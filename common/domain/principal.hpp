// Who is asking: a verified API key, the user who made it, and where it is valid.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/domain/api_key.hpp"
#include "common/domain/ids.hpp"
#include "common/domain/rate_limit.hpp"

namespace tenantry::domain {

struct principal {
    agency_id agency;
    std::string agency_name;
    user_id user;
    std::string user_name;
    std::string user_email;
    api_key_id key;
    key_scope scope = key_scope::read_write;
    /// Of the agency's plan; null when it has none of its own. Shared by the copies of a principal.
    std::shared_ptr<const plan_limits> limits{};
    /// The one company it acts in: its own key's, or the one the agency named in x-company-id.
    std::optional<company_id> company{};
    std::optional<std::string> company_name{};

    /// Whether it may see that company at all; one that it may not see does not exist for it.
    bool reaches(company_id other) const { return !company || *company == other; }
};

}  // namespace tenantry::domain
