#include "api/http/router.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace tenantry::http;
using kind = route_match::kind;

namespace {

constexpr route_pattern patterns[] = {
    {verb::get, "/v1/companies"},                      // 0
    {verb::post, "/v1/companies"},                     // 1
    {verb::get, "/v1/companies/{id}"},                 // 2
    {verb::delete_, "/v1/companies/{id}/keys/{key}"},  // 3
    {verb::get, "/v1/companies/mine"},                 // 4
    {verb::get, "/"},                                  // 5
    {verb::get, "/v1/{any}/list/{n}"},                 // 6
    {verb::head, "/probe"},                            // 7
};

const router& routes() {
    static const router made{patterns};
    return made;
}

bool found(const route_match& m, std::size_t index) {
    return m.what == kind::found && m.index == index;
}

void check_throws(std::initializer_list<route_pattern> list) {
    const std::vector<route_pattern> all{list};
    BOOST_TEST_CONTEXT(all.back().path) {
        BOOST_CHECK_THROW(router{all}, std::invalid_argument);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(router_test)

BOOST_AUTO_TEST_CASE(a_path_and_a_method_choose_the_route) {
    BOOST_TEST(found(routes().match(verb::get, "/v1/companies"), 0));
    BOOST_TEST(found(routes().match(verb::post, "/v1/companies"), 1));
    BOOST_TEST(found(routes().match(verb::get, "/"), 5));
}

BOOST_AUTO_TEST_CASE(parameters_are_those_segments_of_the_path) {
    const auto m = routes().match(verb::delete_, "/v1/companies/12/keys/a%2Fb");
    BOOST_REQUIRE(found(m, 3));
    BOOST_REQUIRE(m.path_parameters().size() == 2u);
    BOOST_TEST(m.path_parameters()[0] == "12");
    BOOST_TEST(m.path_parameters()[1] == "a%2Fb");
}

BOOST_AUTO_TEST_CASE(a_literal_goes_before_a_parameter) {
    BOOST_TEST(found(routes().match(verb::get, "/v1/companies/mine"), 4));
    BOOST_TEST(found(routes().match(verb::get, "/v1/companies/min"), 2));
}

BOOST_AUTO_TEST_CASE(a_dead_end_after_a_literal_goes_back_to_the_parameter) {
    const auto back = routes().match(verb::get, "/v1/companies/list/3");
    BOOST_REQUIRE(found(back, 6));
    BOOST_REQUIRE(back.path_parameters().size() == 2u);
    BOOST_TEST(back.path_parameters()[0] == "companies");
    BOOST_TEST(back.path_parameters()[1] == "3");
    const auto twice = routes().match(verb::delete_, "/v1/companies/mine/keys/7");
    BOOST_TEST(found(twice, 3));
    BOOST_TEST(twice.path_parameters()[0] == "mine");
}

BOOST_AUTO_TEST_CASE(head_falls_back_to_get) {
    BOOST_TEST(found(routes().match(verb::head, "/v1/companies"), 0));
    BOOST_TEST(found(routes().match(verb::head, "/probe"), 7));
    BOOST_TEST((routes().match(verb::get, "/probe").what == kind::method_not_allowed));
}

BOOST_AUTO_TEST_CASE(another_method_is_not_allowed_and_told_which_are) {
    const auto m = routes().match(verb::delete_, "/v1/companies");
    BOOST_TEST((m.what == kind::method_not_allowed));
    BOOST_TEST(m.allow == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(routes().match(verb::get, "/v1/companies/1/keys/2").allow == "DELETE, OPTIONS");
    BOOST_TEST((routes().match(verb::trace, "/").what == kind::method_not_allowed));
    BOOST_TEST((routes().match(verb::unknown, "/").what == kind::method_not_allowed));
    BOOST_TEST((routes().match(verb::options, "/").what == kind::method_not_allowed));
}

BOOST_AUTO_TEST_CASE(other_paths_are_not_found) {
    for (const char* path : {"", "*", "v1/companies", "/v1", "/v1/companies/", "//",
                             "/v1//companies", "/v1/companies/1/", "/V1/companies",
                             "/v1/companies/1/keys", "/v1/companies//keys/2", "/v1/{any}"}) {
        BOOST_TEST_CONTEXT(path) {
            const auto m = routes().match(verb::get, path);
            BOOST_TEST((m.what == kind::not_found));
            BOOST_TEST(m.allow == "");
            BOOST_TEST(m.path_parameters().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(malformed_patterns_are_refused) {
    check_throws({{verb::get, ""}});
    check_throws({{verb::get, "a"}});
    check_throws({{verb::get, "/a/"}});
    check_throws({{verb::get, "/a//b"}});
    check_throws({{verb::get, "/a{b}"}});
    check_throws({{verb::get, "/{a}b"}});
    check_throws({{verb::get, "/{}"}});
    check_throws({{verb::get, "/{a"}});
    check_throws({{verb::get, "/{a}{b}"}});
    check_throws({{verb::trace, "/a"}});
}

BOOST_AUTO_TEST_CASE(eight_parameters_are_taken_and_nine_refused) {
    const route_pattern eight[] = {{verb::get, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}"}};
    const auto m = router{eight}.match(verb::get, "/1/2/3/4/5/6/7/8");
    BOOST_TEST(m.path_parameters().size() == max_path_parameters);
    BOOST_TEST(m.path_parameters()[7] == "8");
    check_throws({{verb::get, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"}});
}

BOOST_AUTO_TEST_CASE(duplicate_and_ambiguous_patterns_are_refused) {
    check_throws({{verb::get, "/a"}, {verb::get, "/a"}});
    check_throws({{verb::get, "/a/{x}"}, {verb::get, "/a/{y}"}});
    check_throws({{verb::get, "/a/{x}/c"}, {verb::get, "/a/b/{y}"}});
    check_throws({{verb::get, "/a/b/{y}"}, {verb::get, "/a/{x}/c"}});
    check_throws({{verb::get, "/a/{x}/c"}, {verb::post, "/a/b/{y}"}});
}

BOOST_AUTO_TEST_CASE(patterns_of_which_one_is_the_more_specific_are_taken) {
    const route_pattern list[] = {{verb::get, "/a/{x}/{y}"},
                                  {verb::get, "/a/b/{y}"},
                                  {verb::get, "/a/{x}"},
                                  {verb::post, "/a/{z}"},
                                  {verb::get, "/a/b/c"}};
    BOOST_TEST(found(router{list}.match(verb::get, "/a/b/c"), 4));
}

BOOST_AUTO_TEST_CASE(each_of_five_thousand_routes_is_found) {
    std::vector<std::string> paths;
    for (int i = 0; i < 5000; ++i) {
        paths.push_back("/s" + std::to_string(i % 50) + "/r" + std::to_string(i) + "/{id}");
    }
    std::vector<route_pattern> list;
    for (const auto& p : paths) list.push_back({verb::get, p});
    const router many{list};
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const auto path = paths[i].substr(0, paths[i].size() - 4) + "7";
        BOOST_REQUIRE(found(many.match(verb::get, path), i));
    }
}

BOOST_AUTO_TEST_SUITE_END()
