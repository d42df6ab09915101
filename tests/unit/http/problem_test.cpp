#include "api/http/problem.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenantry;

BOOST_AUTO_TEST_SUITE(problem_test)

BOOST_AUTO_TEST_CASE(a_problem_has_the_members_of_rfc_9457) {
    BOOST_TEST(http::problem_json("about:blank", "Not Found", 404, "No \"x\".", "/a/1") ==
               R"({"type":"about:blank","title":"Not Found","status":404,)"
               R"("detail":"No \"x\".","instance":"/a/1"})");
    const field_error fields[] = {{"/name", "It is missing."}};
    BOOST_TEST(http::problem_json("t", "T", 400, "d", "", fields) ==
               R"({"type":"t","title":"T","status":400,"detail":"d",)"
               R"("errors":[{"detail":"It is missing.","pointer":"/name"}]})");
    const field_error query[] = {{"page", "It is 0."}};
    BOOST_TEST(http::problem_json("t", "T", 400, "d", "", query) ==
               R"({"type":"t","title":"T","status":400,"detail":"d",)"
               R"("errors":[{"detail":"It is 0.","parameter":"page"}]})");
}

BOOST_AUTO_TEST_CASE(accept_asks_for_a_problem_only_by_its_name_and_weight) {
    const std::pair<const char*, bool> table[] = {
        {"", false},
        {"*/*", false},
        {"application/*", false},
        {"application/json", false},
        {"application/problem+json", true},
        {"Application/Problem+JSON", true},
        {"application/problem+json;q=0", false},
        {"application/problem+json;q=0.000", false},
        {"application/problem+json;q=0.001", true},
        {"application/problem+json; charset=utf-8; q=0", false},
        {"application/problem+json ; Q=0.5", true},
        {"application/problem+json;q=1.000", true},
        {"application/problem+json;q=1.001", false},
        {"application/problem+json;q=0.1234", false},
        {"application/problem+json;q=x", false},
        {"application/problem+json;q=", false},
        {"application/json, application/problem+json", true},
        {"application/json;q=0.5, application/problem+json;q=0.4", false},
        {"application/json;q=0.4,application/problem+json;q=0.5", true},
        {"text/html, application/problem+json;q=0.1", true},
        {"application/problem+jsonx", false},
        {",,application/problem+json", true},
    };
    for (const auto& [accept, wanted] : table) {
        BOOST_TEST_CONTEXT(accept) {
            BOOST_TEST(http::wants_problem_json(accept) == wanted);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
