// How the verdict on a command becomes an answer or an error: the same for every creating use case.
#pragma once

#include <vector>

#include "api/service/environment.hpp"
#include "api/service/key_vault.hpp"
#include "common/pg/failure.hpp"
#include "common/store/failure.hpp"

namespace tenantry::service {

/// A race on a name or an Idempotency-Key is over once its winner has committed: the second run
/// sees it. More runs are for an agency whose names come and go that fast.
inline constexpr int max_race_attempts = 5;

inline pg::result<store::verdict> first_of(pg::result<std::vector<store::verdict>> verdicts) {
    if (!verdicts) return verdicts.error();
    return std::move(verdicts->front());
}

inline bool race_was_lost(const pg::result<store::verdict>& verdict) {
    return verdict ? verdict->what == store::verdict::kind::lost_race
                   : store::lost_a_race(verdict.error());
}
inline bool race_was_lost(const pg::result<std::vector<store::verdict>>& verdicts) {
    return verdicts ? verdicts->front().what == store::verdict::kind::lost_race
                    : store::lost_a_race(verdicts.error());
}

/// `refusal` is what the operation's own `refused` means; its subject is the verdict's.
result<answer> settle(environment& env, const store::command& command,
                      pg::result<store::verdict> verdict, errc refusal);

}  // namespace tenantry::service
