// Contacts as the surfaces are given them: with many companies at once, and to whom.
#include <boost/test/unit_test.hpp>

#include "api/service/contacts.hpp"
#include "tests/integration/service/services.hpp"

using namespace tenantry;
using test::names;
using test::parsed;
using test::request_of;
using test::services;

namespace {

store::stored_response encode_count(std::size_t inserted) {
    return {.body = std::to_string(inserted)};
}

task<std::vector<domain::company_id>> create(services& s, std::vector<std::string> given) {
    auto created = co_await service::create_companies(s.env, request_of(s.first), parsed(given),
                                                      test::encode_nothing);
    BOOST_TEST_REQUIRE(created.has_value());
    const domain::company_filter every{};
    auto all = co_await service::list_companies(s.env, request_of(s.first), every,
                                                domain::window::page(1));
    std::vector<domain::company_id> ids;
    for (const auto& company : all.value()->content) ids.push_back(company.id);
    co_return ids;
}

task<result<service::answer>> add(services& s, const domain::principal& by,
                                  domain::company_id company, std::size_t count) {
    std::vector<domain::new_contact> contacts(count, domain::new_contact{.name = "Pam"});
    co_return co_await service::create_contacts(s.env, request_of(by), company, std::move(contacts),
                                                encode_count);
}

task<std::size_t> seen(services& s, const domain::principal& by,
                       std::vector<domain::company_id> companies) {
    auto found = co_await service::contacts_of(s.env, request_of(by), std::move(companies));
    co_return found.value().size();
}

task<> show_a_company_its_own(services& s) {
    const auto companies = co_await create(s, names("Acme", "Beta"));
    auto bound = s.first;
    bound.company = companies[1];
    auto added = co_await add(s, s.first, companies[0], 2);
    BOOST_TEST(added.value().response.body == "2");
    auto own = co_await add(s, bound, companies[1], 1);
    BOOST_TEST(own.has_value());
    for (const auto& who : {bound, s.second}) {
        auto refused = co_await add(s, who, companies[0], 1);
        BOOST_TEST((refused.error().code == errc::not_found));
        auto list = co_await service::list_contacts(s.env, request_of(who), companies[0],
                                                    domain::window::page(1));
        BOOST_TEST((list.error().code == errc::not_found));
    }
    const auto by_the_agency = co_await seen(s, s.first, companies);
    BOOST_TEST(by_the_agency == 3u);
    const auto by_the_company = co_await seen(s, bound, companies);
    BOOST_TEST(by_the_company == 1u);
    const auto by_another = co_await seen(s, s.second, companies);
    BOOST_TEST(by_another == 0u);
}

task<> show_so_many(services& s) {
    const auto companies = co_await create(s, names("Acme", "Beta"));
    constexpr auto most = static_cast<std::size_t>(service::max_contacts_shown);
    co_await add(s, s.first, companies[0], most);
    const auto all = co_await seen(s, s.first, companies);
    BOOST_TEST(all == most);
    co_await add(s, s.first, companies[0], 1);
    co_await add(s, s.first, companies[1], 1);
    const auto cut = co_await seen(s, s.first, companies);
    BOOST_TEST(cut == most + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contacts_service_test)

BOOST_AUTO_TEST_CASE(a_companys_key_is_shown_and_adds_its_own_contacts_alone) {
    test::with_services<show_a_company_its_own>();
}
BOOST_AUTO_TEST_CASE(with_each_company_come_its_first_hundred_contacts) {
    test::with_services<show_so_many>();
}

BOOST_AUTO_TEST_SUITE_END()
