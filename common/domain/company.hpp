// A company: one client account of an agency.
#pragma once

#include <optional>
#include <string>

#include "common/domain/company_name.hpp"
#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

struct company {
    company_id id;
    std::string name;
    std::string owner;  ///< the name of the user whose key created it
    bool active = true;
    bool provisioned = false;  ///< its workspace is complete
    int running_campaigns = 0;
    int email_slots = 0;
    int linkedin_slots = 0;
    timestamp created_at;
    timestamp updated_at;
};

/// What a change sets; an empty member stays as it is.
struct company_change {
    std::optional<company_name> name;
    std::optional<bool> active;
};

}  // namespace tenantry::domain
