// Clients that create companies one after another while something is done to the servers.
#pragma once

#include <atomic>
#include <thread>

#include "tests/support/stack.hpp"

namespace tenantry::test {

class load_of_creates {
public:
    /// What became of one request. A lost connection is status 0.
    struct attempt {
        std::vector<std::string> names;
        unsigned status = 0;
        std::vector<std::int64_t> ids{};
        std::chrono::milliseconds took{};
    };

    /// Starts the clients; each request asks for two companies of names that nobody else asks for.
    load_of_creates(std::uint16_t port, std::string key, int clients);
    ~load_of_creates();

    /// So many requests have been answered 201 so far.
    int created() const { return created_; }
    /// Ends the clients; every attempt there was.
    std::vector<attempt> finish();

private:
    void run(int number, std::uint16_t port, const std::string& key);

    std::atomic<bool> stop_{false};
    std::atomic<int> created_{0};
    std::vector<std::vector<attempt>> attempts_;
    std::vector<std::thread> threads_;
};

/// Held against the agency's companies in the database: each 201 has its companies under their ids,
/// each refusal left nothing, and what was answered 503 or not at all is there as a whole or not at
/// all. What is wrong, or "".
std::string faults_of_attempts(sql_session& sql, std::int64_t agency,
                               const std::vector<load_of_creates::attempt>& all);

}  // namespace tenantry::test
