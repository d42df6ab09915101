#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

const fs::path schema = fs::path{TENANTRY_SOURCE_DIR} / "schema";

std::vector<std::string> planned_changes() {
    std::ifstream plan{schema / "sqitch.plan"};
    std::vector<std::string> changes;
    for (std::string line; std::getline(plan, line);)
        if (!line.empty() && line[0] != '%') changes.push_back(line.substr(0, line.find(' ')));
    return changes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_test)

BOOST_AUTO_TEST_CASE(every_change_has_its_three_files_and_every_file_its_change) {
    const auto changes = planned_changes();
    BOOST_TEST(changes.size() >= 7u);
    const std::set<std::string> planned(changes.begin(), changes.end());
    BOOST_TEST(planned.size() == changes.size());
    for (const auto* folder : {"deploy", "revert", "verify"}) {
        std::set<std::string> written;
        for (const auto& file : fs::directory_iterator{schema / folder}) {
            BOOST_TEST(file.path().extension() == ".sql");
            BOOST_TEST(fs::file_size(file) > 0u);
            written.insert(file.path().stem());
        }
        BOOST_TEST(written == planned, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_programs_expect_the_last_change_of_the_plan) {
    BOOST_TEST(planned_changes().back() == TENANTRY_SCHEMA_CHANGE);
}

BOOST_AUTO_TEST_SUITE_END()
