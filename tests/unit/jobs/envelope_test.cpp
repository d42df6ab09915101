// What travels through a stream, and where it goes.
#include "common/jobs/envelope.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "common/jobs/kinds.hpp"

using namespace tenantry;
using namespace tenantry::jobs;

BOOST_AUTO_TEST_SUITE(envelope_test)

using agencies = std::vector<domain::agency_id>;

agencies so_many(std::size_t count) {
    agencies all;
    for (std::size_t i = 1; i <= count; ++i) all.emplace_back(static_cast<std::int64_t>(i));
    return all;
}

BOOST_AUTO_TEST_CASE(positive_numbers_with_commas_between_them_are_an_envelope) {
    for (const auto& all : {agencies{domain::agency_id{7}},
                            agencies{domain::agency_id{9223372036854775807}, domain::agency_id{1}},
                            so_many(agencies_an_entry)})
        BOOST_TEST((parse_envelope(envelope_text(all)) == all));
    BOOST_TEST(envelope_text(so_many(3)) == "1,2,3");
}

BOOST_AUTO_TEST_CASE(anything_else_is_none) {
    for (const auto* text :
         {"", "0", "-1", "+1", " 1", "1 ", "1x", "x", "01", "0x1", "1e3", "9223372036854775808",
          "99999999999999999999", ",", "1,", ",1", "1,,2", "1, 2", "1;2"})
        BOOST_TEST(!parse_envelope(text).has_value(), text);
    BOOST_TEST(!parse_envelope(envelope_text(so_many(agencies_an_entry + 1))).has_value());
}

BOOST_AUTO_TEST_CASE(a_queue_and_its_stream_name_each_other) {
    std::set<std::string> streams;
    for (const auto queue : queues) {
        BOOST_TEST(queue_of(stream_of(queue)) == queue);
        streams.insert(stream_of(queue));
    }
    BOOST_TEST(streams.size() == queues.size());
    BOOST_TEST(stream_of("billing") == "tenantry:jobs:billing");
}

BOOST_AUTO_TEST_CASE(every_kind_waits_in_a_queue_that_is_read) {
    for (const auto& kind : kinds) {
        BOOST_TEST(find_kind(kind.name) == &kind);
        BOOST_TEST(kind.priority >= 0);
        BOOST_TEST(kind.priority < priorities);
        BOOST_TEST((std::find(queues.begin(), queues.end(), kind.queue) != queues.end()));
        BOOST_TEST(kind.steps > 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
