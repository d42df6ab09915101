#include <boost/test/unit_test.hpp>

#include "common/domain/company_name.hpp"

using namespace tenantry;
using namespace tenantry::domain;

namespace {

using names = std::vector<std::string_view>;

error refusal(const names& given) {
    const auto parsed = parse_company_names(given);
    BOOST_REQUIRE(!parsed);
    return parsed.error();
}

std::vector<std::string> pointers(const error& e) {
    std::vector<std::string> all;
    for (const auto& field : e.fields) all.push_back(field.pointer);
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(company_batch_test)

BOOST_AUTO_TEST_CASE(names_come_back_in_their_order) {
    const auto parsed = parse_company_names(names{"My second client", " My first client "});
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->size() == 2);
    BOOST_TEST((*parsed)[0].text() == "My second client");
    BOOST_TEST((*parsed)[1].text() == "My first client");
}

BOOST_AUTO_TEST_CASE(a_request_without_companies_is_refused) {
    const auto e = refusal({});
    BOOST_TEST((e.code == errc::no_companies));
    BOOST_TEST(pointers(e) == std::vector<std::string>{"/companies"});
}

BOOST_AUTO_TEST_CASE(ten_companies_fit_and_eleven_do_not) {
    names given{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    BOOST_TEST(given.size() == max_companies_per_request);
    BOOST_TEST(parse_company_names(given).has_value());
    given.push_back("");
    const auto e = refusal(given);
    BOOST_TEST((e.code == errc::too_many_companies));
    BOOST_TEST(pointers(e) == std::vector<std::string>{"/companies"});
}

BOOST_AUTO_TEST_CASE(the_first_bad_name_decides_and_every_bad_name_is_listed) {
    const auto e = refusal({"a", "a\nb", "a", " ", "b"});
    BOOST_TEST((e.code == errc::invalid_name));
    BOOST_TEST(e.subject == "a\nb");
    BOOST_TEST(pointers(e) == (std::vector<std::string>{"/companies/1/name", "/companies/3/name"}));
    BOOST_TEST(e.fields[1].detail == "The name must not be blank.");
}

BOOST_AUTO_TEST_CASE(every_repetition_is_listed_and_the_first_is_named_as_given) {
    const auto e = refusal({"Acme", "Beta", " ACME", "beta", "acme"});
    BOOST_TEST((e.code == errc::duplicate_name));
    BOOST_TEST(e.subject == " ACME");
    BOOST_TEST(pointers(e) == (std::vector<std::string>{"/companies/2/name", "/companies/3/name",
                                                        "/companies/4/name"}));
    BOOST_TEST(e.fields[2].detail == "The name repeats that of /companies/0/name.");
}

BOOST_AUTO_TEST_SUITE_END()
