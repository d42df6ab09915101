// A profile as it is kept, and back.
#include "common/store/company_profile_codec.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace tenantry;
using namespace tenantry::store;

namespace {

const domain::company_profile full{.description = "A client",
                                   .domains = {"a.example", "b.example"},
                                   .custom_fields = R"({"b":0.1,"a":{"x":null}})",
                                   .contact = domain::company_contact{"j@a.example", "J", "D"},
                                   .type = 2,
                                   .email = "k@a.example",
                                   .comment = "Call them",
                                   .location = "Scranton",
                                   .phones = {"+1 570 343 3400"}};

domain::company_profile_change change() {
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(company_profile_codec_test)

BOOST_AUTO_TEST_CASE(an_empty_profile_is_nothing) {
    BOOST_TEST(!encode_profile({}).has_value());
    BOOST_TEST(decode_profile("{}").empty());
}

BOOST_AUTO_TEST_CASE(a_full_profile_reads_back) {
    BOOST_TEST((decode_profile(encode_profile(full).value()) == full));
}

BOOST_AUTO_TEST_CASE(each_member_reads_back_by_itself) {
    std::vector<domain::company_profile> each(9);
    each[0].description = full.description;
    each[1].domains = full.domains;
    each[2].custom_fields = "{}";
    each[3].contact = full.contact;
    each[4].type = full.type;
    each[5].email = full.email;
    each[6].comment = full.comment;
    each[7].location = full.location;
    each[8].phones = full.phones;
    for (const auto& profile : each)
        BOOST_TEST((decode_profile(encode_profile(profile).value()) == profile));
}

BOOST_AUTO_TEST_CASE(a_change_is_a_merge_patch) {
    BOOST_TEST(!encode_profile_change({}).has_value());
    auto some = change();
    some.description = std::optional<std::string>{};
    some.domains = std::vector<std::string>{"a.example"};
    some.custom_fields_patch = R"({"a":null})";
    BOOST_TEST(encode_profile_change(some).value() ==
               R"({"description":null,"domains":["a.example"],"custom_fields":{"a":null}})");
    auto none = change();
    none.description = "x";
    none.domains = std::vector<std::string>{};
    none.custom_fields_patch = "null";
    BOOST_TEST(encode_profile_change(none).value() ==
               R"({"description":"x","domains":null,"custom_fields":null})");
}

BOOST_AUTO_TEST_CASE(what_no_surface_wrote_is_a_bug) {
    for (const auto* text : {"", "7", R"({"domains":7})", R"({"contact":{}})", R"({"type":"x"})"})
        BOOST_CHECK_THROW(decode_profile(text), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
