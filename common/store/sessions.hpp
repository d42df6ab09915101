// Sessions in the database: their tokens are not there, only the names that the tokens carry.
#pragma once

#include <optional>
#include <string>

#include "common/store/command.hpp"

namespace tenantry::store {

struct open_session : command {
    std::string session;
    domain::api_key_id key;  ///< the key it is given for
    domain::user_id holder;  ///< that key's user
    timestamp expires_at;
};

/// `refused` when that key is not valid any more.
task<pg::result<verdict>> insert_session(pg::pool& pool, const open_session& command,
                                         deadline until);

/// Ends the session in every process: it is announced like the revocation of a key. `refused` when
/// the agency has no such session, or it has ended already.
task<pg::result<verdict>> revoke_session(pg::pool& pool, const command& by, std::string session,
                                         deadline until);

struct session {
    domain::user_id user;
    timestamp expires_at;
    /// When it or the key behind it was revoked, whichever is first; may be in the future.
    std::optional<timestamp> ended_at;
    bool company_open = true;  ///< the company that the key behind it is bound to: active, not held
};

/// Empty when this agency has none of that name.
task<result<std::optional<session>>> find_session(pg::pool& pool, domain::agency_id agency,
                                                  std::string name, deadline until);

}  // namespace tenantry::store
