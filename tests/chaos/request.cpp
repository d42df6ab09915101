#include "tests/chaos/request.hpp"

#include <fmt/format.h>

#include "tests/chaos/dice.hpp"

namespace tenantry::chaos {

namespace {

constexpr int most_names = 10;
constexpr std::size_t too_long = 256;  ///< code points
constexpr int percent_bad = 15;
constexpr int percent_with_key = 50;
constexpr int percent_again = 30;
constexpr int shortest_pause = 40;
constexpr int longest_pause = 200;
/// The clients' draws are not the schedule's.
constexpr std::uint64_t first_stream = 1000;

/// Among names that are good, so that these must be left out with it.
std::string bad_name(dice& draws, const std::string& good) {
    switch (draws.between(0, 3)) {
        case 0:
            return taken_name;
        case 1:
            return fmt::format("  {}  ", good);  // the same once it is trimmed
        case 2:
            return " ";
        default:
            return std::string(too_long, 'x');
    }
}

}  // namespace

request make_request(std::uint64_t seed, int client, int number) {
    dice draws{seed, first_stream + static_cast<std::uint64_t>(client),
               static_cast<std::uint64_t>(number)};
    request r;
    r.pause = std::chrono::milliseconds{draws.between(shortest_pause, longest_pause)};
    r.bad = draws.percent(percent_bad);
    const auto count = draws.between(1, r.bad ? most_names - 1 : most_names);
    for (char letter = 'A'; letter < 'A' + count; ++letter)
        r.names.push_back(fmt::format("Company {}-{} {}", client, number, letter));
    if (r.bad) r.names.push_back(bad_name(draws, r.names.front()));
    if (draws.percent(percent_with_key)) {
        r.key = fmt::format("request-{}-{}", client, number);
        r.again = draws.percent(percent_again);
    }
    return r;
}

}  // namespace tenantry::chaos
