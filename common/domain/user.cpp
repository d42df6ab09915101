// The words of roles.
#include "common/domain/user.hpp"

#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

constexpr word_table<user_role, 3> roles{
    {{user_role::owner, "owner"}, {user_role::manager, "manager"}, {user_role::user, "user"}}};

}  // namespace

std::string_view to_string(user_role role) {
    return word_of(roles, role);
}

std::optional<user_role> parse_user_role(std::string_view text) {
    return from_word(roles, text);
}

}  // namespace tenantry::domain
