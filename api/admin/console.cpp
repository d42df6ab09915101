#include "api/admin/console.hpp"

#include <algorithm>

#include "common/domain/positive_integer.hpp"

namespace tenantry::admin {

namespace {

std::string explain(const error& e) {
    switch (e.code) {
        case errc::not_found:
            return "there is no such thing in this agency";
        case errc::job_not_retryable:
            return "only a dead or quarantined job can be retried";
        case errc::job_not_cancellable:
            return "only a pending or running job can be cancelled, or it is about to be done";
        case errc::unavailable:
            return "PostgreSQL cannot be reached; is --database-url right? (" + e.cause + ")";
        case errc::invalid_value:
            return "the value of " + e.subject + " is incorrect";
        default:
            return e.cause.empty() ? "the request was refused" : e.cause;
    }
}

}  // namespace

arguments::arguments(const std::vector<option>& known, const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].starts_with("--")) {
            const auto place = std::ranges::find(known, true, &option::positional);
            if (place == known.end() || has(place->name))
                throw command_error("unexpected argument " + words[i] + "; see --help");
            values_.emplace_back(place->name, words[i]);
            continue;
        }
        const auto equals = words[i].find('=');
        const auto name = words[i].substr(2, equals - 2);
        const auto found = std::ranges::find(known, name, &option::name);
        if (found == known.end())
            throw command_error("unexpected argument " + words[i] + "; see --help");
        if (found->flag) {
            values_.emplace_back(name, "");
        } else if (equals != std::string::npos) {
            values_.emplace_back(name, words[i].substr(equals + 1));
        } else if (i + 1 < words.size()) {
            values_.emplace_back(name, words[++i]);
        } else {
            throw command_error("--" + name + " needs a value");
        }
    }
    for (const auto& o : known)
        if (o.required && !has(o.name))
            throw command_error((o.positional ? o.name : "--" + o.name) + " is required");
}

bool arguments::has(const std::string& name) const {
    return find(name).has_value();
}

std::optional<std::string> arguments::find(const std::string& name) const {
    for (const auto& [key, value] : values_)
        if (key == name) return value;
    return std::nullopt;
}

const std::string& arguments::get(const std::string& name) const {
    for (const auto& [key, value] : values_)
        if (key == name) return value;
    throw std::logic_error("--" + name + " is read but not required");
}

std::int64_t arguments::id(const std::string& name) const {
    const auto& text = get(name);
    const auto value = domain::positive_integer(text);
    if (!value) throw command_error("--" + name + " must be a positive integer, not " + text);
    return *value;
}

std::optional<std::int64_t> arguments::find_id(const std::string& name) const {
    if (!has(name)) return std::nullopt;
    return id(name);
}

pg::pool& console::database() {
    if (settings_.database_url.empty())
        throw command_error(
            "this command needs PostgreSQL: give --database-url or TENANTRY_DATABASE_URL");
    if (!database_)
        database_.emplace(context_.get_executor(),
                          pg::pool_settings{.connection = {.conninfo = settings_.database_url,
                                                           .application_name = "tenantry-admin"},
                                            .size = 1});
    return *database_;
}

const crypto::sealer& console::sealer() {
    if (!sealer_) {
        keys_.emplace(keyring_file(), keyring_access());
        sealer_.emplace(*keys_);
    }
    return *sealer_;
}

const std::filesystem::path& console::keyring_file() const {
    if (settings_.keyring.file.empty())
        throw command_error("this command needs the keyring: give --keyring or TENANTRY_KEYRING");
    return settings_.keyring.file;
}

crypto::keyring_access console::keyring_access() const {
    return settings_.keyring.shared ? crypto::keyring_access::shared
                                    : crypto::keyring_access::owner_only;
}

void throw_unless(bool ok, const error& e) {
    if (!ok) throw command_error(explain(e));
}

}  // namespace tenantry::admin
