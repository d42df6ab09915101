#include "common/store/schema_version.hpp"

#include "common/store/failure.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement find_change_statement{"", "SELECT 1 FROM sqitch.changes WHERE change = $1"};
constexpr std::string_view undefined_table = "42P01", undefined_schema = "3F000",
                           insufficient_privilege = "42501";

}  // namespace

task<result<bool>> schema_is_current(pg::pool& pool, deadline until) {
    auto answer =
        co_await pool.run(find_change_statement, {std::string_view{TENANTRY_SCHEMA_CHANGE}}, until);
    if (answer) co_return !answer->empty();
    const auto& state = answer.error().sqlstate;
    // A database that no migration has touched has no registry, or none that is granted yet.
    if (state == undefined_table || state == undefined_schema || state == insufficient_privilege)
        co_return false;
    co_return to_error(answer.error());
}

}  // namespace tenantry::store
