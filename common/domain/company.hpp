// A company: one client account of an agency.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/boxed.hpp"
#include "common/domain/company_name.hpp"
#include "common/domain/company_profile.hpp"
#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

/// Contract 4. A held company is whole, but its own keys are refused.
enum class company_status { active, compliance_hold };
std::string_view to_string(company_status status);
std::optional<company_status> parse_company_status(std::string_view text);

struct status_change {
    company_status status;
    timestamp at;
};

/// Small, since pages of them are kept.
struct company {
    agency_id agency{0};
    company_id id;
    std::string name;
    std::string owner;  ///< the name of the user whose key created it
    bool active = true;
    bool provisioned = false;  ///< its workspace is complete
    bool held = false;         ///< on compliance hold
    int running_campaigns = 0;
    int email_slots = 0;
    int linkedin_slots = 0;
    timestamp created_at;
    timestamp updated_at;
    boxed<company_profile> profile{};
    /// Each hold and release, the oldest first, where they were asked for. Its creation, which made
    /// it active, is not among them.
    std::vector<status_change> status_changes{};

    company_status status() const {
        return held ? company_status::compliance_hold : company_status::active;
    }
};

/// What a change sets; an empty member stays as it is.
struct company_change {
    std::optional<company_name> name{};
    std::optional<bool> active{};
    company_profile_change profile{};
    /// An inactive company does not exist for whoever asks for this change.
    bool only_if_active = false;
};

/// Which companies a list holds: those that match every member that is set.
struct company_filter {
    std::optional<bool> active{};
    std::optional<company_id> only{};
    /// A part of the name, compared by domain::caseless_key: "acme" finds "The ACME Company". No
    /// index serves it, since the companies of one agency are read in moments.
    std::optional<std::string> name_part{};
    std::optional<std::string> domain{};  ///< one of its domains, whole
    bool with_status_changes = false;     ///< not what is listed, but what is told of each

    bool operator==(const company_filter&) const = default;
};

}  // namespace tenantry::domain
