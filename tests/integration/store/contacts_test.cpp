// Contacts in the database: all or none, listed by company, seen by their agency alone.
#include "common/store/contacts.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using test::by;
using test::create;
using test::names;
using test::noon;
using test::once;
using test::soon;
using test::tenants;
using kind = verdict::kind;

namespace {

domain::new_contact named(std::string name) {
    return {.name = std::move(name)};
}

task<verdict> insert(tenants& t, create_contacts command) {
    auto answer = co_await run_alone(t.api, command, soon());
    if (!answer) BOOST_ERROR(answer.error().message);
    co_return answer.value();
}

using contacts_page = domain::page<domain::contact>;

task<contacts_page> list(tenants& t, const agency_ids& who, domain::company_id company,
                         domain::window part = domain::window::page(1, 100)) {
    auto found = co_await list_contacts(t.api, who.agency, company, part, soon());
    co_return found.value();
}

std::string names_of(const std::vector<domain::contact>& contacts) {
    std::string all;
    for (const auto& contact : contacts) all += contact.name + " ";
    return all;
}

task<> read_back(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    const domain::new_contact pam{
        "Pam", true, "pam@example.com", {"1", "2"}, "Front desk\n{\"a\"}"};
    const domain::new_contact jim{.name = "Jim", .phones = {"3"}};
    create_contacts command{by(t.first), company, {pam, named("Dwight"), jim}};
    const auto v = co_await insert(t, command);
    BOOST_TEST((v.what == kind::done));
    const auto found = co_await list(t, t.first, company);
    BOOST_TEST(found.total_elements == 3);
    BOOST_TEST(names_of(found.content) == "Pam Dwight Jim ");
    const auto& first = found.content[0];
    BOOST_TEST(first.company == company);
    BOOST_TEST(first.email.value() == "pam@example.com");
    BOOST_TEST(first.phones == pam.phones, boost::test_tools::per_element());
    BOOST_TEST(first.comment.value() == pam.comment.value());
    BOOST_TEST((first.notify_at.value() == noon));
    BOOST_TEST((first.created_at == noon && first.updated_at == noon));
    const auto& second = found.content[1];
    BOOST_TEST((!second.email && !second.comment && !second.notify_at && second.phones.empty()));
    BOOST_TEST(found.content[2].phones == jim.phones, boost::test_tools::per_element());
    BOOST_TEST(t.db.execute("SELECT company_id || ' ' || details FROM tenantry.audit_event"
                            " WHERE action = 'contacts.created'") ==
               fmt::format("{} {{\"count\": 3}}", company));
}

task<> take_the_largest_request(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    domain::new_contact largest{.name = std::string(domain::max_contact_name, 'n'), .notify = true};
    largest.phones.assign(domain::max_phones, std::string(domain::max_phone, '1'));
    largest.comment = std::string(domain::max_comment, 'c');
    create_contacts command{by(t.first), company};
    command.contacts.assign(domain::max_contacts_per_request, largest);
    const auto v = co_await insert(t, std::move(command));
    BOOST_TEST((v.what == kind::done));
    const auto found = co_await list(t, t.first, company);
    BOOST_TEST(found.total_elements == 100);
    BOOST_TEST(found.content.back().phones == largest.phones, boost::test_tools::per_element());
}

task<> list_by_parts(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    const auto empty = co_await list(t, t.first, company);
    BOOST_TEST((empty.total_elements == 0 && empty.content.empty() && !empty.has_more));
    create_contacts command{by(t.first), company, {named("a"), named("b"), named("c")}};
    co_await insert(t, command);
    const auto first = co_await list(t, t.first, company, domain::window::page(1, 2));
    BOOST_TEST(names_of(first.content) == "a b ");
    BOOST_TEST((first.total_elements == 3 && first.has_more && first.size == 2));
    const auto second = co_await list(t, t.first, company, domain::window::page(2, 2));
    BOOST_TEST(names_of(second.content) == "c ");
    BOOST_TEST((second.number == 2 && !second.has_more));
    const auto beyond = co_await list(t, t.first, company, domain::window::page(3, 2));
    BOOST_TEST((beyond.content.empty() && beyond.total_elements == 3 && !beyond.has_more));
}

task<> stay_with_their_agency(tenants& t) {
    const auto ours = (co_await create(t, t.first, names("Acme")))[0];
    const auto theirs = (co_await create(t, t.second, names("Acme")))[0];
    create_contacts known{by(t.second), theirs, {named("Leslie")}};
    co_await insert(t, known);
    for (const auto company : {theirs, domain::company_id{999}}) {
        create_contacts command{by(t.first), company, {named("Pam")}};
        const auto v = co_await insert(t, command);
        BOOST_TEST((v.what == kind::refused));
        auto seen =
            co_await list_contacts(t.api, t.first.agency, company, domain::window::page(1), soon());
        BOOST_TEST((seen.error().code == errc::not_found));
    }
    const std::vector<domain::company_id> both{ours, theirs};
    auto of_both = co_await contacts_of(t.api, t.first.agency, both, 100, soon());
    BOOST_TEST(of_both.value().empty());
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.contact") == "1");
}

task<> come_with_their_companies(tenants& t) {
    const auto companies = co_await create(t, t.first, names("Acme", "Beta", "Gamma"));
    create_contacts beta{by(t.first), companies[1], {named("b1"), named("b2"), named("b3")}};
    co_await insert(t, beta);
    create_contacts acme{by(t.first), companies[0], {named("a1")}};
    co_await insert(t, acme);
    auto all = co_await contacts_of(t.api, t.first.agency, companies, 2, soon());
    BOOST_TEST(names_of(all.value()) == "a1 b1 b2 ");
    auto none = co_await contacts_of(t.api, t.first.agency, {}, 2, soon());
    BOOST_TEST(none.value().empty());
}

task<> replay(tenants& t) {
    const auto company = (co_await create(t, t.first, names("Acme")))[0];
    create_contacts command{by(t.first), company, {named("Pam")}};
    command.idempotency = once("k");
    command.response.body = "first";
    co_await insert(t, command);
    command.response.body = "second";
    const auto again = co_await insert(t, command);
    BOOST_TEST((again.what == kind::replayed));
    BOOST_TEST(again.replay.body == "first");
    const auto found = co_await list(t, t.first, company);
    BOOST_TEST(found.total_elements == 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contacts_test)

BOOST_AUTO_TEST_CASE(contacts_are_read_back_in_the_order_of_the_request) {
    test::with_tenants(read_back);
}
BOOST_AUTO_TEST_CASE(the_largest_request_there_may_be_is_one_statement) {
    test::with_tenants(take_the_largest_request);
}
BOOST_AUTO_TEST_CASE(a_company_has_its_contacts_by_parts) {
    test::with_tenants(list_by_parts);
}
BOOST_AUTO_TEST_CASE(a_company_of_another_agency_has_no_contacts_and_gets_none) {
    test::with_tenants(stay_with_their_agency);
}
BOOST_AUTO_TEST_CASE(many_companies_have_their_contacts_in_one_query) {
    test::with_tenants(come_with_their_companies);
}
BOOST_AUTO_TEST_CASE(a_repeated_request_inserts_nothing) {
    test::with_tenants(replay);
}

BOOST_AUTO_TEST_SUITE_END()
