// Sessions against a real database: who is given one, what it is good for, and what ends it.
#include "api/guard/session_guard.hpp"

#include <boost/test/unit_test.hpp>

#include "common/crypto/api_key_text.hpp"
#include "common/crypto/session_token.hpp"
#include "tests/integration/service/services.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using test::request_of;
using test::services;
using test::soon;

namespace {

store::stored_response encode_token(const service::session& session) {
    return {.body = session.token};
}

constexpr auto life = 12h;

/// A company of each agency with its first key, and a guard over the same database.
struct guarded {
    explicit guarded(services& on) : s{on}, guard{on.env, 1h, 100} {
        s.revoked.set_listening(true);
    }

    services& s;
    guard::session_guard guard;
    service::api_key ours{domain::api_key_id{0}, {}}, theirs{domain::api_key_id{0}, {}};
    domain::company_id company{0};

    task<> prepare() {
        const auto foreign = co_await test::create_company(s, s.second, "Acme");
        theirs = foreign.key;
        const auto own = co_await test::create_company(s, s.first, "Acme");
        ours = own.key;
        company = own.company;
    }

    task<result<service::answer>> open(std::string key, const char* idempotency = nullptr) {
        co_return co_await service::open_session(s.env, request_of(s.first, idempotency),
                                                 std::move(key), encode_token);
    }

    task<std::string> token() {
        auto opened = co_await open(ours.text);
        co_return opened.value().response.body;
    }

    task<std::optional<errc>> refusal(std::string token,
                                      std::optional<domain::agency_id> agency = std::nullopt) {
        const auto admitted = co_await guard.admit(token, agency.value_or(s.first.agency), soon());
        if (admitted) co_return std::nullopt;
        co_return admitted.error().code;
    }

    task<std::optional<errc>> end(std::string token, const domain::principal& by,
                                  const char* idempotency = nullptr) {
        store::stored_response nothing{.status = 204};
        auto ended = co_await service::end_session(s.env, request_of(by, idempotency),
                                                   std::move(token), std::move(nothing));
        if (ended) co_return std::nullopt;
        co_return ended.error().code;
    }
};

constexpr auto invalid = errc::invalid_session;

/// The session counts until that moment, and not from then on.
task<> ends_after(guarded& g, const std::string& token, std::chrono::microseconds moment) {
    g.s.time.advance(moment - 1us);
    const auto just_before = co_await g.refusal(token);
    BOOST_TEST(!just_before.has_value());
    g.s.time.advance(1us);
    const auto then = co_await g.refusal(token);
    BOOST_TEST((then == invalid));
}

task<> admit_a_session(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    const auto admitted = co_await g.refusal(token);
    BOOST_TEST(!admitted.has_value());
    const auto missing = co_await g.refusal("");
    BOOST_TEST((missing == errc::missing_session));
    const auto malformed = co_await g.refusal("x");
    BOOST_TEST((malformed == invalid));
    BOOST_TEST(s.t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action ="
                              " 'session.opened'") == "1");
    // The token itself is nowhere.
    const auto row = s.t.db.execute("SELECT s::text FROM tenantry.session s");
    BOOST_TEST(row.find(token.substr(token.rfind('.'))) == std::string::npos);
}

task<> refuse_a_session_to_a_bad_key(services& s) {
    guarded g{s};
    co_await g.prepare();
    const std::pair<std::string, errc> keys[] = {
        {"", errc::missing_key},
        {"x", errc::malformed_key},
        {crypto::mint_api_key(s.first.agency), errc::unknown_key},
        {g.theirs.text, errc::unknown_key}};
    for (const auto& [text, expected] : keys) {
        const auto opened = co_await g.open(text);
        BOOST_TEST_REQUIRE(opened.has_error());
        BOOST_TEST((opened.error().code == expected));
    }
    auto revoked =
        co_await service::revoke_api_key(s.env, request_of(s.first), g.company, g.ours.id);
    BOOST_TEST(revoked.has_value());
    const auto opened = co_await g.open(g.ours.text);
    BOOST_TEST((opened.error().code == errc::revoked_key));
    BOOST_TEST(s.t.db.execute("SELECT count(*) FROM tenantry.session") == "0");
}

task<> end_in_time(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    co_await ends_after(g, token, life + domain::session_clock_skew);
    // That was from the cache; now from the database.
    s.revoked.announce(s.first.agency);
    const auto then = co_await g.refusal(token);
    BOOST_TEST((then == invalid));
}

task<> end_when_its_row_says(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    s.t.db.execute("UPDATE tenantry.session SET expires_at = '2025-03-05T13:00:00Z'");
    co_await ends_after(g, token, 1h + domain::session_clock_skew);
}

task<> refuse_the_future(services& s) {
    guarded g{s};
    co_await g.prepare();
    s.time.advance(1h);
    const auto token = co_await g.token();
    s.time.advance(-domain::session_clock_skew);
    const auto within = co_await g.refusal(token);
    BOOST_TEST(!within.has_value());
    s.revoked.announce(s.first.agency);
    s.time.advance(-1us);
    const auto beyond = co_await g.refusal(token);
    BOOST_TEST((beyond == invalid));
}

task<> end_with_its_revocation(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token(), other = co_await g.token();
    const auto before = co_await g.refusal(token);
    BOOST_TEST(!before.has_value());
    const auto foreign = co_await g.end(token, s.second);
    BOOST_TEST((foreign == invalid));
    const auto ended = co_await g.end(token, s.first, "end-it");
    BOOST_TEST(!ended.has_value());
    const auto after = co_await g.refusal(token);
    BOOST_TEST((after == invalid));
    const auto of_other = co_await g.refusal(other);
    BOOST_TEST(!of_other.has_value());
    const auto again = co_await g.end(token, s.first);
    BOOST_TEST((again == invalid));
    const auto repeated = co_await g.end(token, s.first, "end-it");
    BOOST_TEST(!repeated.has_value());
    for (const auto* text : {"x", "a.b.c"}) {
        const auto forged = co_await g.end(text, s.first);
        BOOST_TEST((forged == invalid));
    }
    const auto none = co_await g.end("", s.first);
    BOOST_TEST((none == errc::missing_session));
}

task<> end_with_its_key(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    const auto before = co_await g.refusal(token);
    BOOST_TEST(!before.has_value());
    auto revoked =
        co_await service::revoke_api_key(s.env, request_of(s.first), g.company, g.ours.id);
    BOOST_TEST(revoked.has_value());
    const auto after = co_await g.refusal(token);
    BOOST_TEST((after == invalid));
}

task<> end_with_an_overlap(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    s.t.db.execute("UPDATE tenantry.api_key SET revoked_at = '2025-03-05T13:00:00Z'");
    co_await ends_after(g, token, 1h);
}

task<> pause_with_a_held_company(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    for (const bool held : {true, false}) {
        s.t.db.execute(fmt::format("UPDATE tenantry.company SET held = {}", held));
        s.revoked.announce(s.first.agency);
        const auto refused = co_await g.refusal(token);
        BOOST_TEST((refused == (held ? std::optional{invalid} : std::nullopt)));
    }
}

task<> pause_with_its_company(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    for (const bool active : {false, true}) {
        const domain::company_change change{.active = active};
        auto changed =
            co_await service::update_company(s.env, request_of(s.first), g.company, change);
        BOOST_TEST(changed.has_value());
        const auto refused = co_await g.refusal(token);
        BOOST_TEST((refused == (active ? std::nullopt : std::optional{invalid})));
    }
}

task<> belong_to_one_agency(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    for (int i = 0; i < 2; ++i) {
        const auto own = co_await g.refusal(token);
        BOOST_TEST(!own.has_value());
        const auto foreign = co_await g.refusal(token, s.second.agency);
        BOOST_TEST((foreign == invalid));
    }
}

task<> refuse_what_only_looks_signed(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto now = std::chrono::floor<std::chrono::seconds>(s.time.now());
    const domain::session_claims unknown{s.first.user, "unknown", now, now + 1h};
    const auto key = s.sealer.derived_key("session tokens, HS256");
    const auto no_session = co_await g.refusal(crypto::sign_session(key, unknown));
    BOOST_TEST((no_session == invalid));
    // A session of ours in the name of another user.
    const auto token = co_await g.token();
    auto claims = crypto::verify_session(key, token).value();
    claims.user = domain::user_id{claims.user.value() + 1};
    const auto another = co_await g.refusal(crypto::sign_session(key, claims));
    BOOST_TEST((another == invalid));
    const auto foreign_key = crypto::secret_key::generate();
    claims.user = s.first.user;
    const auto foreign = co_await g.refusal(crypto::sign_session(foreign_key, claims));
    BOOST_TEST((foreign == invalid));
}

task<> be_remembered(services& s) {
    guarded g{s};
    co_await g.prepare();
    const auto token = co_await g.token();
    co_await g.refusal(token);
    s.t.db.execute("UPDATE tenantry.session SET revoked_at = created_at");
    const auto remembered = co_await g.refusal(token);
    BOOST_TEST(!remembered.has_value());
    s.revoked.announce(s.first.agency);
    const auto announced = co_await g.refusal(token);
    BOOST_TEST((announced == invalid));
}

task<> be_stored_sealed(services& s) {
    guarded g{s};
    co_await g.prepare();
    auto first = co_await g.open(g.ours.text, "open");
    auto again = co_await g.open(g.ours.text, "open");
    BOOST_TEST(!first.value().replayed);
    BOOST_TEST(again.value().replayed);
    BOOST_TEST(first.value().response.body == again.value().response.body);
    BOOST_TEST(s.t.db.execute("SELECT count(*) FROM tenantry.idempotency_record WHERE"
                              " keyring_version IS NOT NULL AND position('eyJ'::bytea IN body) ="
                              " 0") == "1");
    BOOST_TEST(s.t.db.execute("SELECT count(*) FROM tenantry.session") == "1");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_guard_test)

BOOST_AUTO_TEST_CASE(a_session_of_the_agency_is_admitted_and_its_token_is_not_kept) {
    test::with_services<admit_a_session>();
}
BOOST_AUTO_TEST_CASE(a_key_that_is_not_valid_in_the_agency_gets_no_session) {
    test::with_services<refuse_a_session_to_a_bad_key>();
}
BOOST_AUTO_TEST_CASE(a_session_ends_in_time_however_it_is_known) {
    test::with_services<end_in_time>();
}
BOOST_AUTO_TEST_CASE(a_session_whose_row_ends_earlier_ends_with_it) {
    test::with_services<end_when_its_row_says>();
}
BOOST_AUTO_TEST_CASE(a_session_from_the_future_is_refused_beyond_the_skew) {
    test::with_services<refuse_the_future>();
}
BOOST_AUTO_TEST_CASE(a_session_is_ended_once_and_no_other_with_it) {
    test::with_services<end_with_its_revocation>();
}
BOOST_AUTO_TEST_CASE(a_session_ends_with_its_key) {
    test::with_services<end_with_its_key>();
}
BOOST_AUTO_TEST_CASE(a_session_ends_with_the_overlap_of_its_rotated_key) {
    test::with_services<end_with_an_overlap>();
}
BOOST_AUTO_TEST_CASE(a_session_rests_while_its_company_is_inactive) {
    test::with_services<pause_with_its_company>();
}
BOOST_AUTO_TEST_CASE(a_session_rests_while_its_company_is_on_hold) {
    test::with_services<pause_with_a_held_company>();
}
BOOST_AUTO_TEST_CASE(a_session_is_good_in_its_agency_alone) {
    test::with_services<belong_to_one_agency>();
}
BOOST_AUTO_TEST_CASE(a_token_of_no_session_or_of_another_user_is_refused) {
    test::with_services<refuse_what_only_looks_signed>();
}
BOOST_AUTO_TEST_CASE(a_verified_session_is_remembered_until_something_is_revoked) {
    test::with_services<be_remembered>();
}
BOOST_AUTO_TEST_CASE(a_repeated_request_gets_its_session_again_which_was_stored_sealed) {
    test::with_services<be_stored_sealed>();
}

BOOST_AUTO_TEST_SUITE_END()
