// A database with two agencies in it, and the pools of the three roles, for each test of
// common/store.
#pragma once

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "common/crypto/hash.hpp"
#include "common/jobs/kinds.hpp"
#include "common/pg/pool.hpp"
#include "common/store/agencies.hpp"
#include "common/store/companies.hpp"
#include "tests/support/servers.hpp"

namespace tenantry::test {

inline deadline soon() {
    return deadline_in(patience);
}

/// When everything happens that is given a time; well before the server's own clock.
inline constexpr timestamp noon{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} +
                                std::chrono::hours{12}};
/// Bytes, as `--page-cache-size` is by itself.
inline constexpr std::size_t room_for_pages = 768 * 1024;

inline constexpr store::command_times at_noon{noon, noon + std::chrono::hours{24}};

struct tenants {
    tenants(executor ex, const database& on)
        : db{on},
          owner{ex, {.connection = {on.owner_url()}}},
          api{ex, {.connection = {on.api_url()}}},
          worker{ex, {.connection = {on.worker_url()}}} {}

    const database& db;
    pg::pool owner, api, worker;
    store::agency_ids first{domain::agency_id{0}, domain::user_id{0}};
    store::agency_ids second{domain::agency_id{0}, domain::user_id{0}};
    std::int64_t last_id = 0;  ///< of the companies, keys and jobs that `creation` makes

    std::int64_t next_id() { return ++last_id; }
};

inline store::new_agency agency_named(std::string name, std::string plan = "demo") {
    return {std::move(name), std::move(plan), "Michael Scott", "michael@example.com"};
}

using store_scenario = task<> (*)(tenants&);

inline task<> with_tenants_of(executor ex, store_scenario run, const database& db) {
    tenants all{ex, db};
    const auto first = agency_named("First agency"), second = agency_named("Second agency");
    all.first = (co_await store::insert_agency(all.owner, first, noon, soon())).value();
    all.second = (co_await store::insert_agency(all.owner, second, noon, soon())).value();
    co_await run(all);
    all.owner.stop();
    all.api.stop();
    all.worker.stop();
}

inline void with_tenants(store_scenario run) {
    const database db;
    run_on_io([&](executor ex) { return with_tenants_of(ex, run, db); });
}

template<class... Text>
std::vector<std::string> names(const Text&... each) {
    return {std::string{each}...};
}

inline store::new_api_key key_of(std::int64_t id) {
    const auto hash = crypto::sha256(fmt::format("key {}", id));
    return {domain::api_key_id{id}, hash, {hash.begin(), hash.begin() + 8}, 1};
}

inline store::command by(const store::agency_ids& who, timestamp when = noon) {
    return {.agency = who.agency,
            .user = who.owner,
            .actor_key = domain::api_key_id{7},
            .request_id = "r-1",
            .times = {when, when + std::chrono::hours{24}},
            .response = {.status = 201, .body = "made"}};
}

inline store::idempotency_key once(std::string key, std::string_view request = "request") {
    return {"POST /companies", std::move(key), crypto::sha256(request)};
}

/// A command that creates these companies, each with its key and its two jobs.
inline store::create_companies creation(tenants& t, const store::agency_ids& who,
                                        const std::vector<std::string>& names) {
    store::create_companies command{by(who)};
    for (const auto& name : names) {
        const domain::company_id id{t.next_id()};
        command.companies.push_back(
            {id, domain::company_name::parse(name).value(), key_of(t.next_id())});
        for (const auto& kind : {jobs::provisioning, jobs::billing})
            command.jobs.push_back({domain::job_id{t.next_id()}, kind, id});
    }
    return command;
}

inline task<pg::result<std::vector<store::verdict>>> insert_companies(
    pg::pool& pool, std::span<const store::create_companies> commands, deadline until) {
    std::vector<const store::create_companies*> each;
    for (const auto& command : commands) each.push_back(&command);
    const store::together<store::create_companies> together{each};
    co_return co_await store::run_together(pool, together, until);
}

/// What one thread's requests read, with a server's own limits.
struct own_reads {
    explicit own_reads(pg::pool& pool) : companies{pool, slow, room_for_pages} {}

    store::agency_turns slow{{.running = 2, .waiting_of_one = store::agency_turns::slow_that_wait}};
    store::company_reads companies;
};

inline task<result<domain::company>> find_company(pg::pool& pool, domain::agency_id agency,
                                                  domain::company_id id,
                                                  bool with_statuses = false) {
    own_reads reads{pool};
    const store::wanted_company wanted{agency, id, with_statuses};
    co_return co_await store::find_company(reads.companies, wanted, soon());
}

inline task<result<store::company_page>> list_companies(pg::pool& pool, domain::agency_id agency,
                                                        domain::company_filter filter,
                                                        domain::window part) {
    own_reads reads{pool};
    store::wanted_companies wanted{agency, std::move(filter), part};
    co_return co_await store::list_companies(reads.companies, std::move(wanted), soon());
}

inline task<std::vector<store::verdict>> run(tenants& t,
                                             std::vector<store::create_companies> commands) {
    auto verdicts = co_await insert_companies(t.api, commands, soon());
    if (!verdicts) BOOST_ERROR(verdicts.error().sqlstate + " " + verdicts.error().message);
    co_return verdicts.value();
}

/// The companies of one agency, created; their ids in order of their names.
inline task<std::vector<domain::company_id>> create(tenants& t, const store::agency_ids& who,
                                                    std::vector<std::string> names) {
    auto command = creation(t, who, names);
    std::vector<domain::company_id> ids;
    for (const auto& company : command.companies) ids.push_back(company.id);
    std::vector<store::create_companies> commands;
    commands.push_back(std::move(command));
    const auto verdicts = co_await run(t, std::move(commands));
    BOOST_TEST_REQUIRE((verdicts.front().what == store::verdict::kind::done));
    co_return ids;
}

}  // namespace tenantry::test
