// API keys in the database: made, listed, rotated, revoked, sealed again.
#include "common/store/api_keys.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/principals.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::by;
using test::create;
using test::key_of;
using test::names;
using test::noon;
using test::once;
using test::soon;
using test::tenants;
using kind = verdict::kind;

namespace {

struct listing {
    domain::company_id company;
    bool any_scope = true;
    timestamp now = noon;
    std::int64_t page = 1;
};

task<company_keys> list(tenants& t, listing what) {
    auto found = co_await list_api_keys(t.api, t.first.agency, what.company, t.first.owner,
                                        what.any_scope, what.now, what.page, soon());
    co_return found.value();
}

store::create_api_key labelled(tenants& t, const agency_ids& who,
                               std::optional<domain::company_id> company, std::string label) {
    return {by(who), company, key_of(t.next_id()), std::move(label)};
}

task<verdict> insert(tenants& t, store::create_api_key command) {
    auto answer = co_await run_alone(t.api, command, soon());
    co_return answer.value();
}

task<verdict> rotate(tenants& t, store::rotate_api_key command) {
    auto answer = co_await replace_api_key(t.api, command, soon());
    co_return answer.value();
}

std::vector<std::int64_t> ids_of(const company_keys& keys) {
    std::vector<std::int64_t> ids;
    for (const auto& key : keys.keys.content) ids.push_back(key.id.value());
    return ids;
}

task<std::optional<key_holder>> holder_of(tenants& t, const agency_ids& who,
                                          const new_api_key& key) {
    std::vector<wanted_key> wanted(1, {who.agency, key.lookup_hash});
    auto found = co_await find_key_holders(t.api, std::move(wanted), soon());
    co_return found.value().front();
}

task<> be_born_with_one(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    const auto found = co_await list(t, listing{company});
    BOOST_TEST(found.company_exists);
    BOOST_TEST_REQUIRE(found.keys.content.size() == 1u);
    const auto& key = found.keys.content[0];
    const auto written = key_of(key.id.value());
    BOOST_TEST((key.lookup_hash == written.lookup_hash));
    BOOST_TEST((key.sealed_key == written.sealed_key));
    BOOST_TEST(key.keyring_version == 1);
    BOOST_TEST((key.scope == domain::key_scope::read_write));
    BOOST_TEST(!key.label.has_value());
    BOOST_TEST(!key.revoked_at.has_value());
    const auto holder = co_await holder_of(t, t.first, written);
    BOOST_TEST_REQUIRE(holder.has_value());
    BOOST_TEST(holder->principal.company.value() == company);
    BOOST_TEST(holder->principal.company_name.value() == "Acme");
    BOOST_TEST(holder->principal.user_name == "Michael Scott");
    BOOST_TEST(holder->principal.agency_name == "First agency");
    const auto elsewhere = co_await holder_of(t, t.second, written);
    BOOST_TEST(!elsewhere.has_value());
}

task<> list_what_the_user_made(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    auto read_only = labelled(t, t.first, company, "reader");
    read_only.scope = domain::key_scope::read_only;
    co_await insert(t, read_only);
    auto foreign = labelled(t, t.first, company, "of another user");
    foreign.user = domain::user_id{std::stoll(t.db.execute(fmt::format(
        "INSERT INTO tenantry.app_user (agency_id, name, email, created_at) VALUES ({}, 'Pam',"
        " 'pam@example.com', now()) RETURNING user_id",
        t.first.agency)))};
    co_await insert(t, foreign);
    const auto mine = co_await list(t, listing{company});
    BOOST_TEST(mine.keys.total_elements == 2);
    BOOST_TEST(mine.keys.content[1].label.value() == "reader");
    const auto readers = co_await list(t, listing{company, false});
    const std::vector<std::int64_t> only{read_only.key.id.value()};
    BOOST_TEST(ids_of(readers) == only);
    auto all = co_await list_all_api_keys(t.owner, t.first.agency, soon());
    BOOST_TEST(all.value().size() == 3u);
}

task<> list_by_pages(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    for (int i = 0; i < 50; ++i) co_await insert(t, labelled(t, t.first, company, "more"));
    const auto first = co_await list(t, listing{company});
    BOOST_TEST(first.keys.content.size() == 50u);
    BOOST_TEST(first.keys.total_elements == 51);
    const auto second = co_await list(t, listing{.company = company, .page = 2});
    BOOST_TEST(second.keys.content.size() == 1u);
    const auto third = co_await list(t, listing{.company = company, .page = 3});
    BOOST_TEST(third.keys.content.empty());
}

task<> refuse_an_unknown_company(tenants& t) {
    const auto theirs = (co_await create(t, t.second, names("Acme")))[0];
    for (const auto company : {theirs, domain::company_id{999}}) {
        const auto found = co_await list(t, listing{company});
        BOOST_TEST(!found.company_exists);
        BOOST_TEST(found.keys.content.empty());
        const auto v = co_await insert(t, labelled(t, t.first, company, "x"));
        BOOST_TEST((v.what == kind::refused));
        BOOST_TEST(v.subject == "");
    }
    const auto of_the_agency = labelled(t, t.first, std::nullopt, "agency");
    const auto v = co_await insert(t, of_the_agency);
    BOOST_TEST((v.what == kind::done));
    const auto holder = co_await holder_of(t, t.first, of_the_agency.key);
    BOOST_TEST(!holder.value().principal.company.has_value());
}

task<> replay_a_creation(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    auto command = labelled(t, t.first, company, "x");
    command.idempotency = once("k");
    command.response = {.status = 201, .body = "sealed", .keyring_version = 4};
    co_await insert(t, command);
    command.key = key_of(t.next_id());
    const auto again = co_await insert(t, command);
    BOOST_TEST((again.what == kind::replayed));
    BOOST_TEST(again.replay.body == "sealed");
    BOOST_TEST(again.replay.keyring_version.value() == 4);
    const auto found = co_await list(t, listing{company});
    BOOST_TEST(found.keys.total_elements == 2);
}

task<> revoke(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    const auto key = labelled(t, t.first, company, "x");
    co_await insert(t, key);
    const auto end = [&](const agency_ids& who, domain::company_id in) {
        return revoke_api_key(t.api, by(who, noon + 1h), in, key.key.id, soon());
    };
    auto foreign = co_await end(t.second, company);
    BOOST_TEST((foreign.error().code == errc::not_found));
    auto wrong_company = co_await end(t.first, domain::company_id{999});
    BOOST_TEST((wrong_company.error().code == errc::not_found));
    auto done = co_await end(t.first, company);
    BOOST_TEST(done.has_value());
    auto twice = co_await end(t.first, company);
    BOOST_TEST((twice.error().code == errc::not_found));

    const auto holder = co_await holder_of(t, t.first, key.key);
    BOOST_TEST((holder.value().revoked_at.value() == noon + 1h));
    const auto before = co_await list(t, listing{.company = company, .now = noon + 1h - 1us});
    BOOST_TEST(before.keys.total_elements == 2);
    const auto from_then_on = co_await list(t, listing{.company = company, .now = noon + 1h});
    BOOST_TEST(from_then_on.keys.total_elements == 1);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action ="
                            " 'api_key.revoked'") == "1");
}

task<> replace(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    auto old = labelled(t, t.first, company, "label");
    old.scope = domain::key_scope::read_only;
    co_await insert(t, old);
    store::rotate_api_key command{by(t.first), company, old.key.id, key_of(t.next_id()), noon + 1h};
    const auto done = co_await rotate(t, command);
    BOOST_TEST((done.what == kind::done));
    const auto overlap = co_await list(t, listing{company});
    BOOST_TEST_REQUIRE(overlap.keys.content.size() == 3u);
    BOOST_TEST((overlap.keys.content[1].revoked_at.value() == noon + 1h));
    BOOST_TEST(overlap.keys.content[2].label.value() == "label");
    BOOST_TEST((overlap.keys.content[2].scope == domain::key_scope::read_only));

    // A key that is about to end has its successor: it has no second one.
    command.key = key_of(t.next_id());
    command.old_key_ends = noon + 24h;
    const auto later = co_await rotate(t, command);
    BOOST_TEST((later.what == kind::refused));
    const auto holder = co_await holder_of(t, t.first, old.key);
    BOOST_TEST((holder.value().revoked_at.value() == noon + 1h));
}

task<> refuse_to_replace(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    const auto other = (co_await create(t, t.first, names("Beta")))[0];
    const auto old = labelled(t, t.first, company, "x");
    co_await insert(t, old);
    const auto replacing = [&](const agency_ids& who, domain::company_id in) {
        return store::rotate_api_key{by(who), in, old.key.id, key_of(t.next_id()), noon};
    };
    const auto foreign = co_await rotate(t, replacing(t.second, company));
    BOOST_TEST((foreign.what == kind::refused));
    const auto wrong_company = co_await rotate(t, replacing(t.first, other));
    BOOST_TEST((wrong_company.what == kind::refused));
    const auto at_once = co_await rotate(t, replacing(t.first, company));
    BOOST_TEST((at_once.what == kind::done));
    const auto ended = co_await rotate(t, replacing(t.first, company));
    BOOST_TEST((ended.what == kind::refused));
}

task<> seal_again(tenants& t) {
    co_await create(t, t.first, names("A", "B"));
    co_await create(t, t.second, names("C"));
    auto some = co_await find_keys_sealed_otherwise(t.owner, 2, 2, soon());
    BOOST_TEST_REQUIRE(some.value().size() == 2u);
    auto keys = std::move(some.value());
    for (auto& key : keys) {
        key.sealed_key.assign(3, std::byte{9});
        key.keyring_version = 2;
    }
    auto done = co_await reseal_api_keys(t.owner, keys, soon());
    BOOST_TEST(done.has_value());
    auto rest = co_await find_keys_sealed_otherwise(t.owner, 2, 10, soon());
    BOOST_TEST(rest.value().size() == 1u);
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.api_key WHERE sealed_key = '\\x090909'"
                            " AND keyring_version = 2") == "2");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(api_keys_test)

BOOST_AUTO_TEST_CASE(a_company_is_born_with_one_key_that_names_its_holder) {
    test::with_tenants(be_born_with_one);
}
BOOST_AUTO_TEST_CASE(a_user_sees_the_keys_that_user_created_and_a_reader_those_of_readers) {
    test::with_tenants(list_what_the_user_made);
}
BOOST_AUTO_TEST_CASE(a_page_has_fifty_keys) {
    test::with_tenants(list_by_pages);
}
BOOST_AUTO_TEST_CASE(a_company_of_another_agency_gets_no_key) {
    test::with_tenants(refuse_an_unknown_company);
}
BOOST_AUTO_TEST_CASE(a_repeated_creation_makes_no_second_key) {
    test::with_tenants(replay_a_creation);
}
BOOST_AUTO_TEST_CASE(a_key_is_revoked_once_by_its_agency_from_that_instant_on) {
    test::with_tenants(revoke);
}
BOOST_AUTO_TEST_CASE(a_rotated_key_lives_on_for_its_overlap_and_never_longer) {
    test::with_tenants(replace);
}
BOOST_AUTO_TEST_CASE(a_key_of_another_company_or_a_revoked_one_is_not_rotated) {
    test::with_tenants(refuse_to_replace);
}
BOOST_AUTO_TEST_CASE(keys_of_other_keyring_versions_are_sealed_again_in_batches) {
    test::with_tenants(seal_again);
}

BOOST_AUTO_TEST_SUITE_END()
