// What every command of tenantry-admin works with, and how it fails.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/crypto/keyring.hpp"
#include "common/crypto/sealer.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/error.hpp"
#include "common/runtime/settings.hpp"
#include "common/store/ids.hpp"

namespace tenantry::admin {

/// The operator asked for something that cannot be done; the text says what to do instead.
struct command_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The options of one command, `--name value` or `--flag`.
class arguments {
public:
    struct option {
        std::string name;
        std::string help;
        bool required = false;
        bool flag = false;
        bool positional = false;  ///< a word by itself, without --name
    };

    /// Throws command_error for an unknown option, one without its value, or a missing one.
    arguments(const std::vector<option>& known, const std::vector<std::string>& words);

    bool has(const std::string& name) const;
    std::optional<std::string> find(const std::string& name) const;
    /// Throws std::logic_error unless the option is a required one.
    const std::string& get(const std::string& name) const;
    /// A positive integer. Throws command_error.
    std::int64_t id(const std::string& name) const;
    std::optional<std::int64_t> find_id(const std::string& name) const;

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

/// The stores of one command, opened on first use.
class console {
public:
    explicit console(const admin_settings& settings) : settings_{settings} {}

    const admin_settings& settings() const { return settings_; }
    /// Throws command_error without --database-url.
    pg::pool& database();
    /// Throws command_error without --keyring, and what the keyring throws.
    const crypto::sealer& sealer();
    store::id_reserve& ids() { return ids_; }
    timestamp now() const { return clock_.now(); }
    const std::filesystem::path& keyring_file() const;
    crypto::keyring_access keyring_access() const;
    net::io_context& context() { return context_; }
    /// How long a command waits for PostgreSQL.
    deadline until() const { return deadline_in(std::chrono::seconds{30}); }

private:
    const admin_settings& settings_;
    net::io_context context_{1};
    std::optional<pg::pool> database_;
    std::optional<crypto::keyring_holder> keys_;
    std::optional<crypto::sealer> sealer_;
    store::id_reserve ids_;
    wall_clock clock_;
};

/// The value, or the command ends with what the error means to an operator.
void throw_unless(bool ok, const error& e);
template<class T>
T value_of(result<T> outcome) {
    if (!outcome) throw_unless(false, outcome.error());
    return std::move(*outcome);
}
inline void check(const result<void>& outcome) {
    if (!outcome) throw_unless(false, outcome.error());
}

struct command {
    std::string words;  ///< such as "agency create"
    std::string help;
    std::vector<arguments::option> options;
    std::function<task<void>(console&, const arguments&)> run;
};

/// Every command of one group.
std::vector<command> agency_commands();
std::vector<command> key_commands();
std::vector<command> job_commands();
std::vector<command> queue_commands();
std::vector<command> schedule_commands();
std::vector<command> keyring_commands();
std::vector<command> health_commands();

}  // namespace tenantry::admin
