// Makes agencies, each with an owner and an API key, and prints the keys: for loads of many
// agencies. Settings are tenantry-admin's.
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "api/admin/issue_key.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/agencies.hpp"

namespace tenantry::bench {
namespace {

task<void> make(admin::console& on, int count) {
    for (int i = 1; i <= count; ++i) {
        const store::new_agency wanted{.name = fmt::format("Bench agency {}", i),
                                       .plan = "bench",
                                       .owner_name = "Owner",
                                       .owner_email = "owner@bench.example"};
        const auto made = admin::value_of(
            co_await store::insert_agency(on.database(), wanted, on.now(), on.until()));
        const admin::key_request first{.agency = made.agency, .user = made.owner};
        const auto key = co_await admin::issue_key(on, first);
        fmt::print("{}\n", key.text);
    }
    on.database().stop();
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv, char** environment) {
    using namespace tenantry;
    const auto loaded = load_admin_settings(argc, argv, environment);
    const auto* settings = std::get_if<admin_settings>(&loaded);
    if (!settings || settings->command.size() != 1) {
        fmt::print(stderr, "usage: tenantry-bench-agencies COUNT\n");
        return 2;
    }
    admin::console on{*settings};
    spawn(on.context(), bench::make(on, std::atoi(settings->command.front().c_str())));
    on.context().run();
    return EXIT_SUCCESS;
}
