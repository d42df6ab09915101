// Companies as one agency lists, reads and changes them.
#include "common/store/companies.hpp"

#include <boost/test/unit_test.hpp>

#include "common/store/company_count.hpp"
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

task<domain::page<domain::company>> list(tenants& t, domain::company_filter filter = {},
                                         domain::window part = {}) {
    auto found = co_await test::list_companies(t.api, t.first.agency, filter, part);
    co_return *found.value();
}

task<result<domain::company>> change(tenants& t, domain::company_id id,
                                     domain::company_change change) {
    co_return co_await update_company(t.api, by(t.first, noon + 1h), id, change, soon());
}

domain::company_change rename_to(const char* name) {
    return {.name = domain::company_name::parse(name).value()};
}
domain::company_change activate(bool active) {
    return {.active = active};
}

std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back(fmt::format("Client {}", i));
    return names;
}

task<> read_back(tenants& t) {
    const auto ids = co_await create(t, t.first, names(" Caf\u0065\u0301 "));
    auto found = co_await test::find_company(t.api, t.first.agency, ids[0]);
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
    auto seen = co_await test::find_company(t.api, t.second.agency, ids[0]);
    BOOST_TEST((seen.error().code == errc::not_found));
    auto unknown = co_await test::find_company(t.api, t.first.agency, domain::company_id{999});
    BOOST_TEST((unknown.error().code == errc::not_found));
    auto changed = co_await update_company(t.api, by(t.second), ids[0], activate(false), soon());
    BOOST_TEST((changed.error().code == errc::not_found));
    const domain::company_filter everyone;
    auto listed = co_await test::list_companies(t.api, t.second.agency, everyone, domain::window());
    BOOST_TEST(listed.value()->total_elements == 0);
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
    const auto second = co_await list(t, domain::company_filter(), domain::window::page(2));
    BOOST_TEST_REQUIRE(second.content.size() == 1u);
    BOOST_TEST(second.number == 2);
    BOOST_TEST(second.content[0].id == all.back());
    for (std::size_t i = 0; i < 50; ++i) BOOST_TEST(first.content[i].id == all[i]);
    for (const auto page : {std::int64_t{3}, domain::max_page}) {
        const auto beyond = co_await list(t, domain::company_filter(), domain::window::page(page));
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
    const domain::company_filter only_active{.active = true}, only_inactive{.active = false},
        only_one{.only = ids[2]};
    const auto active = co_await list(t, only_active);
    BOOST_TEST(active.total_elements == 2);
    const auto inactive = co_await list(t, only_inactive);
    BOOST_TEST_REQUIRE(inactive.content.size() == 1u);
    BOOST_TEST(inactive.content[0].id == ids[1]);
    const auto only = co_await list(t, only_one);
    BOOST_TEST_REQUIRE(only.content.size() == 1u);
    BOOST_TEST(only.total_elements == 1);
    BOOST_TEST(only.content[0].id == ids[2]);
}

/// As the list of a company's own key is, whatever its agency has grown to.
task<> list_one_alone(tenants& t) {
    const auto ids = co_await create(t, t.first, names("A", "B"));
    const auto others = co_await create(t, t.second, names("Z"));
    co_await change(t, ids[1], activate(false));
    const auto size_of = [&](domain::company_filter filter, domain::window part) -> task<long> {
        const auto page = co_await list(t, std::move(filter), part);
        BOOST_TEST(page.total_elements <= 1);
        BOOST_TEST(!page.has_more);
        co_return std::ssize(page.content);
    };
    const domain::company_filter a{.only = ids[0]}, active_a{.active = true, .only = ids[0]},
        active_b{.active = true, .only = ids[1]}, of_others{.only = others[0]};
    const auto before = domain::window::following(ids[0].value() - 1, 20);
    const auto behind = domain::window::following(ids[0].value(), 20);
    BOOST_TEST(co_await size_of(a, before) == 1);
    BOOST_TEST(co_await size_of(a, behind) == 0);
    BOOST_TEST(co_await size_of(a, domain::window::everything()) == 1);
    BOOST_TEST(co_await size_of(a, domain::window::page(2)) == 0);
    BOOST_TEST(co_await size_of(active_a, domain::window::page(1)) == 1);
    BOOST_TEST(co_await size_of(active_b, domain::window::page(1)) == 0);
    BOOST_TEST(co_await size_of(of_others, domain::window::page(1)) == 0);
    const auto second = co_await list(t, a, domain::window::page(2));
    BOOST_TEST(second.total_elements == 1);
    const auto none = co_await list(t, active_b, domain::window::page(1));
    BOOST_TEST(none.total_elements == 0);
}

domain::company_profile profile_with(std::vector<std::string> domains, std::string fields = "") {
    return {.domains = std::move(domains), .custom_fields = std::move(fields)};
}

/// Creates one company with that profile.
task<domain::company_id> create_with(tenants& t, const char* name, domain::company_profile given) {
    auto command = test::creation(t, t.first, names(name));
    command.companies.front().profile = std::move(given);
    const auto id = command.companies.front().id;
    std::vector<create_companies> commands;
    commands.push_back(std::move(command));
    const auto verdicts = co_await test::run(t, std::move(commands));
    BOOST_TEST_REQUIRE((verdicts.front().what == verdict::kind::done));
    co_return id;
}

task<> list_behind_a_cursor(tenants& t) {
    const auto ids = co_await create(t, t.first, numbered(1, 5));
    const auto first = co_await list(t, domain::company_filter(), domain::window::following(0, 2));
    BOOST_TEST_REQUIRE(first.content.size() == 2u);
    BOOST_TEST(first.content[1].id == ids[1]);
    BOOST_TEST(first.has_more);
    BOOST_TEST(first.total_elements == 0);  // nobody asked
    const auto rest =
        co_await list(t, domain::company_filter(), domain::window::following(ids[1].value(), 3));
    BOOST_TEST_REQUIRE(rest.content.size() == 3u);
    BOOST_TEST(rest.content[0].id == ids[2]);
    BOOST_TEST(!rest.has_more);
    const auto all = co_await list(t, domain::company_filter(), domain::window::everything());
    BOOST_TEST(all.content.size() == 5u);
    BOOST_TEST(!all.has_more);
    const auto small = co_await list(t, domain::company_filter(), domain::window::page(2, 2));
    BOOST_TEST_REQUIRE(small.content.size() == 2u);
    BOOST_TEST(small.content[0].id == ids[2]);
    BOOST_TEST(small.has_more);
    BOOST_TEST(small.total_pages() == 3);
}

task<> find_by_name_and_domain(tenants& t) {
    const auto two = profile_with({"a.example", "b.example"}),
               one = profile_with({"b.example.org"});
    const auto acme = co_await create_with(t, "The ACME Company", two);
    const auto other = co_await create_with(t, "Other", one);
    const domain::company_filter named{.name_part = "acme"}, unknown{.name_part = "acne"},
        at_b{.domain = "b.example"}, both{.name_part = "acme", .domain = "b.example.org"};
    const auto by_name = co_await list(t, named);
    BOOST_TEST_REQUIRE(by_name.content.size() == 1u);
    BOOST_TEST(by_name.content[0].id == acme);
    BOOST_TEST(by_name.total_elements == 1);
    const auto by_domain = co_await list(t, at_b);
    BOOST_TEST_REQUIRE(by_domain.content.size() == 1u);
    BOOST_TEST(by_domain.content[0].id == acme);
    const auto none = co_await list(t, unknown), neither = co_await list(t, both);
    BOOST_TEST(none.content.size() + neither.content.size() == 0u);
    BOOST_TEST(other > acme);
}

task<> keep_a_profile(tenants& t) {
    const auto given = profile_with({"a.example"}, R"({"a":0.1,"b":{"x":1,"y":2}})");
    const auto id = co_await create_with(t, "Acme", given);
    auto found = co_await test::find_company(t.api, t.first.agency, id);
    BOOST_TEST((*found.value().profile == given));
    domain::company_change fields;
    fields.profile.custom_fields_patch = R"({"b":{"x":null,"z":[1]},"c":"new"})";
    auto patched = co_await change(t, id, fields);
    BOOST_TEST(patched.value().profile->custom_fields ==
               R"({"a":0.1,"b":{"y":2,"z":[1]},"c":"new"})");
    BOOST_TEST(patched.value().profile->domains == given.domains, boost::test_tools::per_element());
    domain::company_change removal;
    removal.profile.custom_fields_patch = "null";
    removal.profile.domains = std::vector<std::string>();
    auto emptied = co_await change(t, id, removal);
    BOOST_TEST(emptied.value().profile.empty());
    BOOST_TEST(t.db.execute("SELECT profile IS NULL FROM tenantry.company") == "t");
    BOOST_TEST(t.db.execute("SELECT string_agg(details::text, ' ' ORDER BY audit_event_id) FROM"
                            " tenantry.audit_event WHERE action = 'company.updated'") ==
               R"({"profile": ["custom_fields"]} {"profile": ["domains", "custom_fields"]})");
}

task<> bound_a_profile(tenants& t) {
    constexpr std::size_t frame = std::string_view{R"({"a":""})"}.size();
    const auto full = R"({"a":")" + std::string(domain::max_custom_fields - frame, 'x') + R"("})";
    const auto id = co_await create_with(t, "Acme", profile_with({}, full));
    domain::company_change grown;
    grown.profile.custom_fields_patch =
        R"({"a":")" + std::string(domain::max_custom_fields - frame + 1, 'x') + R"("})";
    auto refused = co_await change(t, id, grown);
    BOOST_TEST((refused.error().code == errc::invalid_value));
    BOOST_TEST(refused.error().subject == "custom_fields");
}

/// Adds a member, and changes nobody else's.
task<> patch_once(tenants& t, domain::company_id id, int n) {
    domain::company_change one;
    one.profile.custom_fields_patch = fmt::format(R"({{"m{}":1}})", n);
    auto done = co_await change(t, id, one);
    BOOST_TEST(done.has_value());
}

task<> patch_at_once(tenants& t) {
    constexpr int patches = 8;
    const domain::company_profile nothing;
    const auto id = co_await create_with(t, "Acme", nothing);
    const auto ex = co_await net::this_coro::executor;
    int done = 0;
    const auto told = [&](std::exception_ptr) { ++done; };
    for (int n = 0; n < patches; ++n) net::co_spawn(ex, patch_once(t, id, n), told);
    co_await test::until([&] { return done == patches; });
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.company,"
                            " json_object_keys(profile -> 'custom_fields')") ==
               std::to_string(patches));
}

task<result<verdict>> set_status(tenants& t, domain::company_id id, domain::company_status to,
                                 timestamp seen, const char* key) {
    change_company_status command{by(t.first), id, to, seen};
    command.idempotency = test::once(key);
    command.times = {noon + 2h, noon + 26h};
    auto verdict = co_await set_company_status(t.api, command, soon());
    if (!verdict) co_return error{.cause = verdict.error().message};
    co_return verdict.value();
}

task<> hold_and_release(tenants& t) {
    using enum domain::company_status;
    using kind = verdict::kind;
    const auto ids = co_await create(t, t.first, names("Acme"));
    auto held = co_await set_status(t, ids[0], compliance_hold, noon, "1");
    BOOST_TEST((held.value().what == kind::done));
    auto replayed = co_await set_status(t, ids[0], compliance_hold, noon, "1");
    BOOST_TEST((replayed.value().what == kind::replayed));
    auto again = co_await set_status(t, ids[0], compliance_hold, noon + 2h, "2");
    BOOST_TEST((again.value().what == kind::refused));
    BOOST_TEST(again.value().subject == "COMPLIANCE_HOLD");
    auto outdated = co_await set_status(t, ids[0], active, noon, "3");
    BOOST_TEST((outdated.value().what == kind::lost_race));
    auto unknown = co_await set_status(t, domain::company_id{999}, active, noon, "4");
    BOOST_TEST((unknown.value().what == kind::refused));
    BOOST_TEST(unknown.value().subject == "");
    auto released = co_await set_status(t, ids[0], active, noon + 2h, "5");
    BOOST_TEST((released.value().what == kind::done));

    auto found = co_await test::find_company(t.api, t.first.agency, ids[0], true);
    const auto& changes = found.value().status_changes;
    BOOST_TEST(!found.value().held);
    BOOST_TEST_REQUIRE(changes.size() == 2u);
    BOOST_TEST((changes[0].status == compliance_hold && changes[1].status == active));
    BOOST_TEST((changes[1].at == noon + 2h));
    auto plain = co_await test::find_company(t.api, t.first.agency, ids[0]);
    BOOST_TEST(plain.value().status_changes.empty());
    const domain::company_filter told{.with_status_changes = true};
    const auto listed = co_await list(t, told);
    BOOST_TEST(listed.content.at(0).status_changes.size() == 2u);
    BOOST_TEST(t.db.execute("SELECT string_agg(action, ' ' ORDER BY audit_event_id) FROM"
                            " tenantry.audit_event WHERE company_id IS NOT NULL") ==
               "company.created company.held company.released");
}

task<> change_only_if_active(tenants& t) {
    const auto ids = co_await create(t, t.first, names("Acme"));
    auto stop = activate(false);
    stop.only_if_active = true;
    auto stopped = co_await change(t, ids[0], stop);
    BOOST_TEST(!stopped.value().active);
    auto again = co_await change(t, ids[0], stop);
    BOOST_TEST((again.error().code == errc::not_found));
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

/// What is kept of the first agency, and what there is.
std::string kept(const tenants& t) {
    return t.db.execute(
        fmt::format("SELECT sum(active) || ' ' || sum(inactive) FROM tenantry.company_count"
                    " WHERE agency_id = {}",
                    t.first.agency));
}
std::string there(const tenants& t) {
    return t.db.execute(fmt::format(
        "SELECT count(*) FILTER (WHERE active) || ' ' || count(*) FILTER (WHERE NOT active)"
        " FROM tenantry.company WHERE agency_id = {}",
        t.first.agency));
}

task<> keep_the_count(tenants& t) {
    const auto ids = co_await create(t, t.first, names("A", "B", "C"));
    co_await create(t, t.second, names("Z"));
    BOOST_TEST(kept(t) == "3 0");
    const auto set_active = [&](domain::company_id id, bool active) {
        domain::company_change change;
        change.active = active;
        return update_company(t.api, by(t.first), id, change, soon());
    };
    for (const bool active : {false, false, true, false}) {
        const auto changed = co_await set_active(ids[1], active);
        BOOST_TEST(changed.has_value());
        BOOST_TEST(kept(t) == there(t));
    }
    BOOST_TEST(kept(t) == "2 1");
    domain::company_change renamed;
    renamed.name = domain::company_name::parse("D").value();
    BOOST_TEST((co_await update_company(t.api, by(t.first), ids[1], renamed, soon())).has_value());
    auto repeated = test::creation(t, t.first, names("E", "A"));
    std::vector<create_companies> refused;
    refused.push_back(std::move(repeated));
    co_await test::run(t, std::move(refused));
    BOOST_TEST(kept(t) == "2 1");
    const std::pair<std::optional<bool>, std::int64_t> totals[] = {
        {std::nullopt, 3}, {true, 2}, {false, 1}};
    for (const auto& [active, total] : totals) {
        const domain::company_filter filter{.active = active};
        const auto page =
            co_await test::list_companies(t.api, t.first.agency, filter, domain::window::page(1));
        BOOST_TEST(page.value()->total_elements == total);
        BOOST_TEST(page.value()->content.size() == static_cast<std::size_t>(total));
    }
}

task<> count_anew(tenants& t) {
    co_await create(t, t.first, names("A", "B", "C"));
    BOOST_TEST((co_await recount_companies(t.owner, soon())).value() == 0);
    t.db.execute("UPDATE tenantry.company_count SET active = active + 5");
    t.db.execute(
        fmt::format("INSERT INTO tenantry.company_count VALUES ({}, 3, 7, 7)", t.second.agency));
    BOOST_TEST((co_await recount_companies(t.owner, soon())).value() == 2);
    BOOST_TEST(kept(t) == "3 0");
    BOOST_TEST((co_await recount_companies(t.owner, soon())).value() == 0);
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
BOOST_AUTO_TEST_CASE(a_list_of_one_company_has_its_pages_and_cursors_too) {
    test::with_tenants(list_one_alone);
}
BOOST_AUTO_TEST_CASE(a_list_goes_on_behind_a_cursor_or_is_whole) {
    test::with_tenants(list_behind_a_cursor);
}
BOOST_AUTO_TEST_CASE(a_list_can_be_narrowed_to_a_part_of_the_name_and_to_a_domain) {
    test::with_tenants(find_by_name_and_domain);
}
BOOST_AUTO_TEST_CASE(a_profile_reads_back_and_is_patched) {
    test::with_tenants(keep_a_profile);
}
BOOST_AUTO_TEST_CASE(a_profile_grows_to_its_limit_and_no_further) {
    test::with_tenants(bound_a_profile);
}
BOOST_AUTO_TEST_CASE(patches_at_the_same_time_do_not_undo_each_other) {
    test::with_tenants(patch_at_once);
}
BOOST_AUTO_TEST_CASE(a_company_is_held_and_released_once_each) {
    test::with_tenants(hold_and_release);
}
BOOST_AUTO_TEST_CASE(an_inactive_company_can_be_out_of_a_changes_reach) {
    test::with_tenants(change_only_if_active);
}
BOOST_AUTO_TEST_CASE(a_company_is_renamed_to_a_name_that_is_free_in_its_agency) {
    test::with_tenants(rename);
}
BOOST_AUTO_TEST_CASE(every_change_is_written_down_with_its_author) {
    test::with_tenants(write_down_who);
}

BOOST_AUTO_TEST_CASE(the_number_of_companies_is_kept_with_every_change) {
    test::with_tenants(keep_the_count);
}
BOOST_AUTO_TEST_CASE(the_companies_can_be_counted_anew) {
    test::with_tenants(count_anew);
}

BOOST_AUTO_TEST_SUITE_END()
