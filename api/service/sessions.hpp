// Sessions (contract 3): a key is exchanged for a token that goes along with it, and can be ended
// without the key.
#pragma once

#include <string>
#include <string_view>

#include "api/service/environment.hpp"
#include "common/domain/session.hpp"
#include "common/store/sessions.hpp"

namespace tenantry::service {

/// What is given for a key.
struct session {
    domain::principal holder;  ///< whom the key stands for
    std::string key_text;      ///< as it was presented; kept nowhere
    std::string token;
    std::chrono::sys_seconds expires_at;
};

/// A surface's words for a session.
using session_encoder = store::stored_response (*)(const session&);

/// A session of the key `key_text`, which has to be of the caller's agency. The errors of a key
/// that is not valid; another agency's is `unknown_key`. The response is stored sealed.
task<result<answer>> open_session(environment& env, caller by, std::string key_text,
                                  session_encoder encode);

/// Refuses the token from now on. `invalid_session` when it is none of this agency's, or was ended
/// before. One whose time is over may be ended still.
task<result<answer>> end_session(environment& env, caller by, std::string token,
                                 store::stored_response response);

/// A session that was found, with what may end it in time.
struct verified_session {
    domain::session_claims claims;
    store::session row;
};

/// The session of that token in that agency. `invalid_session` for a token that we did not sign, of
/// no session, or of another agency's.
task<result<verified_session>> find_session(const environment& env, domain::agency_id agency,
                                            std::string_view token, deadline until);

/// `invalid_session` when its time is not now, or it was ended, or the key behind it is refused.
result<void> admit(const verified_session& session, timestamp now);

}  // namespace tenantry::service
