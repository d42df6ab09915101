#include "common/redis/url.hpp"

#include <boost/test/unit_test.hpp>

using tenantry::redis::address;
using tenantry::redis::parse_url;

BOOST_AUTO_TEST_SUITE(url_test)

BOOST_AUTO_TEST_CASE(a_host_alone_has_the_usual_port_and_database) {
    BOOST_TEST((parse_url("redis://cache") == address{"cache", 6379, "", "", 0}));
    BOOST_TEST((parse_url("redis://cache/") == address{"cache", 6379, "", "", 0}));
}

BOOST_AUTO_TEST_CASE(every_part_is_read) {
    BOOST_TEST((parse_url("redis://me:s%40cret@10.0.0.1:7000/3") ==
                address{"10.0.0.1", 7000, "me", "s@cret", 3}));
    BOOST_TEST((parse_url("redis://:secret@h:1") == address{"h", 1, "", "secret", 0}));
    BOOST_TEST((parse_url("redis://[::1]:6379") == address{"::1", 6379, "", "", 0}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused_without_repeating_it) {
    for (const char* url : {"", "cache:6379", "rediss://cache", "redis://", "redis://h:0",
                            "redis://h:70000", "redis://h/x", "redis://h/-1", "redis://h/1/2",
                            "redis://me@h", "redis://h?db=1", "redis://:secret@h/x"}) {
        try {
            parse_url(url);
            BOOST_ERROR("accepted: " << url);
        } catch (const std::invalid_argument& e) {
            BOOST_TEST(std::string_view{e.what()}.find("secret") == std::string_view::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
