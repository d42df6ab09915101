// Dies on request.
#include "common/runtime/failpoint.hpp"

#ifdef TENANTRY_FAILPOINTS

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace tenantry {
namespace {

struct armed_failpoint {
    std::string name;
    std::atomic<long> hits_left{1};

    armed_failpoint() {
        const char* text = std::getenv("TENANTRY_FAILPOINT");
        const std::string_view given = text ? text : "";
        const auto colon = given.find(':');
        name = given.substr(0, colon);
        if (colon == given.npos) return;
        long hits = 0;
        const auto [end, ec] =
            std::from_chars(given.data() + colon + 1, given.data() + given.size(), hits);
        if (ec != std::errc{} || end != given.data() + given.size() || hits < 1)
            throw std::runtime_error("TENANTRY_FAILPOINT: the number after ':' is not 1 or more");
        hits_left = hits;
    }
};

}  // namespace

void failpoint(std::string_view name) {
    static armed_failpoint armed;
    if (name == armed.name && armed.hits_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace tenantry

#endif
