#include "common/store/companies.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::by;
using test::create;
using test::names;
using test::noon;
using test::soon;
using test::tenants;

namespace {

task<domain::page<domain::company>> list(tenants& t, company_filter filter = {},
                                         std::int64_t page = 1) {
    auto found = co_await list_companies(t.api, t.first.agency, filter, page, soon());
    co_return found.value();
}

task<result<domain::company>> change(tenants& t, domain::company_id id,
                                     domain::company_change change) {
    co_return co_await update_company(t.api, by(t.first), id, change, noon + 1h, soon());
}

domain::company_change rename_to(const char* name) {
    return {domain::company_name::parse(name).value(), std::nullopt};
}
domain::company_change activate(bool active) {
    return {std::nullopt, active};
}

std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back(fmt::format("Client {}", i));
    return names;
}

task<> read_back(tenants& t) {
    const auto ids = co_await create(t, t.first, names(" Caf\u0065\u0301 "));
    auto found = co_await find_company(t.api, t.first.agency, ids[0], soon());
    const auto& company = found.value();
    BOOST_TEST(company.id == ids[0]);
    BOOST_TEST(company.name == "Caf\u00e9");
    BOOST_TEST(company.owner == "Michael Scott");
    BOOST_TEST(company.active);
    BOOST_TEST(!company.provisioned);
    BOOST_TEST(company.running_campaigns + company.email_slots + company.linkedin_slots == 0);
    BOOST_TEST((company.created_at == noon));
    BOOST_TEST((company.updated_at == noon));
}

task<> hide_from_others(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    auto seen = co_await find_company(t.api, t.second.agency, ids[0], soon());
    BOOST_TEST((seen.error().code == errc::not_found));
    auto unknown = co_await find_company(t.api, t.first.agency, domain::company_id{999}, soon());
    BOOST_TEST((unknown.error().code == errc::not_found));
    auto changed =
        co_await update_company(t.api, by(t.second), ids[0], activate(false), noon, soon());
    BOOST_TEST((changed.error().code == errc::not_found));
    auto listed = co_await list_companies(t.api, t.second.agency, company_filter(), 1, soon());
    BOOST_TEST(listed.value().total_elements == 0);
}

task<> list_by_pages(tenants& t) {
    std::vector<domain::company_id> all;
    for (int i = 0; i < 51; i += 10) {
        const auto ids = co_await create(t, t.first, numbered(i, std::min(i + 9, 50)));
        all.insert(all.end(), ids.begin(), ids.end());
    }
    const auto first = co_await list(t);
    BOOST_TEST(first.content.size() == 50u);
    BOOST_TEST(first.total_elements == 51);
    BOOST_TEST(first.total_pages() == 2);
    const auto second = co_await list(t, company_filter(), 2);
    BOOST_TEST_REQUIRE(second.content.size() == 1u);
    BOOST_TEST(second.number == 2);
    BOOST_TEST(second.content[0].id == all.back());
    for (std::size_t i = 0; i < 50; ++i) BOOST_TEST(first.content[i].id == all[i]);
    for (const auto page : {std::int64_t{3}, domain::max_page}) {
        const auto beyond = co_await list(t, company_filter(), page);
        BOOST_TEST(beyond.content.empty());
        BOOST_TEST(beyond.total_elements == 51);
    }
}

task<> list_nothing(tenants& t) {
    const auto none = co_await list(t);
    BOOST_TEST(none.content.empty());
    BOOST_TEST(none.total_elements == 0);
    BOOST_TEST(none.total_pages() == 0);
}

task<> filter(tenants& t) {
    const auto ids = co_await create(t, t.first, names("A", "B", "C"));
    auto stopped = co_await change(t, ids[1], activate(false));
    BOOST_TEST(!stopped.value().active);
    const auto active = co_await list(t, company_filter{true, std::nullopt});
    BOOST_TEST(active.total_elements == 2);
    const auto inactive = co_await list(t, company_filter{false, std::nullopt});
    BOOST_TEST_REQUIRE(inactive.content.size() == 1u);
    BOOST_TEST(inactive.content[0].id == ids[1]);
    const auto only = co_await list(t, company_filter{std::nullopt, ids[2]});
    BOOST_TEST_REQUIRE(only.content.size() == 1u);
    BOOST_TEST(only.total_elements == 1);
    BOOST_TEST(only.content[0].id == ids[2]);
}

task<> rename(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme", "Beta"));
    auto renamed = co_await change(t, ids[0], rename_to("ACME Ltd"));
    BOOST_TEST(renamed.value().name == "ACME Ltd");
    BOOST_TEST(renamed.value().active);
    BOOST_TEST((renamed.value().created_at == noon));
    BOOST_TEST((renamed.value().updated_at == noon + 1h));

    auto recased = co_await change(t, ids[0], rename_to("acme LTD"));
    BOOST_TEST(recased.value().name == "acme LTD");
    auto taken = co_await change(t, ids[0], rename_to("BETA"));
    BOOST_TEST((taken.error().code == errc::name_taken));
    BOOST_TEST(taken.error().subject == "BETA");
    const auto free_again = co_await create(t, t.first, names("Acme"));
    BOOST_TEST(free_again.size() == 1u);
    const auto elsewhere = co_await create(t, t.second, names("Beta"));
    BOOST_TEST(elsewhere.size() == 1u);
}

task<> write_down_who(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    auto change_both = rename_to("New");
    change_both.active = false;
    co_await change(t, ids[0], change_both);
    auto refused = co_await change(t, domain::company_id{999}, activate(false));
    BOOST_TEST(refused.has_error());
    BOOST_TEST(
        t.db.execute("SELECT string_agg(concat_ws(' ', action, user_id, api_key_id, company_id,"
                     " subject_id, request_id, details), ', ' ORDER BY audit_event_id)"
                     " FROM tenantry.audit_event WHERE action LIKE 'company.%'") ==
        fmt::format("company.created {0} 7 {1} {1} r-1, company.updated {0} 7 {1} {1} r-1"
                    " {{\"name\": \"New\", \"active\": false}}",
                    t.first.owner, ids[0]));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(companies_test)

BOOST_AUTO_TEST_CASE(a_company_reads_back_as_it_was_created) {
    test::with_tenants(read_back);
}
BOOST_AUTO_TEST_CASE(another_agencys_company_does_not_exist) {
    test::with_tenants(hide_from_others);
}
BOOST_AUTO_TEST_CASE(a_page_has_fifty_companies_by_id_and_there_is_none_beyond_the_last) {
    test::with_tenants(list_by_pages);
}
BOOST_AUTO_TEST_CASE(an_agency_without_companies_has_an_empty_page) {
    test::with_tenants(list_nothing);
}
BOOST_AUTO_TEST_CASE(a_list_can_be_narrowed_to_active_inactive_or_one) {
    test::with_tenants(filter);
}
BOOST_AUTO_TEST_CASE(a_company_is_renamed_to_a_name_that_is_free_in_its_agency) {
    test::with_tenants(rename);
}
BOOST_AUTO_TEST_CASE(every_change_is_written_down_with_its_author) {
    test::with_tenants(write_down_who);
}

BOOST_AUTO_TEST_SUITE_END()
