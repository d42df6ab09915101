// What the clients ask for is a function of the seed, and of every sort.
#include "tests/chaos/request.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace tenantry::chaos;

BOOST_AUTO_TEST_SUITE(request_test)

BOOST_AUTO_TEST_CASE(the_same_seed_asks_the_same_and_another_seed_something_else) {
    const auto asked = [](std::uint64_t seed) {
        std::vector<std::size_t> sizes;
        for (int i = 0; i < 50; ++i) sizes.push_back(make_request(seed, 1, i).names.size());
        return sizes;
    };
    BOOST_TEST(asked(1) == asked(1));
    BOOST_TEST(asked(1) != asked(2));
}

BOOST_AUTO_TEST_CASE(there_are_requests_of_every_size_and_sort) {
    std::set<std::size_t> sizes;
    int bad = 0, keyed = 0, again = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto r = make_request(3, 2, i);
        if (!r.bad) sizes.insert(r.names.size());
        bad += r.bad;
        keyed += !r.key.empty();
        again += r.again;
        BOOST_TEST((!r.again || !r.key.empty()));
    }
    BOOST_TEST((sizes == std::set<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    BOOST_TEST(bad > 100);
    BOOST_TEST(keyed > 400);
    BOOST_TEST(again > 100);
}

BOOST_AUTO_TEST_CASE(no_two_requests_of_good_names_share_one) {
    std::set<std::string> names;
    std::size_t count = 0;
    for (int client = 0; client < 4; ++client)
        for (int i = 0; i < 200; ++i) {
            const auto r = make_request(5, client, i);
            if (r.bad) continue;
            names.insert(r.names.begin(), r.names.end());
            count += r.names.size();
        }
    BOOST_TEST(names.size() == count);
}

BOOST_AUTO_TEST_SUITE_END()
