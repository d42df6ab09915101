// What every creating request shares: it runs once for its Idempotency-Key, its response is stored
// by the commit that does the work, and each command of a statement gets a verdict of its own, so
// that many can share one commit.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

/// 32 bytes of SHA-256 or of an HMAC over it.
using digest = std::array<std::byte, 32>;

/// The response that is sent now and replayed to a repeated request. Made before the work is done:
/// ids are reserved ahead, so nothing in it has to come from the database.
struct stored_response {
    int status = 201;
    std::optional<std::string> location{};
    std::string body{};                             ///< sealed when keyring_version is set
    std::optional<std::int32_t> keyring_version{};  ///< of a body that carries a secret
};

/// The request's Idempotency-Key (IETF draft idempotency-key-header) and what it stands for.
struct idempotency_key {
    std::string endpoint;  ///< the key is scoped to agency and endpoint
    std::string key;       ///< 1 to 255 characters
    digest request_hash;   ///< SHA-256 of the request
};

/// When the work and its idempotency record are dated.
struct command_times {
    timestamp now;
    timestamp record_expires;  ///< the record is kept until then
};

/// Who commands it, when, and what is answered when it is done.
struct command {
    domain::agency_id agency;
    domain::user_id user;
    domain::api_key_id actor_key;
    std::string request_id;
    command_times times{};
    std::optional<idempotency_key> idempotency{};
    stored_response response{};
};

/// What became of one command.
struct verdict {
    enum class kind {
        done,         ///< committed, with its response
        replayed,     ///< done earlier: `replay` is what was answered then
        mismatch,     ///< the key was used with another request
        in_progress,  ///< the key's first use is still running
        refused,      ///< by the operation's own rule; `subject` says about what
        lost_race,    ///< another transaction was first; run it again to see what it did
    } what;
    stored_response replay{};
    std::string subject{};
};

/// `verdict::mismatch`, `in_progress` or `lost_race` as an error; other kinds are none.
std::optional<error> as_error(const verdict& v);

/// Commands of one kind that share a statement.
template<class Command>
using together = std::span<const Command* const>;

/// The statement of one kind of command, built around the operation's own parts. It has two texts:
/// where no command has an Idempotency-Key, whatever is about keys is left out, which is a good
/// part of what a command costs. Stays where it was made, since queries point to it.
class command_statement {
public:
    /// `name` as in pg::statement. The operation's parameters start at `$first_operation_parameter`
    /// in both parts; `cmd` numbers the command, from 1.
    /// - `inputs`: CTEs over the operation's arrays, and `refused(cmd, subject)`: the commands it
    /// turns down;
    /// - `effects`: CTEs that insert and update for each row of `accepted(cmd, agency_id, user_id,
    /// actor_key_id, request_id, dated)`.
    command_statement(std::string name, std::string_view inputs, std::string_view effects);
    command_statement(const command_statement&) = delete;
    command_statement& operator=(const command_statement&) = delete;

    /// For these commands, in which the operation's arguments are still to be added.
    pg::query query(together<command> commands) const;
    template<std::derived_from<command> Command>
    pg::query query(together<Command> commands) const {
        const std::vector<const command*> bases(commands.begin(), commands.end());
        return query(together<command>{bases});
    }
    /// The same for a kind of command that comes one at a time.
    pg::query query(const command& only) const {
        const command* const commands[] = {&only};
        return query(together<command>{commands});
    }

private:
    std::string name_, keyed_text_, keyless_name_, keyless_text_;
    pg::statement keyed_, keyless_;
};
inline constexpr int first_operation_parameter = 14;

/// A column of one value, for a kind of command that comes one at a time.
template<class T>
std::vector<T> one(T value) {
    return {std::move(value)};
}

/// Runs one command by its command_statement's query.
task<pg::result<verdict>> run_command(pg::pool& pool, domain::agency_id agency, pg::query query,
                                      deadline until);

/// Runs a command_statement's query for those whom `acting` names: one verdict a command, in
/// order.
task<pg::result<std::vector<verdict>>> run_query(pg::pool& pool, pg::query acting, pg::query query,
                                                 deadline until);

/// Runs commands in ONE round trip and ONE commit: their verdicts, in order. Each kind that comes
/// so has a `query_for`. No two of them may share an Idempotency-Key, nor what else a kind says
/// that it may not: whoever gathers them keeps those apart. When one of them fails the statement,
/// by losing a race for example (see lost_a_race), none has taken place: run them again, apart.
template<class Command>
task<pg::result<std::vector<verdict>>> run_together(pg::pool& pool, together<Command> commands,
                                                    deadline until) {
    std::vector<std::int64_t> agencies;
    for (const auto* c : commands) agencies.push_back(c->agency.value());
    return run_query(pool, acting_for(agencies), query_for(commands), until);
}

/// The same for one that comes alone.
template<class Command>
task<pg::result<verdict>> run_alone(pg::pool& pool, const Command& command, deadline until) {
    const Command* const commands[] = {&command};
    auto verdicts = co_await run_together(pool, together<Command>{commands}, until);
    if (!verdicts) co_return verdicts.error();
    co_return std::move(verdicts->front());
}

/// Reads what a command_statement answered: one verdict a command, in order.
std::vector<verdict> read_verdicts(const pg::rows& rows);

}  // namespace tenantry::store
