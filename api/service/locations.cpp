#include "api/service/locations.hpp"

#include "api/service/commands.hpp"
#include "common/jobs/kinds.hpp"
#include "common/store/locations.hpp"

namespace tenantry::service {

namespace {

domain::location newborn(const store::create_location& command, timestamp now) {
    return {.id = command.id,
            .company = command.company,
            .name = command.location.name,
            .address = command.location.address,
            .google_place_id = command.location.google_place_id,
            .created_at = now,
            .updated_at = now};
}

}  // namespace

task<result<std::vector<domain::location>>> list_locations(
    environment& env, caller by, std::optional<domain::company_id> company) {
    if (company && !by.who.reaches(*company)) co_return error{.code = errc::not_found};
    const auto wanted = company ? company : by.who.company;
    const auto database = co_await env.slow.take(by);
    if (!database) co_return database.error();
    auto found = co_await store::list_locations(*database, by.who.agency, wanted, by.until);
    if (!found) co_return found.error();
    if (wanted && !found->company_exists) co_return error{.code = errc::not_found};
    co_return std::move(found->locations);
}

task<result<domain::location>> get_location(environment& env, caller by, domain::location_id id) {
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::find_location(*database, by.who.agency, by.who.company, id, by.until);
}

task<result<answer>> create_location(environment& env, caller by, domain::company_id company,
                                     domain::new_location location, location_encoder encode) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    const store::id_demand demand{.jobs = 1, .locations = 1};
    auto ids = co_await env.ids.take(demand, by.until);
    if (!ids) co_return ids.error();
    const auto times = env.times();
    store::create_location command{by.command(times), domain::location_id{ids->locations.front()},
                                   company, std::move(location)};
    constexpr auto kind = jobs::phone_number;
    command.jobs.push_back({domain::job_id{ids->jobs.front()}, kind, company});
    command.response = encode(newborn(command, times.now));

    auto run = [&] { return env.commits.locations.run(command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    auto answered = settle(env, command, std::move(verdict), errc::not_found);
    push_jobs(env, command, answered);
    co_return answered;
}

task<result<domain::location>> update_location(environment& env, caller by, domain::location_id id,
                                               domain::location_change change) {
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::update_location(*database, by.command(env.times()), by.who.company,
                                              id, std::move(change), by.until);
}

task<result<void>> delete_location(environment& env, caller by, domain::location_id id) {
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    const auto times = env.times();
    co_return co_await store::delete_location(*database, by.command(times), by.who.company, id,
                                              times.now + domain::number_quarantine, by.until);
}

}  // namespace tenantry::service
