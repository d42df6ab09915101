// The API tried against its own document, with requests that nobody thought of: each answer has to
// be one that the document has, what it refuses is refused, and what it allows is taken.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "common/domain/public_id.hpp"
#include "tests/support/effects.hpp"
#include "tests/support/stack.hpp"

namespace {

using namespace tenantry::test;

using tenantry::domain::agency_id;
using tenantry::domain::company_id;
using tenantry::domain::company_uuid;
using tenantry::domain::organization_id;

/// A company by all its names, with a location, under that prefix of the variables.
std::int64_t add_company(running_stack& stack, variables& known, const std::string& prefix,
                         const std::string& name) {
    auto owner = stack.owner();
    const auto company = owner.create_one(name);
    const auto location = owner.post(fmt::format("/api/v1/locations?organization_id={}", company),
                                     R"({"name":"Front desk","area_code":"415"})");
    const auto session = owner.post("/auth/v1/rs/token/verify",
                                    fmt::format(R"({{"token":"{}"}})", stack.agency.key));
    known[prefix + "COMPANY_ID"] = std::to_string(company);
    known[prefix + "COMPANY_UUID"] = company_uuid(agency_id{stack.agency.id}, company_id{company});
    known[prefix + "ORGANIZATION"] = organization_id(company_id{company});
    known[prefix + "LOCATION_ID"] = std::to_string(location.integer("/id"));
    known[prefix + "SESSION"] = session.text("/sessionToken");
    return company;
}

/// What there is: a company with two keys, somebody in it and a job to retry; a company to delete.
variables known_ids(running_stack& stack) {
    variables known{{"TENANTRY_API_KEY", stack.agency.key}};
    add_company(stack, known, "TENANTRY_OLD_", "To be deleted");
    const auto company = add_company(stack, known, "TENANTRY_", "Known");
    auto owner = stack.owner();
    const auto keys = company_path(company, "/api_keys");
    owner.post(keys, R"({"label":"another"})");
    const auto listed = owner.get(keys);
    known["TENANTRY_KEY_ID"] = std::to_string(listed.integer("/content/0/id"));
    known["TENANTRY_OLD_KEY_ID"] = std::to_string(listed.integer("/content/1/id"));
    known["TENANTRY_EXTERNAL_ID"] = "jane_doe";
    owner.post(fmt::format("/api/v1/users?organization_id={}", company),
               R"({"external_id":"jane_doe","email":"jane@example.com","role":"manager"})");
    BOOST_REQUIRE(every_job_gets_done(stack.base.sql(), patience));
    known["TENANTRY_JOB_ID"] = stack.base.sql().execute(
        fmt::format("UPDATE tenantry.job SET state = 'dead' WHERE company_id = {} AND kind = "
                    "'billing' RETURNING job_id",
                    company));
    return known;
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
