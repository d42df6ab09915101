// A user: a person whom an agency lets work in its companies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::domain {

/// Code points of a user's external id, which contract 1 leaves open (OURS), and of a name.
inline constexpr std::size_t max_external_id = 255;
inline constexpr std::size_t max_person_name = 255;

/// What a user may do in a company.
enum class user_role { owner, manager, user };
std::string_view to_string(user_role role);
std::optional<user_role> parse_user_role(std::string_view text);

/// A company as one of its users sees it.
struct user_company {
    company_id id;
    std::string name;
    user_role role;
};

struct user {
    user_id id;
    std::optional<std::string> external_id{};  ///< empty: the agency did not bring the user in
    std::string email{};
    std::string name{};
    timestamp created_at{};
    std::vector<user_company> companies{};  ///< the active ones, by id
};

/// Somebody whom an agency brings in. Who has no name goes by the email address.
struct new_person {
    std::string external_id;
    std::string email;
    std::string name;
};

}  // namespace tenantry::domain
