#include "common/domain/ids.hpp"

#include <boost/test/unit_test.hpp>
#include <type_traits>
#include <unordered_set>

using namespace tenantry::domain;

static_assert(!std::is_convertible_v<std::int64_t, company_id>);
static_assert(!std::is_convertible_v<company_id, std::int64_t>);
static_assert(!std::is_constructible_v<company_id, agency_id>);
static_assert(!std::equality_comparable_with<company_id, agency_id>);

BOOST_AUTO_TEST_SUITE(ids_test)

BOOST_AUTO_TEST_CASE(ids_compare_hash_and_print_as_their_numbers) {
    BOOST_TEST(company_id{7} == company_id{7});
    BOOST_TEST(company_id{7} < company_id{8});
    BOOST_TEST((std::unordered_set<job_id>{job_id{1}, job_id{1}, job_id{2}}.size()) == 2);
    BOOST_TEST(fmt::format("{}", company_id{98764}) == "98764");
}

BOOST_AUTO_TEST_SUITE_END()
