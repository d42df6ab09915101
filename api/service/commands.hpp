// How the verdict on a command becomes an answer or an error: the same for every creating use case.
#pragma once

#include <string_view>
#include <vector>

#include "api/service/environment.hpp"
#include "api/service/key_vault.hpp"
#include "common/pg/failure.hpp"
#include "common/store/failure.hpp"

namespace tenantry::service {

/// A race on a name or an Idempotency-Key is over once its winner has committed: the second run
/// sees it. More runs are for an agency whose names come and go that fast.
inline constexpr int max_race_attempts = 5;

inline bool race_was_lost(const pg::result<store::verdict>& verdict) {
    return verdict ? verdict->what == store::verdict::kind::lost_race
                   : store::lost_a_race(verdict.error());
}

/// Whether what the command was written by is no longer so: it lost a race, or was refused for just
/// that.
inline bool must_look_again(const pg::result<store::verdict>& verdict, std::string_view refusal) {
    if (race_was_lost(verdict)) return true;
    return verdict && verdict->what == store::verdict::kind::refused && verdict->subject == refusal;
}

/// Runs the command, again while it loses races. `run` makes one run's task; it is an lvalue of the
/// caller's, so that it outlives every run.
template<class Run>
task<pg::result<store::verdict>> run_to_verdict(Run& run) {
    for (int attempt = 1;; ++attempt) {
        auto verdict = co_await run();
        if (attempt == max_race_attempts || !race_was_lost(verdict)) co_return verdict;
    }
}

/// `refusal` is what the operation's own `refused` means; its subject is the verdict's.
result<answer> settle(environment& env, const store::command& command,
                      pg::result<store::verdict> verdict, errc refusal);

/// Tells the workers of the jobs that a command has just caused, if it has, and the client which
/// batch they are.
template<class Command>
void push_jobs(environment& env, const Command& command, result<answer>& answered) {
    if (!answered || answered->replayed) return;
    env.pusher.push(command.agency, command.jobs);
    answered->batch = command.jobs.front().id;
}

}  // namespace tenantry::service
