// The storm: load through the API while everything is killed, stopped, restarted, cut and delayed
// by a seeded schedule; then nothing is lost, nothing is there twice, nothing is left half done.
//
// TENANTRY_TEST_CHAOS_SEED repeats one, TENANTRY_TEST_CHAOS_MINUTES makes it longer: scripts/chaos
// sets them.
#include <boost/test/framework.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

#include "tests/chaos/checker.hpp"
#include "tests/chaos/storm.hpp"

namespace {

using namespace tenantry::chaos;
using namespace tenantry::test;
using namespace std::chrono_literals;

constexpr int clients_of_an_agency = 4;
constexpr auto time_to_recover = 30s;
/// The longest pause before a job that failed some times is tried again.
constexpr auto time_without_a_job_done = 60s;
constexpr auto between_reports = 10s;

/// What is printed is seen at once, beside Boost.Test's own lines.
template<class... Arguments>
void say(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    fmt::print(text, std::forward<Arguments>(arguments)...);
    std::fflush(stdout);
}

bool passed_so_far() {
    namespace ut = boost::unit_test;
    return ut::results_collector.results(ut::framework::current_test_case_id()).passed();
}

std::uint64_t chosen_seed() {
    if (const char* given = std::getenv("TENANTRY_TEST_CHAOS_SEED")) return std::stoull(given);
    return std::random_device{}();
}

std::chrono::milliseconds chosen_duration() {
    const char* given = std::getenv("TENANTRY_TEST_CHAOS_MINUTES");
    return given ? std::chrono::minutes{std::stoi(given)} : shortest_storm;
}

/// Kept, logs and all, unless the storm was survived.
class evidence {
public:
    explicit evidence(std::uint64_t seed)
        : path_{std::filesystem::path{TENANTRY_BINARY_DIR} / "chaos" / std::to_string(seed)} {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    evidence(const evidence&) = delete;
    evidence& operator=(const evidence&) = delete;
    ~evidence() {
        if (kept_)
            say("The logs are kept in {}\n", path_.string());
        else
            std::filesystem::remove_all(path_);
    }

    const std::filesystem::path& path() const { return path_; }
    void drop() { kept_ = false; }

private:
    std::filesystem::path path_;
    bool kept_ = true;
};

void announce(std::uint64_t seed, const std::vector<lane>& schedule) {
    say("Seed {}\n", seed);
    for (const auto& each : merged(schedule)) say("{}\n", to_string(each));
}

/// Declared in the order that nothing goes before what uses it: the storm's threads go first.
struct trial {
    explicit trial(std::uint64_t its_seed) : seed{its_seed} {}
    ~trial();

    const std::uint64_t seed;
    evidence kept{seed};
    arena here{{}, kept.path()};
    client_log log{kept.path() / "clients.log"};
    std::vector<agency_account> agencies{};
    std::optional<clients> load{};
    std::optional<storm> raging{};
    int replays = 0;

    void found_agencies();
    std::vector<carried_out> weather(const std::vector<lane>& schedule);
    void finish_the_jobs();
    void report(const std::vector<carried_out>& faults, const std::vector<log_entry>& entries);
};

trial::~trial() {
    std::error_code ignored;
    std::filesystem::copy_file(here.postgres_log(), kept.path() / "postgres.log", ignored);
}

/// Each with the name that is taken, which is the first line of its clients' log.
void trial::found_agencies() {
    for (const auto* name : {"Dunder Mifflin", "Pawnee Parks"}) {
        agencies.push_back(here.base().make_agency(name));
        client owner{here.api_ports().front(), agencies.back().key};
        log.add({.agency = agencies.back().id,
                 .names = {taken_name},
                 .answers = {{.status = 201, .ids = {owner.create_one(taken_name)}}}});
    }
}

std::vector<carried_out> trial::weather(const std::vector<lane>& schedule) {
    load.emplace(seed, agencies, clients_of_an_agency, here.api_ports(), log);
    raging.emplace(
        here, schedule, [this] { return load->count(); }, kept.path() / "faults.log");
    const auto begin = std::chrono::steady_clock::now();
    while (!raging->wait(between_reports)) {
        const auto [attempts, created] = load->count();
        say("{:5} s  {} faults, {} attempts, {} answered 201\n",
            (std::chrono::steady_clock::now() - begin) / 1s, raging->faults_so_far(), attempts,
            created);
    }
    const auto before = load->count().created;
    BOOST_TEST(eventually([&] { return load->count().created >= before + 20; }, time_to_recover),
               "in the calm after the storm little is created");
    auto faults = raging->finish();
    load->finish();
    return faults;
}

/// However many they are, for as long as they become fewer. As an operator does, what was set aside
/// is replayed.
void trial::finish_the_jobs() {
    auto sql = here.base().new_session();
    const auto jobs = [&sql](const std::string& states) {
        return sql.number("SELECT count(*) FROM tenantry.job WHERE state IN " + states);
    };
    const auto left = [&] {
        if (jobs("('quarantined')") > 0) {
            BOOST_TEST(here.base().admin({"job", "replay", "--all"}).status == 0);
            ++replays;
        }
        return jobs("('pending', 'running', 'quarantined')");
    };
    for (auto before = left(); before > 0;) {
        auto now = before;
        const auto fewer = [&] { return (now = left()) < before; };
        if (!eventually(fewer, time_without_a_job_done)) break;
        before = now;
    }
    BOOST_TEST(left() == 0, "jobs are left");
}

void trial::report(const std::vector<carried_out>& faults, const std::vector<log_entry>& entries) {
    auto sql = here.base().new_session();
    say("\n{:36}  times  attempts meanwhile  answered 201\n", "fault");
    for (const auto& traits : fault_table) {
        int times = 0, attempts = 0, created = 0;
        for (const auto& each : faults) {
            if (each.fault.kind != traits.kind) continue;
            ++times;
            attempts += each.attempts;
            created += each.created;
        }
        say("{:36}  {:5}  {:18}  {:12}\n", traits.name, times, attempts, created);
        BOOST_TEST(times > 0);
        BOOST_TEST(created > 0, "nothing was created beside the fault: " << traits.name);
    }
    for (const auto& [status, requests] : requests_by_status(entries))
        say("requests that ended with {}: {}\n", status, requests);
    say("answers that were lost and replayed: {}\n", answers_lost(entries));
    say("companies: {}\n", sql.execute("SELECT count(*) FROM tenantry.company"));
    say("jobs: {}, replayed {} times, most attempts {}, most crashes {}\n",
        sql.execute("SELECT string_agg(format('%s %s', n, state), ', ') FROM "
                    "(SELECT state, count(*) AS n FROM tenantry.job GROUP BY state) AS t"),
        replays, sql.execute("SELECT max(attempts) FROM tenantry.job"),
        sql.execute("SELECT max(crashes) FROM tenantry.job"));
    say("seed: {}\n", seed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(short_test)

BOOST_AUTO_TEST_CASE(in_a_storm_nothing_is_lost_and_nothing_is_done_twice) {
    const auto seed = chosen_seed();
    const auto schedule = make_schedule(seed, chosen_duration(), {});
    announce(seed, schedule);
    trial t{seed};
    t.found_agencies();
    const auto weathered = t.weather(schedule);
    t.here.end_apis();
    t.finish_the_jobs();
    t.here.end_workers();
    const auto entries = read_client_log(t.kept.path() / "clients.log");
    t.report(weathered, entries);
    auto sql = t.here.base().new_session();
    auto faults = faults_of_answers(entries);
    for (auto& each : faults_of_database(sql, entries)) faults.push_back(std::move(each));
    for (const auto& each : faults) BOOST_ERROR(each);
    if (passed_so_far()) t.kept.drop();
}

BOOST_AUTO_TEST_SUITE_END()
