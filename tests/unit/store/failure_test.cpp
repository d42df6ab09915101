// The table from what PostgreSQL says to what it means.
#include "common/store/failure.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/command.hpp"

using namespace tenantry;
using namespace tenantry::store;
using kind = enum pg::failure::kind;

namespace {

error server(std::string sqlstate, std::string constraint = "") {
    return to_error({kind::server, std::move(sqlstate), std::move(constraint), "words"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failure_test)

BOOST_AUTO_TEST_CASE(every_way_to_fail_has_its_meaning) {
    BOOST_TEST((to_error({kind::connection_lost}).code == errc::unavailable));
    BOOST_TEST((to_error({kind::timed_out}).code == errc::deadline_exceeded));
    BOOST_TEST((to_error({kind::pool_exhausted}).code == errc::overloaded));
    BOOST_TEST((server("23505", "company_name_taken").code == errc::name_taken));
    BOOST_TEST((server("23505", "user_external_id_taken").code == errc::external_id_taken));
    BOOST_TEST((server("57014").code == errc::deadline_exceeded));
    for (const auto* sqlstate :
         {"57P01", "57P02", "57P03", "53100", "53200", "53300", "40001", "40P01"})
        BOOST_TEST((server(sqlstate).code == errc::unavailable), sqlstate);
    for (const auto* sqlstate : {"23505", "23503", "42501", "42P01", "22003", "XX000", ""})
        BOOST_TEST((server(sqlstate).code == errc::internal), sqlstate);
    BOOST_TEST((server("23505", "api_key_pkey").code == errc::internal));
    BOOST_TEST((server("23503", "company_name_taken").code == errc::internal));
}

BOOST_AUTO_TEST_CASE(the_servers_words_are_for_the_log_alone) {
    const auto e = server("42P01", "a_constraint");
    BOOST_TEST(e.cause == "PostgreSQL 42P01 a_constraint words");
    BOOST_TEST(e.subject == "");
    BOOST_TEST(e.fields.empty());
}

BOOST_AUTO_TEST_CASE(a_client_is_told_when_to_come_back_where_that_may_help) {
    BOOST_TEST(to_error({kind::connection_lost}).retry_after.has_value());
    BOOST_TEST(to_error({kind::pool_exhausted}).retry_after.has_value());
    BOOST_TEST(!server("XX000").retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(a_lost_race_is_a_taken_name_a_deadlock_or_a_failed_serialization) {
    const auto lost = [](std::string sqlstate, std::string constraint = "") {
        return lost_a_race({kind::server, std::move(sqlstate), std::move(constraint)});
    };
    BOOST_TEST(lost("23505", "company_name_taken"));
    BOOST_TEST(lost("23505", "user_external_id_taken"));
    BOOST_TEST(lost("40001"));
    BOOST_TEST(lost("40P01"));
    BOOST_TEST(!lost("23505", "api_key_pkey"));
    BOOST_TEST(!lost("57014"));
    BOOST_TEST(!lost_a_race({kind::connection_lost}));
    BOOST_TEST(!lost_a_race({kind::timed_out}));
}

BOOST_AUTO_TEST_CASE(a_verdict_that_did_nothing_is_an_error) {
    using what = verdict::kind;
    BOOST_TEST((as_error({what::mismatch})->code == errc::idempotency_mismatch));
    BOOST_TEST((as_error({what::in_progress})->code == errc::idempotency_in_progress));
    BOOST_TEST(as_error({what::in_progress})->retry_after.has_value());
    BOOST_TEST((as_error({what::lost_race})->code == errc::unavailable));
    for (const auto kind_of : {what::done, what::replayed, what::refused})
        BOOST_TEST(!as_error({kind_of}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
