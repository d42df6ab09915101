#include "api/http/held_bytes.hpp"

#include <boost/test/unit_test.hpp>

using tenantry::http::held_bytes;

namespace {

struct connection final : held_bytes::owner {
    explicit connection(held_bytes& of) : bytes{of, *this} {}
    void give_up() override { ended = true; }

    bool ended = false;
    held_bytes::holding bytes;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(held_bytes_test)

BOOST_AUTO_TEST_CASE(who_moved_something_longest_ago_is_ended_first) {
    held_bytes all{100};
    connection a{all}, b{all}, c{all};
    BOOST_TEST(a.bytes.hold(40));
    BOOST_TEST(b.bytes.hold(40));
    BOOST_TEST(a.bytes.hold(40));  // which moves
    BOOST_TEST(all.held() == 80u);
    BOOST_TEST(c.bytes.hold(20));
    BOOST_TEST(all.held() == 100u);
    BOOST_TEST(c.bytes.hold(21));
    BOOST_TEST(b.ended);
    BOOST_TEST(!a.ended);
    BOOST_TEST(all.held() == 61u);
}

BOOST_AUTO_TEST_CASE(what_is_worked_on_is_not_ended_and_leaves_no_room) {
    held_bytes all{100};
    connection a{all}, b{all}, c{all};
    a.bytes.hold(50);
    a.bytes.keep();
    b.bytes.hold(50);
    b.bytes.keep();
    BOOST_TEST(!c.bytes.hold(1));
    BOOST_TEST(!a.ended);
    b.bytes.release();
    BOOST_TEST(c.bytes.hold(1));
    BOOST_TEST(all.held() == 51u);
}

BOOST_AUTO_TEST_CASE(one_alone_ends_nobody_however_much_it_holds) {
    held_bytes all{100};
    connection a{all}, b{all};
    a.bytes.hold(50);
    BOOST_TEST(b.bytes.hold(1'000'000));
    BOOST_TEST(!a.ended);
    BOOST_TEST(all.held() == 100u);
}

BOOST_AUTO_TEST_CASE(what_is_gone_holds_nothing) {
    held_bytes all{100};
    {
        connection a{all};
        a.bytes.hold(50);
    }
    BOOST_TEST(all.held() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
