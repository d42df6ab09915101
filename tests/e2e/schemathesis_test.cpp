// The API tried against its own document, with requests that nobody thought of: each answer has to
// be one that the document has, what it refuses is refused, and what it allows is taken.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;

/// A company with two keys and a job to retry.
variables known_ids(running_stack& stack) {
    auto owner = stack.owner();
    const auto company = owner.create_one("Known");
    const auto keys = company_path(company, "/api_keys");
    owner.post(keys, R"({"label":"another"})");
    const auto listed = owner.get(keys);
    BOOST_REQUIRE(every_job_gets_done(stack.base.sql(), patience));
    const auto job = stack.base.sql().execute(fmt::format(
        "UPDATE tenantry.job SET state = 'dead' WHERE company_id = {} AND kind = 'billing' "
        "RETURNING job_id",
        company));
    return {{"TENANTRY_API_KEY", stack.agency.key},
            {"TENANTRY_COMPANY_ID", std::to_string(company)},
            {"TENANTRY_KEY_ID", std::to_string(listed.integer("/content/0/id"))},
            {"TENANTRY_OLD_KEY_ID", std::to_string(listed.integer("/content/1/id"))},
            {"TENANTRY_JOB_ID", job}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schemathesis_test)

BOOST_AUTO_TEST_CASE(the_api_is_as_its_document_says) {
    running_stack stack;
    const auto document =
        "http://127.0.0.1:" + std::to_string(stack.api.http_port()) + "/api/v1/openapi.json";
    const temporary_directory scratch;  // where it finds its hooks, and leaves what it remembers
    for (const auto* name : {"schemathesis.toml", "schemathesis_hooks.py"})
        std::filesystem::copy(std::string{TENANTRY_SOURCE_DIR "/tests/contract/"} + name,
                              scratch.path());
    const auto ran = run_command({"env", "--chdir=" + scratch.path().string(),
                                  TENANTRY_SOURCE_DIR "/build/tools/venv/bin/schemathesis",
                                  "--config-file=schemathesis.toml", "run", document,
                                  "--checks=all", "--continue-on-failure", "--no-color"},
                                 known_ids(stack), std::chrono::seconds{540});
    BOOST_TEST_MESSAGE(ran.output);
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.output.find("Stateful (in ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
