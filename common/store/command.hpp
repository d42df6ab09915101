// What every creating request shares: it runs once for its Idempotency-Key, its response is stored
// by the commit that does the work, and each command of a statement gets a verdict of its own, so
// that many can share one commit.
#pragma once

#include <array>
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

/// Who commands it, and what is answered when it is done.
struct command {
    domain::agency_id agency;
    domain::user_id user;
    domain::api_key_id actor_key;
    std::string request_id;
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

/// When the work and its idempotency record are dated.
struct command_times {
    timestamp now;
    timestamp record_expires;  ///< the record is kept until then
};

/// Builds the statement of one kind of command around the operation's own parts. Its parameters
/// start at
/// `$first_operation_parameter`; `cmd` numbers the command, from 1.
/// - `inputs`: CTEs over the operation's arrays, and `refused(cmd, subject)`: the commands it turns
/// down;
/// - `effects`: CTEs that insert and update for each row of `accepted(cmd, agency_id, user_id,
/// actor_key_id, …)`.
std::string command_sql(std::string_view inputs, std::string_view effects);
inline constexpr int first_operation_parameter = 14;

/// $1 to $13 of command_sql.
pg::params command_params(std::span<const command* const> commands, const command_times& times);

/// A column of one value, for a kind of command that comes one at a time.
template<class T>
std::vector<T> one(T value) {
    return {std::move(value)};
}

/// Runs one command of command_sql's making.
task<pg::result<verdict>> run_command(pg::pool& pool, domain::agency_id agency,
                                      const pg::statement& statement, pg::params arguments,
                                      deadline until);

/// Reads what command_sql answered: one verdict a command, in order.
std::vector<verdict> read_verdicts(const pg::rows& rows);

}  // namespace tenantry::store
