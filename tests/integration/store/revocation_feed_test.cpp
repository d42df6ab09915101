// What another process hears of changed keys.
#include "common/store/revocation_feed.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/api_keys.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::by;
using test::key_of;
using test::names;
using test::noon;
using test::soon;
using test::tenants;

namespace {

/// Follows the feed of the tenants' database and writes down what it tells.
struct follower {
    std::vector<domain::agency_id> heard;
    std::vector<bool> listening;
    bool ended = false;

    void start(executor ex, const tenants& t) {
        pg::connection_settings settings{t.db.api_url()};
        settings.application_name = "follower";
        revocation_listener listener{[this](domain::agency_id agency) { heard.push_back(agency); },
                                     [this](bool on) { listening.push_back(on); }};
        net::co_spawn(ex, follow_revocations(ex, std::move(settings), std::move(listener)),
                      [this](std::exception_ptr) { ended = true; });
    }
};

task<> end_the_session(tenants& t, follower& feed) {
    t.db.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name ="
        " 'follower' AND datname = current_database()");
    co_await test::until([&] { return feed.ended; });
}

task<> hear_every_change(tenants& t) {
    follower feed;
    feed.start(co_await net::this_coro::executor, t);
    co_await test::until([&] { return !feed.listening.empty(); });
    BOOST_TEST(feed.listening.front());

    const auto company = (co_await test::create(t, t.first, names("Acme")))[0];
    const auto key =
        domain::api_key_id{std::stoll(t.db.execute("SELECT api_key_id FROM tenantry.api_key"))};
    BOOST_TEST(feed.heard.empty());
    store::rotate_api_key rotation{by(t.first), company, key, key_of(t.next_id()), noon + 24h};
    auto rotated = co_await replace_api_key(t.api, rotation, soon());
    BOOST_TEST(rotated.has_value());
    co_await test::until([&] { return feed.heard.size() == 1; });
    auto revoked = co_await revoke_api_key(t.api, by(t.first), company, key, soon());
    BOOST_TEST(revoked.has_value());
    co_await test::until([&] { return feed.heard.size() == 2; });
    domain::company_change stop{.active = false};
    auto updated = co_await update_company(t.api, by(t.first), company, stop, soon());
    BOOST_TEST(updated.has_value());
    co_await test::until([&] { return feed.heard.size() == 3; });
    for (const auto agency : feed.heard) BOOST_TEST(agency == t.first.agency);
    co_await end_the_session(t, feed);
}

task<> hear_nothing_of_a_refusal(tenants& t) {
    follower feed;
    feed.start(co_await net::this_coro::executor, t);
    co_await test::until([&] { return !feed.listening.empty(); });
    auto refused =
        co_await revoke_api_key(t.api, by(t.first), std::nullopt, domain::api_key_id{9}, soon());
    BOOST_TEST(refused.has_error());
    t.db.execute("SELECT pg_notify('tenantry_revocation', '77')");
    co_await test::until([&] { return !feed.heard.empty(); });
    BOOST_TEST(feed.heard.size() == 1u);
    BOOST_TEST(feed.heard.front() == domain::agency_id{77});
    co_await end_the_session(t, feed);
}

task<> say_when_it_ends(tenants& t) {
    const auto ex = co_await net::this_coro::executor;
    follower feed;
    feed.start(ex, t);
    co_await test::until([&] { return !feed.listening.empty(); });
    co_await end_the_session(t, feed);
    const std::vector<bool> on_and_off{true, false};
    BOOST_TEST((feed.listening == on_and_off));

    feed.ended = false;
    feed.start(ex, t);
    co_await test::until([&] { return feed.listening.size() == 3; });
    BOOST_TEST(feed.listening.back());
    t.db.execute("SELECT pg_notify('tenantry_revocation', '5')");
    co_await test::until([&] { return feed.heard.size() == 1; });
    co_await end_the_session(t, feed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(revocation_feed_test)

BOOST_AUTO_TEST_CASE(a_rotation_a_revocation_and_a_changed_company_are_heard) {
    test::with_tenants(hear_every_change);
}
BOOST_AUTO_TEST_CASE(what_changed_nothing_is_not_announced) {
    test::with_tenants(hear_nothing_of_a_refusal);
}
BOOST_AUTO_TEST_CASE(a_lost_session_is_told_and_another_listens_again) {
    test::with_tenants(say_when_it_ends);
}

BOOST_AUTO_TEST_SUITE_END()
