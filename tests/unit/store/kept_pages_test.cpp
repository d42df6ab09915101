#include "common/store/kept_pages.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace tenantry;
using namespace tenantry::store;

namespace {

/// Bytes, as `--page-cache-size` is by itself.
constexpr std::size_t room = 768 * 1024;
constexpr kept_pages::time_point start{};

wanted_companies page_of(std::int64_t agency, std::int64_t number = 1) {
    return {domain::agency_id{agency}, {}, domain::window::page(number)};
}

domain::company named(std::string name) {
    domain::company company{.id = domain::company_id{1},
                            .name = std::move(name),
                            .owner = "Michael",
                            .created_at = {},
                            .updated_at = {}};
    return company;
}

versioned_page read(std::int64_t version, std::vector<domain::company> content) {
    domain::page<domain::company> page{.content = std::move(content)};
    return {std::make_shared<const domain::page<domain::company>>(std::move(page)), version};
}
/// A page of one company, whose name tells it from others and takes so many bytes.
versioned_page read(std::int64_t version, std::string name = "Acme") {
    std::vector<domain::company> one;
    one.push_back(named(std::move(name)));
    return read(version, std::move(one));
}
versioned_page of_size(std::size_t bytes) {
    return read(1, std::string(bytes, 'x'));
}

bool has(kept_pages& pages, const wanted_companies& wanted) {
    return pages.find(wanted, start).has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kept_pages_test)

BOOST_AUTO_TEST_CASE(a_page_is_found_by_all_that_was_asked_for) {
    kept_pages pages{room};
    const auto kept = read(7);
    pages.keep(page_of(1), kept, start);
    BOOST_TEST_REQUIRE(has(pages, page_of(1)));
    BOOST_TEST(pages.find(page_of(1), start)->page == kept.page);
    BOOST_TEST(pages.find(page_of(1), start)->version == 7);
    wanted_companies others[] = {page_of(2), page_of(1, 2), page_of(1), page_of(1),
                                 page_of(1), page_of(1),    page_of(1)};
    others[2].filter.active = true;
    others[3].filter.with_status_changes = true;
    others[4].part.size = 20;
    others[5].part.after = 1;
    others[6].part.counted = false;
    for (const auto& other : others) BOOST_TEST(!has(pages, other));
}

BOOST_AUTO_TEST_CASE(another_version_takes_the_place_of_the_one_before) {
    kept_pages pages{room};
    pages.keep(page_of(1), read(8, "eight"), start);
    pages.keep(page_of(1), read(8, "again"), start);
    BOOST_TEST(pages.find(page_of(1), start)->page->content.front().name == "eight");
    pages.keep(page_of(1), read(7, "seven"), start);  // of a database that was restored
    BOOST_TEST(pages.find(page_of(1), start)->page->content.front().name == "seven");
    const auto bytes = pages.bytes();
    pages.keep(page_of(1), read(9, "nine!"), start);
    BOOST_TEST(pages.bytes() == bytes);
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_longest_goes_when_there_is_no_room) {
    kept_pages pages{room};
    constexpr std::int64_t agencies = 8;
    constexpr std::size_t share = room / agencies;
    for (std::int64_t agency = 1; agency < agencies; ++agency)
        pages.keep(page_of(agency), of_size(share), start);
    BOOST_TEST(has(pages, page_of(1)));  // and was asked for just now
    pages.keep(page_of(agencies), of_size(share), start);
    BOOST_TEST(has(pages, page_of(1)));
    BOOST_TEST(!has(pages, page_of(2)));
    for (std::int64_t agency = 3; agency <= agencies; ++agency)
        BOOST_TEST(has(pages, page_of(agency)));
    BOOST_TEST(pages.bytes() <= room);
}

BOOST_AUTO_TEST_CASE(one_agency_takes_half_of_the_room_and_drives_out_no_other) {
    kept_pages pages{room};
    constexpr std::size_t large = 20'000;
    for (std::int64_t agency = 1; agency <= 10; ++agency)
        pages.keep(page_of(agency), of_size(large), start);
    for (std::int64_t number = 1; number <= 100; ++number)
        pages.keep(page_of(11, number), of_size(large), start);
    for (std::int64_t agency = 1; agency <= 10; ++agency) BOOST_TEST(has(pages, page_of(agency)));
    BOOST_TEST(!has(pages, page_of(11, 1)));
    BOOST_TEST(has(pages, page_of(11, 100)));
    BOOST_TEST(pages.bytes() <= 10 * (large + 1000) + room / 2);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_more_than_an_agencys_room_is_not_kept) {
    kept_pages pages{room};
    pages.keep(page_of(1), of_size(room / 2 + 1), start);
    BOOST_TEST(!has(pages, page_of(1)));
    pages.keep(page_of(1), of_size(room / 2 - 1000), start);
    BOOST_TEST(has(pages, page_of(1)));
}

BOOST_AUTO_TEST_CASE(without_room_nothing_is_kept) {
    kept_pages pages{0};
    pages.keep(page_of(1), read(1), start);
    BOOST_TEST(!has(pages, page_of(1)));
    BOOST_TEST(pages.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_page_is_not_kept_for_long) {
    kept_pages pages{room};
    pages.keep(page_of(1), read(1), start);
    const auto end = start + kept_pages::most_age;
    BOOST_TEST(pages.find(page_of(1), end - std::chrono::milliseconds{1}).has_value());
    BOOST_TEST(!pages.find(page_of(1), end).has_value());
    BOOST_TEST(pages.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(whatever_a_company_holds_takes_room) {
    constexpr std::size_t large = 10'000;
    const std::string text(large, 'x');
    const domain::company_profile profiles[] = {
        {.description = text},   {.domains = {text}},
        {.custom_fields = text}, {.contact = domain::company_contact{text, "", ""}},
        {.email = text},         {.comment = text},
        {.location = text},      {.phones = {text}}};
    for (const auto& profile : profiles) {
        std::vector<domain::company> one;
        one.push_back(named("Acme"));
        one.back().profile = profile;
        kept_pages pages{room};
        pages.keep(page_of(1), read(1, std::move(one)), start);
        BOOST_TEST(pages.bytes() > large);
    }
}

BOOST_AUTO_TEST_CASE(sixty_four_agencies_pages_of_fifty_companies_are_kept) {
    kept_pages pages{room};
    for (std::int64_t agency = 1; agency <= 64; ++agency) {
        std::vector<domain::company> fifty(domain::page_size,
                                           named("A company of the usual length"));
        pages.keep(page_of(agency), read(1, std::move(fifty)), start);
    }
    for (std::int64_t agency = 1; agency <= 64; ++agency) BOOST_TEST(has(pages, page_of(agency)));
}

BOOST_AUTO_TEST_SUITE_END()
