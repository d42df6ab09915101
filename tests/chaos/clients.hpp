// The load: clients that ask as make_request says, however the servers are doing, and log what came
// of it.
#pragma once

#include <atomic>
#include <map>
#include <thread>

#include "tests/chaos/client_log.hpp"
#include "tests/chaos/request.hpp"
#include "tests/support/stack.hpp"

namespace tenantry::chaos {

/// Counted while it goes on.
struct tally {
    int attempts = 0;
    int created = 0;  ///< attempts answered 201
};

class clients {
public:
    /// Starts `per_agency` clients for each agency. Each stays with one of the APIs at `ports` for
    /// as long as that answers, and takes the next one then.
    clients(std::uint64_t seed, const std::vector<test::agency_account>& agencies, int per_agency,
            std::vector<std::uint16_t> ports, client_log& log);
    ~clients();

    tally count() const { return {attempts_, created_}; }
    /// No client begins another request; those with a key are asked until they are answered, for a
    /// minute at most. Returns when all have ended.
    void finish();

private:
    class one;

    const std::uint64_t seed_;
    const std::vector<std::uint16_t> ports_;
    client_log& log_;
    std::atomic<bool> stop_{false};
    std::atomic<int> attempts_{0};
    std::atomic<int> created_{0};
    std::atomic<std::chrono::steady_clock::time_point> give_up_{
        std::chrono::steady_clock::time_point::max()};
    std::vector<std::thread> threads_;
};

/// How many requests ended with each status; 0 stands for no answer.
std::map<unsigned, int> requests_by_status(const std::vector<log_entry>& entries);
/// How many were done by an attempt whose answer was lost: all that came was a replay.
std::ptrdiff_t answers_lost(const std::vector<log_entry>& entries);

}  // namespace tenantry::chaos
