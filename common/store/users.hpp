// Users in the database, and their places in companies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/domain/user.hpp"
#include "common/store/command.hpp"

namespace tenantry::store {

/// Which users of an agency are meant, and what is shown of them; an empty member narrows nothing.
struct user_filter {
    std::optional<domain::company_id> members_of{};
    std::optional<std::string> external_id{};
    /// Their places in this company alone.
    std::optional<domain::company_id> places_in{};
};

struct found_users {
    std::vector<domain::user> users{};          ///< the first that came first
    std::optional<std::string> company_name{};  ///< of `company`, when it is there and active
};

/// The users, and the name of a company, in one round trip.
task<result<found_users>> find_users(pg::pool& pool, domain::agency_id agency, user_filter filter,
                                     std::optional<domain::company_id> company, deadline until);

/// What find_users sends, for a run that asks for more than users, and how its rows are read.
pg::query find_users_query(domain::agency_id agency, const user_filter& filter);
task<std::vector<domain::user>> read_users(const pg::rows& rows);

/// Brings a user in, gives one a place in a company, or both.
struct create_user : command {
    /// A new id, or that of the user whom the agency knows by `person.external_id`.
    domain::user_id id;
    domain::new_person person;
    std::optional<domain::company_id> company{};
    /// In that company; without it a role that the user has stays, and a new one is `user`.
    std::optional<domain::user_role> role{};
};

/// Why create_user was refused: the verdict's `subject`.
inline constexpr std::string_view no_such_company = "company";
inline constexpr std::string_view user_is_known = "known";  ///< and no company to take a place in
inline constexpr std::string_view other_user_id = "other";  ///< known by another id: look again
inline constexpr std::string_view company_without_owner = "owner";

/// Two that bring in one external id are a race, see lost_a_race.
task<pg::result<verdict>> insert_user(pg::pool& pool, const create_user& command, deadline until);

}  // namespace tenantry::store
