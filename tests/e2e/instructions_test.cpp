// A guard of what requests cost: instructions that a fixed mix of them takes of the API's own code,
// and pieces of memory that it asks for, which neither the machine's speed nor its other load
// changes.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>

#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;

/// What is served cost, together or each.
struct cost {
    /// Of what the program consists of; what shared libraries do differs by the processor.
    double instructions = 0;
    double allocations = 0;  ///< calls of malloc, by anybody in the process

    cost operator-(const cost& other) const {
        return {instructions - other.instructions, allocations - other.allocations};
    }
    cost operator/(double rounds) const { return {instructions / rounds, allocations / rounds}; }
};

/// Of a round. Whoever changes what a round costs writes the new figures here, and says why.
constexpr cost expected{1'278'000, 728};
constexpr double tolerance = 0.03;
constexpr int warm_rounds = 10;  ///< connections, plans, caches
constexpr int rounds = 60;

/// A sanitizer's checks are no part of a request, and no other tool runs beside them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// One of each kind of request that matters for speed, and one that is refused.
void ask_for_one_round(client& by, std::int64_t company, int round) {
    std::vector<std::string> ten;
    for (int i = 0; i < 10; ++i) ten.push_back(fmt::format("Ten {:04}-{}", round, i));
    const http_headers once{{"Idempotency-Key", fmt::format("round-{:04}", round)}};
    const std::vector<unsigned> statuses{
        by.create({fmt::format("One {:04}", round)}).status,
        by.create(ten, once).status,
        by.get(company_path(company)).status,
        by.get(std::string{companies_path} + "?page=1").status,
        by.patch(company_path(company), fmt::format(R"({{"name":"Name {:04}"}})", round)).status,
        by.create({}).status,
        by.get("/healthz").status};
    const std::vector<unsigned> wanted{201, 201, 200, 200, 200, 400, 200};
    BOOST_TEST(statuses == wanted, boost::test_tools::per_element());
}

bool is_cost_line(const std::string& line) {
    return !line.empty() && (std::isdigit(line.front()) || line.front() == '+' ||
                             line.front() == '-' || line.front() == '*');
}

/// Of callgrind's profile (format "callgrind 1"): the self cost of the program's own code, and how
/// often malloc was called.
cost read_profile(const std::filesystem::path& profile) {
    std::ifstream in{profile};
    cost sum;
    bool own = false, of_a_call = false, allocates = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("ob=")) {
            own = line.ends_with("/tenantry-api");
        } else if (line.starts_with("cfn=")) {
            allocates = line == "cfn=malloc";
        } else if (line.starts_with("calls=")) {
            of_a_call = true;  // the next line is what was called
            if (allocates) sum.allocations += std::stod(line.substr(6));
        } else if (is_cost_line(line)) {
            if (own && !of_a_call) sum.instructions += std::stod(line.substr(line.find(' ')));
            of_a_call = false;
        }
    }
    return sum;
}

/// Each request is counted by itself and never refused: so small is the bucket that none is granted
/// ahead, and it is full again at once. How many are counted together is a matter of time
/// otherwise.
void count_each_request(stack& here) {
    here.sql().execute("UPDATE tenantry.plan_rate_limit SET per_minute = 10000000, burst = 60");
}

/// Of an API that served so many rounds, from its start to its end.
cost cost_of(int rounds_served) {
    const temporary_directory directory;
    const auto profile = directory.path() / "profile";
    stack here;
    count_each_request(here);
    const auto agency = here.make_agency("Dunder Mifflin");
    auto api = here.start_api({{"threads", "1"}, {"request-timeout", "1m"}}, "ready", {},
                              {"valgrind", "-q", "--tool=callgrind", "--compress-strings=no",
                               "--callgrind-out-file=" + profile.string()});
    client owner{api.http_port(), agency.key};
    const auto company = owner.create_one("Company");
    for (int round = 0; round < rounds_served; ++round) ask_for_one_round(owner, company, round);
    api.running().signal(SIGTERM);
    BOOST_TEST((api.running().wait(60s) == std::optional{0}));
    return read_profile(profile);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(instructions_test)

BOOST_AUTO_TEST_CASE(a_round_of_requests_costs_as_much_as_it_did) {
    if (sanitized) return;
    const auto few = cost_of(warm_rounds);
    const auto a_round = (cost_of(warm_rounds + rounds) - few) / rounds;
    BOOST_TEST_MESSAGE(fmt::format("a round: {:.0f} instructions, {:.1f} allocations",
                                   a_round.instructions, a_round.allocations));
    BOOST_TEST(a_round.instructions == expected.instructions,
               boost::test_tools::tolerance(tolerance));
    BOOST_TEST(a_round.allocations == expected.allocations,
               boost::test_tools::tolerance(tolerance));
}

BOOST_AUTO_TEST_SUITE_END()
