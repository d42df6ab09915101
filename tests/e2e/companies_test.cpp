// Creating, listing and changing companies, from the wire to the rows.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

struct world : running_stack {
    agency_account other = base.make_agency("Pawnee Parks", "Leslie Knope", "demo");
};

world& shared() {
    static world w;
    return w;
}

/// What all of the agency's tables hold, so that "nothing remains" can be said of a request.
std::string row_counts(sql_session& sql) {
    return sql.execute(
        "SELECT concat_ws(' ', (SELECT count(*) FROM tenantry.company), (SELECT count(*) FROM "
        "tenantry.api_key),"
        " (SELECT count(*) FROM tenantry.job), (SELECT count(*) FROM tenantry.audit_event),"
        " (SELECT count(*) FROM tenantry.idempotency_record))");
}

/// A new agency's key, for tests that count.
std::string fresh_agency() {
    return shared().base.make_agency("Sabre", "Jo Bennett").key;
}

void check_refused(const http_reply& reply, unsigned status, const std::string& detail) {
    BOOST_TEST(reply.status == status);
    BOOST_TEST(reply.text("/detail") == detail);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(companies_test)

BOOST_AUTO_TEST_CASE(one_company_is_created_with_the_contracts_four_members) {
    auto owner = shared().owner();
    const auto reply = owner.create({"My first client"});
    BOOST_TEST(reply.status == 201);
    const auto id = reply.integer("/companies/0/id");
    BOOST_TEST(reply.body ==
               fmt::format(R"({{"companies":[{{"id":{},"name":"My first client","owner":)"
                           R"("Michael Scott","active":true}}]}})",
                           id));
}

BOOST_AUTO_TEST_CASE(ten_companies_are_created_in_the_order_asked_for) {
    auto owner = shared().owner();
    strings names;
    for (int i = 0; i < 10; ++i) names.push_back(fmt::format("Branch {}", i));
    const auto reply = owner.create(names);
    BOOST_TEST(reply.status == 201);
    BOOST_TEST(reply.size("/companies") == 10);
    std::set<std::int64_t> ids;
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(reply.text(fmt::format("/companies/{}/name", i)) == names[i]);
        ids.insert(reply.integer(fmt::format("/companies/{}/id", i)));
    }
    BOOST_TEST(ids.size() == 10);
}

BOOST_AUTO_TEST_CASE(eleven_companies_are_refused_and_nothing_remains) {
    auto owner = shared().owner();
    strings names;
    for (int i = 0; i < 11; ++i) names.push_back(fmt::format("Eleven {}", i));
    const auto before = row_counts(shared().base.sql());
    check_refused(owner.create(names), 400, "You can create up to 10 companies with one request.");
    BOOST_TEST(row_counts(shared().base.sql()) == before);
}

BOOST_AUTO_TEST_CASE(one_taken_name_among_ten_refuses_them_all_and_nothing_remains) {
    auto owner = shared().owner();
    owner.create_one("Taken by us");
    const auto before = row_counts(shared().base.sql());
    strings names{"taken BY us"};
    for (int i = 0; i < 9; ++i) names.push_back(fmt::format("Never made {}", i));
    check_refused(owner.create(names), 422,
                  "Company with given name already exist in agency: taken BY us");
    BOOST_TEST(row_counts(shared().base.sql()) == before);
}

BOOST_AUTO_TEST_CASE(of_several_taken_names_the_first_one_of_the_request_is_told) {
    auto owner = shared().owner();
    for (const auto* name : {"Taken: alpha", "Taken: omega", "Taken: mu"}) owner.create_one(name);
    check_refused(owner.create({"Taken: new", "Taken: omega", "Taken: alpha", "Taken: mu"}), 422,
                  "Company with given name already exist in agency: Taken: omega");
}

BOOST_AUTO_TEST_CASE(one_bad_name_among_ten_refuses_them_all_and_nothing_remains) {
    auto owner = shared().owner();
    const auto before = row_counts(shared().base.sql());
    check_refused(owner.create({"Fine", "  ", "Fine too"}), 400,
                  "Requested company name must not be blank.");
    check_refused(owner.create({"Twice", "Other", "TWICE"}), 400,
                  "Requested company names are not unique. Found duplicate: TWICE");
    BOOST_TEST(row_counts(shared().base.sql()) == before);
}

BOOST_AUTO_TEST_CASE(another_agency_may_have_the_name) {
    auto ours = shared().owner();
    auto theirs = shared().as(shared().other.key);
    ours.create_one("Known everywhere");
    const auto reply = theirs.create({"Known everywhere"});
    BOOST_TEST(reply.status == 201);
    BOOST_TEST(reply.text("/companies/0/owner") == "Leslie Knope");
}

BOOST_AUTO_TEST_CASE(names_are_stored_trimmed_and_composed_otherwise_as_given) {
    auto owner = shared().owner();
    const auto reply = owner.create({"  Cafe\u0301  Paper \u00a0"});
    BOOST_TEST(reply.status == 201);
    BOOST_TEST(reply.text("/companies/0/name") == "Caf\u00e9  Paper");
    BOOST_TEST(shared().base.sql().execute("SELECT name FROM tenantry.company WHERE company_id = " +
                                           std::to_string(reply.integer("/companies/0/id"))) ==
               "Caf\u00e9  Paper");
}

BOOST_AUTO_TEST_CASE(names_are_the_same_by_their_case_folded_form) {
    auto owner = shared().owner();
    owner.create_one("Hauptstraße");
    BOOST_TEST(owner.create({"HAUPTSTRASSE"}).status == 422);
    BOOST_TEST(owner.create({"Lange Straße", "LANGE STRASSE"}).status == 400);
    owner.create_one("Caf\u00e9");
    BOOST_TEST(owner.create({"CAFE\u0301"}).status == 422);
}

BOOST_AUTO_TEST_CASE(a_name_of_255_characters_is_the_longest) {
    auto owner = shared().owner();
    std::string longest;
    for (int i = 0; i < 255; ++i) longest += "\u00e9";
    BOOST_TEST(owner.create({longest + "x"}).status == 400);
    BOOST_TEST(owner.create({"  " + longest + "  "}).status == 201);
}

BOOST_AUTO_TEST_CASE(a_name_with_nul_or_a_control_character_is_refused) {
    auto owner = shared().owner();
    using namespace std::string_literals;
    for (const auto& name : {"a\0b"s, "a\nb"s, "a\x7f"s, "a\u0085z"s})
        check_refused(owner.create({name}), 400,
                      "Requested company name contains characters that are not allowed.");
}

BOOST_AUTO_TEST_CASE(fifty_one_companies_are_two_pages) {
    auto owner = shared().as(fresh_agency());
    for (int batch = 0; batch < 6; ++batch) {
        strings names;
        for (int i = 0; i < (batch < 5 ? 10 : 1); ++i)
            names.push_back(fmt::format("Client {}-{}", batch, i));
        BOOST_REQUIRE(owner.create(names).status == 201);
    }
    const auto page = [&](const std::string& query, std::size_t entries, int number) {
        const auto reply = owner.get(std::string{companies_path} + query);
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.size("/content") == entries);
        BOOST_TEST(reply.integer("/pagination_data/total_elements") == 51);
        BOOST_TEST(reply.integer("/pagination_data/total_pages") == 2);
        BOOST_TEST(reply.integer("/pagination_data/current_page_number") == number);
        BOOST_TEST(reply.integer("/pagination_data/page_size") == 50);
        return reply;
    };
    page("", 50, 1);
    BOOST_TEST(page("?page=1", 50, 1).text("/content/0/name") == "Client 0-0");
    BOOST_TEST(page("?page=2", 1, 2).text("/content/0/name") == "Client 5-0");
    page("?page=3", 0, 3);
    for (const auto* bad :
         {"?page=0", "?page=-1", "?page=x", "?page=", "?page=99999999999999999999"})
        BOOST_TEST(owner.get(std::string{companies_path} + bad).status == 400, bad);
}

BOOST_AUTO_TEST_CASE(an_agency_without_companies_has_an_empty_page) {
    auto owner = shared().as(fresh_agency());
    const auto reply = owner.get(companies_path);
    BOOST_TEST(reply.body ==
               R"({"content":[],"pagination_data":{"total_elements":0,"total_pages":0,)"
               R"("current_page_number":1,"page_size":50}})");
}

BOOST_AUTO_TEST_CASE(the_list_can_be_filtered_by_active) {
    auto owner = shared().as(fresh_agency());
    owner.create_one("Stays");
    const auto gone = owner.create_one("Goes");
    BOOST_TEST(owner.patch(company_path(gone), R"({"active":false})").status == 200);
    const auto names = [&](const std::string& query) {
        const auto reply = owner.get(std::string{companies_path} + query);
        std::string all;
        const auto body = reply.json();
        for (const auto& company : body.at("content").as_array())
            all += std::string{company.at("name").as_string()} + ' ';
        return all;
    };
    BOOST_TEST(names("") == "Stays Goes ");
    BOOST_TEST(names("?active=true") == "Stays ");
    BOOST_TEST(names("?active=false") == "Goes ");
    BOOST_TEST(owner.get(std::string{companies_path} + "?active=yes").status == 400);
}

BOOST_AUTO_TEST_CASE(another_agencys_company_is_not_found) {
    auto ours = shared().owner();
    auto theirs = shared().as(shared().other.key);
    const auto id = ours.create_one("Only ours");
    BOOST_TEST(theirs.get(company_path(id)).status == 404);
    BOOST_TEST(theirs.patch(company_path(id), R"({"name":"Stolen"})").status == 404);
    BOOST_TEST(theirs.get(company_path(id, "/api_keys")).status == 404);
    BOOST_TEST(theirs.post(company_path(id, "/api_keys"), R"({"label":"x"})").status == 404);
    BOOST_TEST(ours.get(company_path(id)).text("/name") == "Only ours");
    for (const auto* path : {"/0", "/-1", "/x", "/99999999", "/9999999999999999999999"})
        BOOST_TEST(ours.get(std::string{companies_path} + path).status == 404, path);
}

BOOST_AUTO_TEST_CASE(a_company_can_be_renamed_and_deactivated) {
    auto owner = shared().owner();
    const auto id = owner.create_one("Old name");
    auto reply = owner.patch(company_path(id), R"({"name":" New name ","active":false})");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.text("/name") == "New name");
    BOOST_TEST(!reply.boolean("/active"));
    reply = owner.get(company_path(id));
    BOOST_TEST(reply.text("/name") == "New name");
    BOOST_TEST(!reply.boolean("/active"));
    BOOST_TEST(owner.patch(company_path(id), R"({"name":"NEW NAME"})").status == 200);
    BOOST_TEST(owner.patch(company_path(id), R"({"active":true})").boolean("/active"));
    BOOST_TEST(owner.create({"Old name"}).status == 201);
}

BOOST_AUTO_TEST_CASE(a_change_that_is_refused_changes_nothing) {
    auto owner = shared().owner();
    owner.create_one("In the way");
    const auto id = owner.create_one("Unmoved");
    check_refused(owner.patch(company_path(id), R"({"name":"IN the way","active":false})"), 422,
                  "Company with given name already exist in agency: IN the way");
    check_refused(owner.patch(company_path(id), R"({"name":" "})"), 400,
                  "Requested company name must not be blank.");
    check_refused(owner.patch(company_path(id), R"({"active":"no"})"), 400,
                  "Value of active is incorrect.");
    check_refused(owner.patch(company_path(id), R"({})"), 400,
                  "Value of request body is incorrect.");
    const auto reply = owner.get(company_path(id));
    BOOST_TEST(reply.text("/name") == "Unmoved");
    BOOST_TEST(reply.boolean("/active"));
}

BOOST_AUTO_TEST_CASE(provisioning_goes_from_pending_to_ready_and_brings_the_plans_slots) {
    stack base;
    const auto agency = base.make_agency("Pawnee Parks", "Leslie Knope", "demo");
    const auto api = base.start_api();
    client owner{api.http_port(), agency.key};
    const auto id = owner.create_one("To be provisioned");
    auto reply = owner.get(company_path(id));
    BOOST_TEST(reply.text("/provisioning") == "pending");
    BOOST_TEST(reply.integer("/email_slots") == 0);
    const auto worker = base.start_worker();
    BOOST_REQUIRE(
        eventually([&] { return owner.get(company_path(id)).text("/provisioning") == "ready"; }));
    reply = owner.get(company_path(id));
    BOOST_TEST(reply.integer("/email_slots") == 5);
    BOOST_TEST(reply.integer("/linkedin_slots") == 2);
    BOOST_TEST(reply.integer("/running_campaigns") == 0);
}

BOOST_AUTO_TEST_CASE(all_that_was_created_here_is_complete_in_the_end) {
    BOOST_REQUIRE(every_job_gets_done(shared().base.sql(), 30s));
    BOOST_TEST(faults_of_companies(shared().base.sql()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
