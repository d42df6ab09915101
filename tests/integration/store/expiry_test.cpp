// What has had its time goes, of every agency; nothing else does.
#include "common/store/expiry.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

/// Ages of what the tests put there, around the moment from which a row may go.
constexpr const char* ages = "unnest(ARRAY[-3600, 1, 3590, 3610, 86400, 999999]) AS age";
constexpr int kept_ages = 3;

void add_idempotency_records(tenants& t, const agency_ids& who) {
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.idempotency_record (agency_id, endpoint, idempotency_key, "
        "request_hash,"
        " status, body, created_at, expires_at) SELECT {}, 'POST /x', age, decode(repeat('00', 32),"
        " 'hex'), 201, '', now() - interval '30 days', now() - age * interval '1 s' FROM {}",
        who.agency, ages));
}

void add_sessions(tenants& t, const agency_ids& who) {
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.api_key (agency_id, api_key_id, user_id, scope, lookup_hash, "
        "sealed_key,"
        " keyring_version, created_at) SELECT {0}, 1, {1}, 'read_write', decode(repeat('00', 32), "
        "'hex'),"
        " '', 1, now();"
        " INSERT INTO tenantry.session SELECT {0}, age, 1, {1}, now() - interval '30 days',"
        " now() - age * interval '1 s' FROM {2}",
        who.agency, who.owner, ages));
}

void add_unique_jobs(tenants& t, const agency_ids& who) {
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.unique_job SELECT {}, age, 1, now() - age * interval '1 s'"
        " FROM {}",
        who.agency, ages));
}

struct kind_of_row {
    perishable what;
    const char* table;
    const char* at;
    void (*add)(tenants&, const agency_ids&);
};
constexpr kind_of_row kinds[] = {
    {perishable::idempotency_record, "idempotency_record", "expires_at", add_idempotency_records},
    {perishable::session, "session", "expires_at", add_sessions},
    {perishable::unique_job, "unique_job", "until", add_unique_jobs},
};

/// How many rows there are, and whether all of them are to be kept.
std::string left(tenants& t, const kind_of_row& kind) {
    return t.db.execute(
        fmt::format("SELECT concat_ws(' ', count(*), bool_and({} > now() - interval '1 hour')) "
                    "FROM tenantry.{}",
                    kind.at, kind.table));
}

task<expired> delete_some(tenants& t, perishable what, timestamp from, int at_most) {
    auto done = co_await delete_expired(t.worker, what, from, at_most, soon());
    BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().message));
    co_return *done;
}

task<> delete_exactly(tenants& t) {
    for (const auto& kind : kinds) {
        kind.add(t, t.first);
        kind.add(t, t.second);
        const auto done = co_await delete_some(t, kind.what, timestamp::min(), 1000);
        BOOST_TEST(done.found == 6);
        BOOST_TEST(done.deleted == 6);
        BOOST_TEST(left(t, kind) == fmt::format("{} t", 2 * kept_ages), kind.table);
        const auto again = co_await delete_some(t, kind.what, timestamp::min(), 1000);
        BOOST_TEST(again.found == 0);
    }
}

task<> delete_in_parts(tenants& t) {
    for (const auto& kind : kinds) {
        kind.add(t, t.first);
        kind.add(t, t.second);
        auto from = timestamp::min();
        std::vector<std::int64_t> deleted;
        for (std::int64_t found = 4; found == 4;) {
            const auto part = co_await delete_some(t, kind.what, from, 4);
            BOOST_TEST((part.reached >= from));
            found = part.found;
            from = part.reached;
            deleted.push_back(part.deleted);
        }
        const std::vector<std::int64_t> expected{4, 2};
        BOOST_TEST(deleted == expected, boost::test_tools::per_element());
        BOOST_TEST(left(t, kind) == fmt::format("{} t", 2 * kept_ages), kind.table);
    }
}

task<> free_numbers(tenants& t) {
    // The first agency: one that is there, one that is deleted, one that never was. The second:
    // one.
    t.db.execute(fmt::format(
        "INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at,"
        " updated_at) SELECT a, 1, 'Acme', 'acme', o, now(), now() FROM (VALUES ({0}, {1}), ({2},"
        " {3})) AS t(a, o);"
        " INSERT INTO tenantry.location (agency_id, location_id, company_id, job_id, name, "
        "area_code,"
        " created_at, updated_at, deleted_at) VALUES ({0}, 1, 1, 1, 'x', '212', now(), now(), "
        "NULL),"
        " ({0}, 2, 1, 2, 'x', '212', now(), now(), now()), ({2}, 3, 1, 3, 'x', '212', now(), now(),"
        " NULL);"
        " UPDATE tenantry.phone_number p SET holder_agency_id = a, location_id = l FROM (VALUES"
        " ('0', {0}, 1), ('1', {0}, 2), ('2', {0}, 3), ('3', {2}, 3)) AS t(n, a, l)"
        " WHERE number = '+1212555010' || n",
        t.first.agency, t.first.owner, t.second.agency, t.second.owner));
    const auto holders = co_await find_number_holders(t.worker, domain::agency_id{0}, 10, soon());
    const std::vector both{t.first.agency.value(), t.second.agency.value()};
    BOOST_TEST(holders.value() == both, boost::test_tools::per_element());
    const auto behind = co_await find_number_holders(t.worker, t.first.agency, 10, soon());
    BOOST_TEST(behind.value().size() == 1u);
    auto freed = co_await free_orphaned_numbers(t.worker, both, soon());
    BOOST_TEST_REQUIRE(freed.has_value(), (freed ? "" : freed.error().message));
    std::ranges::sort(*freed);
    const std::vector<std::string> expected{"+12125550101", "+12125550102"};
    BOOST_TEST(*freed == expected, boost::test_tools::per_element());
    BOOST_TEST(
        t.db.execute("SELECT count(*) FROM tenantry.phone_number WHERE holder_agency_id IS NOT"
                     " NULL") == "2");
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.phone_number WHERE free_from > now() +"
                            " interval '29 days'") == "2");
    const auto none = co_await free_orphaned_numbers(t.worker, both, soon());
    BOOST_TEST(none.value().empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(expiry_test)

BOOST_AUTO_TEST_CASE(what_expired_an_hour_ago_goes_of_every_agency_and_nothing_else) {
    test::with_tenants(delete_exactly);
}
BOOST_AUTO_TEST_CASE(a_large_table_is_cleared_in_parts) {
    test::with_tenants(delete_in_parts);
}
BOOST_AUTO_TEST_CASE(numbers_that_no_location_has_are_taken_back) {
    test::with_tenants(free_numbers);
}

BOOST_AUTO_TEST_SUITE_END()
