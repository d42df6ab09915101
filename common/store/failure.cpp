#include "common/store/failure.hpp"

#include <fmt/format.h>

namespace tenantry::store {

namespace {

constexpr std::string_view company_name_constraint = "company_name_taken";
constexpr std::string_view custom_fields_size_constraint = "company_custom_fields_size";
constexpr std::string_view external_id_constraint = "user_external_id_taken";

errc meaning(const pg::failure& failure) {
    switch (failure.kind) {
        case pg::failure::kind::connection_lost:
            return errc::unavailable;
        case pg::failure::kind::timed_out:
            return errc::deadline_exceeded;
        case pg::failure::kind::pool_exhausted:
            return errc::overloaded;
        case pg::failure::kind::server:
            break;
    }
    if (pg::is_unique_violation(failure, company_name_constraint)) return errc::name_taken;
    if (pg::is_check_violation(failure, custom_fields_size_constraint)) return errc::invalid_value;
    if (pg::is_unique_violation(failure, external_id_constraint)) return errc::external_id_taken;
    if (pg::is_transient(failure) || pg::is_lock_timeout(failure)) return errc::unavailable;
    // Class 57: an operator intervened (shutdown, crash of another backend, statement timeout). 53:
    // out of resources.
    if (failure.sqlstate == "57014") return errc::deadline_exceeded;
    if (failure.sqlstate.starts_with("57") || failure.sqlstate.starts_with("53"))
        return errc::unavailable;
    return errc::internal;
}

}  // namespace

error to_error(const pg::failure& failure) {
    error e{.code = meaning(failure)};
    if (e.code == errc::unavailable || e.code == errc::overloaded)
        e.retry_after = std::chrono::seconds{1};
    if (e.code == errc::invalid_value) {
        e.subject = "custom_fields";
        e.fields.push_back({"/custom_fields", "would become larger than 32 KiB"});
    }
    e.cause =
        fmt::format("PostgreSQL {} {} {}", failure.sqlstate, failure.constraint, failure.message);
    return e;
}

bool lost_a_race(const pg::failure& failure) {
    return pg::is_transient(failure) || pg::is_unique_violation(failure, company_name_constraint) ||
           pg::is_unique_violation(failure, external_id_constraint);
}

}  // namespace tenantry::store
