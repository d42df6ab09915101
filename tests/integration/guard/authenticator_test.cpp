// Keys against a real database: who is admitted, who is remembered, who acts for whom.
#include "api/guard/authenticator.hpp"

#include <boost/test/unit_test.hpp>

#include "api/service/api_keys.hpp"
#include "api/service/companies.hpp"
#include "common/crypto/api_key_text.hpp"
#include "tests/integration/service/services.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using test::request_of;
using test::services;
using test::soon;

namespace {

/// A company of the first agency with its first key, and an authenticator over the same database.
struct guarded {
    explicit guarded(services& on)
        : s{on},
          authenticator{
              on.key_holders, on.reads.companies, on.sealer, on.time, on.revoked, 1h, 100} {
        s.revoked.set_listening(true);
    }

    services& s;
    guard::authenticator authenticator;
    domain::company_id company{0};
    domain::api_key_id key{0};
    std::string text;

    task<> create(const char* name) {
        const auto made = co_await test::create_company(s, s.first, name);
        company = made.company;
        key = made.key.id;
        text = made.key.text;
    }

    task<result<domain::principal>> ask(std::string key_text) {
        co_return co_await authenticator.authenticate(key_text, soon());
    }

    /// The error that the key is refused with; nothing when it is admitted.
    task<std::optional<errc>> refusal(std::string key_text) {
        auto who = co_await ask(key_text);
        if (who) co_return std::nullopt;
        co_return who.error().code;
    }

    task<> revoke(domain::principal by, domain::api_key_id which) {
        auto done = co_await service::revoke_api_key(s.env, request_of(by), company, which);
        BOOST_TEST(done.has_value());
    }
};

task<> know_a_key(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    auto who = co_await g.ask(g.text);
    BOOST_TEST(who.value().agency == s.first.agency);
    BOOST_TEST(who.value().agency_name == "First agency");
    BOOST_TEST(who.value().user == s.first.user);
    BOOST_TEST(who.value().user_email == "michael@example.com");
    BOOST_TEST(who.value().key == g.key);
    BOOST_TEST(who.value().company.value() == g.company);
    BOOST_TEST(who.value().company_name.value() == "Acme");
    BOOST_TEST((who.value().scope == domain::key_scope::read_write));
}

task<> refuse_what_is_no_key(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    const auto missing = co_await g.refusal("");
    BOOST_TEST((missing == errc::missing_key));
    auto mistyped = g.text;
    mistyped[20] = mistyped[20] == 'a' ? 'b' : 'a';
    for (const auto& text : {std::string{"x"}, std::string{"ixk_"}, mistyped, g.text + " "}) {
        const auto refused = co_await g.refusal(text);
        BOOST_TEST((refused == errc::malformed_key), text);
    }
    for (const auto agency : {s.first.agency, s.second.agency, domain::agency_id{999}}) {
        const auto unknown = co_await g.refusal(crypto::mint_api_key(agency));
        BOOST_TEST((unknown == errc::unknown_key));
    }
}

task<> refuse_malformed_keys_without_a_query(services& s) {
    guarded g{s};
    s.t.api.stop();  // from now on a query would fail
    const auto malformed = co_await g.refusal("ixk_x");
    BOOST_TEST((malformed == errc::malformed_key));
    const auto unknown = co_await g.refusal(crypto::mint_api_key(s.first.agency));
    BOOST_TEST((unknown == errc::unavailable));
}

task<> refuse_a_revoked_key(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    const auto before = co_await g.refusal(g.text);
    BOOST_TEST(!before.has_value());
    co_await g.revoke(s.first, g.key);
    const auto after = co_await g.refusal(g.text);
    BOOST_TEST((after == errc::revoked_key));
}

task<> end_an_overlap_on_time(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    s.t.db.execute("UPDATE tenantry.api_key SET revoked_at = '2025-03-05T13:00:00Z'");
    const auto overlapping = co_await g.refusal(g.text);
    BOOST_TEST(!overlapping.has_value());
    s.time.advance(1h - 1us);
    const auto just_before = co_await g.refusal(g.text);
    BOOST_TEST(!just_before.has_value());
    s.time.advance(1us);
    const auto then = co_await g.refusal(g.text);
    BOOST_TEST((then == errc::revoked_key));
}

task<> refuse_an_inactive_company(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    const auto before = co_await g.refusal(g.text);
    BOOST_TEST(!before.has_value());
    for (const bool active : {false, true}) {
        domain::company_change change{.active = active};
        auto changed =
            co_await service::update_company(s.env, request_of(s.first), g.company, change);
        BOOST_TEST(changed.has_value());
        const auto refused = co_await g.refusal(g.text);
        BOOST_TEST((refused == (active ? std::nullopt : std::optional{errc::company_inactive})));
    }
}

store::stored_response encode_status(const domain::company& company) {
    return {.status = 200, .body = std::string{to_string(company.status())}};
}

task<> refuse_a_held_company(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    using enum domain::company_status;
    for (const auto to : {compliance_hold, active}) {
        const auto expected = to == active ? std::nullopt : std::optional{errc::company_held};
        co_await g.refusal(g.text);  // it is remembered now
        auto changed = co_await service::set_company_status(s.env, request_of(s.first), g.company,
                                                            to, encode_status);
        BOOST_TEST(changed.value().response.body == to_string(to));
        const auto refused = co_await g.refusal(g.text);
        BOOST_TEST((refused == expected));
        auto acting = co_await g.authenticator.act_for(s.first, g.company, soon());
        BOOST_TEST(acting.has_value() == !expected.has_value());
        auto read = co_await service::get_company(s.env, request_of(s.first), g.company);
        BOOST_TEST(read.value().held == expected.has_value());
    }
}

/// Behind the back of this process: nothing announces it.
void revoke_in_silence(services& s) {
    s.t.db.execute("UPDATE tenantry.api_key SET revoked_at = '2025-03-05T00:00:00Z'");
}

task<> remember_a_verified_key(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    co_await g.refusal(g.text);
    revoke_in_silence(s);
    const auto remembered = co_await g.refusal(g.text);
    BOOST_TEST(!remembered.has_value());
    s.revoked.announce(s.first.agency);
    const auto announced = co_await g.refusal(g.text);
    BOOST_TEST((announced == errc::revoked_key));
}

task<> remember_nothing_unheard(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    s.revoked.set_listening(false);
    co_await g.refusal(g.text);
    revoke_in_silence(s);
    const auto looked_up = co_await g.refusal(g.text);
    BOOST_TEST((looked_up == errc::revoked_key));
}

task<> act_for_a_client(services& s) {
    guarded g{s};
    co_await g.create("Acme");
    const auto acme = g.company;
    co_await g.create("Beta");
    auto narrowed = co_await g.authenticator.act_for(s.first, acme, soon());
    BOOST_TEST(narrowed.value().company.value() == acme);
    BOOST_TEST(narrowed.value().company_name.value() == "Acme");
    auto unknown = co_await g.authenticator.act_for(s.first, domain::company_id{999'999}, soon());
    BOOST_TEST((unknown.error().code == errc::not_found));
    auto theirs = co_await g.authenticator.act_for(s.second, acme, soon());
    BOOST_TEST((theirs.error().code == errc::not_found));

    auto own = co_await g.ask(g.text);
    auto itself = co_await g.authenticator.act_for(own.value(), g.company, soon());
    BOOST_TEST(itself.value().company.value() == g.company);
    auto another = co_await g.authenticator.act_for(own.value(), acme, soon());
    BOOST_TEST((another.error().code == errc::not_found));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authenticator_test)

BOOST_AUTO_TEST_CASE(a_key_stands_for_its_user_agency_and_company) {
    test::with_services<know_a_key>();
}
BOOST_AUTO_TEST_CASE(missing_malformed_and_unknown_keys_are_told_apart) {
    test::with_services<refuse_what_is_no_key>();
}
BOOST_AUTO_TEST_CASE(a_malformed_key_costs_no_query) {
    test::with_services<refuse_malformed_keys_without_a_query>();
}
BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused_at_once) {
    test::with_services<refuse_a_revoked_key>();
}
BOOST_AUTO_TEST_CASE(a_rotated_key_is_refused_from_the_end_of_its_overlap) {
    test::with_services<end_an_overlap_on_time>();
}
BOOST_AUTO_TEST_CASE(the_key_of_an_inactive_company_is_refused_until_it_is_active_again) {
    test::with_services<refuse_an_inactive_company>();
}
BOOST_AUTO_TEST_CASE(the_key_of_a_held_company_is_refused_until_it_is_released) {
    test::with_services<refuse_a_held_company>();
}
BOOST_AUTO_TEST_CASE(a_verified_key_is_remembered_until_its_agencys_keys_change) {
    test::with_services<remember_a_verified_key>();
}
BOOST_AUTO_TEST_CASE(nothing_is_remembered_while_revocations_are_not_heard_of) {
    test::with_services<remember_nothing_unheard>();
}
BOOST_AUTO_TEST_CASE(an_agencys_key_acts_for_its_own_clients) {
    test::with_services<act_for_a_client>();
}

BOOST_AUTO_TEST_SUITE_END()
