// How long a verified key is remembered, and what makes it forgotten.
#include "api/guard/verified_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "common/crypto/hash.hpp"
#include "common/store/principals.hpp"

using namespace tenantry;
using namespace tenantry::guard;
using namespace std::chrono_literals;

namespace {

using key_cache = verified_cache<store::key_holder>;

constexpr domain::agency_id agency{1}, other{2};
const key_cache::time_point start{};

store::digest hash(int n) {
    return crypto::sha256(std::to_string(n));
}

store::key_holder holder(std::int64_t key) {
    return {.principal = {.agency = agency,
                          .agency_name = "",
                          .user = domain::user_id{1},
                          .user_name = "",
                          .user_email = "",
                          .key = domain::api_key_id{key}},
            .revoked_at = std::nullopt};
}

struct cached {
    service::revocations revoked;
    key_cache cache;

    explicit cached(std::size_t size = 8) : cache{revoked, 10s, size} {
        revoked.set_listening(true);
    }
    void insert(int n) { cache.insert(hash(n), holder(n), revoked.current(agency), start); }
    bool has(int n, key_cache::time_point now = start) {
        const auto* found = cache.find(hash(n), agency, now);
        if (found) BOOST_TEST(found->principal.key.value() == n);
        return found != nullptr;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verified_cache_test)

BOOST_AUTO_TEST_CASE(a_verified_key_is_known_until_its_time_is_over) {
    cached c;
    BOOST_TEST(!c.has(1));
    c.insert(1);
    BOOST_TEST(c.has(1));
    BOOST_TEST(c.has(1, start + 10s - 1ns));
    BOOST_TEST(!c.has(1, start + 10s));
    BOOST_TEST(c.cache.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_revocation_forgets_the_agencys_keys_and_no_others) {
    cached c;
    c.insert(1);
    c.revoked.announce(other);
    BOOST_TEST(c.has(1));
    c.revoked.announce(agency);
    BOOST_TEST(!c.has(1));
    c.insert(1);
    BOOST_TEST(c.has(1));
    c.revoked.announce_all();
    BOOST_TEST(!c.has(1));
}

BOOST_AUTO_TEST_CASE(a_revocation_during_the_lookup_is_not_missed) {
    cached c;
    const auto seen = c.revoked.current(agency);
    c.revoked.announce(agency);
    c.cache.insert(hash(1), holder(1), seen, start);
    BOOST_TEST(!c.has(1));
}

BOOST_AUTO_TEST_CASE(nothing_is_cached_while_revocations_are_not_heard_of) {
    cached c;
    c.insert(1);
    c.revoked.set_listening(false);
    BOOST_TEST(!c.has(1));
    c.insert(2);
    BOOST_TEST(c.cache.size() == 0u);
    c.revoked.set_listening(true);
    BOOST_TEST(!c.has(1));
    BOOST_TEST(!c.has(2));
    c.insert(2);
    BOOST_TEST(c.has(2));
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_than_its_size) {
    cached c{8};
    for (int n = 0; n < 100; ++n) {
        c.insert(n);
        BOOST_TEST(c.cache.size() <= 8u);
    }
    for (int n = 96; n < 100; ++n) BOOST_TEST(c.has(n));
    BOOST_TEST(!c.has(0));
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_outlives_what_is_not) {
    cached c{4};
    c.insert(0);
    for (int n = 1; n < 50; ++n) {
        c.insert(n);
        BOOST_TEST(c.has(0));
    }
    BOOST_TEST(!c.has(1));
}

BOOST_AUTO_TEST_CASE(a_cache_of_no_size_holds_nothing) {
    cached c{0};
    c.insert(1);
    BOOST_TEST(!c.has(1));
    cached one{1};
    one.insert(1);
    BOOST_TEST(!one.has(1));
}

BOOST_AUTO_TEST_SUITE_END()
