// A company as contract 1 shows it: with its people and its phone numbers.
#pragma once

#include <string>
#include <vector>

#include "common/domain/location.hpp"
#include "common/domain/user.hpp"

namespace tenantry::domain {

/// Code points of what a company says of itself, which contract 1 leaves open (OURS).
inline constexpr std::size_t max_description = 2500;

struct organization {
    company_id id;
    std::string name;
    timestamp created_at{};
    timestamp updated_at{};
    std::vector<user> users{};          ///< each with its place in this company alone
    std::vector<location> locations{};  ///< by id
};

}  // namespace tenantry::domain
