#include "api/surfaces/long_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <vector>

#include "tests/support/servers.hpp"

using namespace tenantry;

namespace {

std::string encode(std::span<const int> all) {
    return fmt::format("[{}]", fmt::join(all, ","));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(long_list_test)

BOOST_AUTO_TEST_CASE(the_pieces_are_the_whole_list) {
    constexpr auto piece = elements_of_a_piece;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, piece, piece + 1, 2 * piece, 3 * piece - 1}) {
        const std::vector<int> list(size, 7);
        const std::span<const int> all{list};
        const auto text =
            test::run_on_io([&](executor) { return surfaces::encode_in_pieces(all, encode); });
        BOOST_TEST(text == encode(all));
    }
}

BOOST_AUTO_TEST_CASE(others_have_their_turn_between_the_pieces) {
    const std::vector<int> list(10 * elements_of_a_piece, 7);
    const std::span<const int> all{list};
    net::io_context context{1};
    int turns = 0;
    bool done = false;
    net::co_spawn(context, surfaces::encode_in_pieces(all, encode),
                  [&](std::exception_ptr, std::string) { done = true; });
    const std::function<void()> other = [&] {
        if (done) return;
        ++turns;
        net::post(context, other);
    };
    net::post(context, other);
    context.run();
    BOOST_TEST(turns >= 9);
}

BOOST_AUTO_TEST_SUITE_END()
