// What the clients saw, one line of JSON a request: all that the checker knows of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace tenantry::chaos {

/// What came back from one attempt.
struct answer {
    unsigned status = 0;  ///< 0: nothing, since the connection was lost or silent for too long
    std::vector<std::int64_t> ids{};  ///< of the companies, with status 201
    bool replayed = false;            ///< Idempotent-Replayed
};

/// A request and the answers to its attempts. Without a key there is one attempt.
struct log_entry {
    std::int64_t agency = 0;
    std::vector<std::string> names{};
    std::string key{};
    bool bad = false;
    std::vector<answer> answers{};

    /// Whether the API took it, and whether it said no in the end. When neither, nobody knows.
    bool created() const;
    bool refused() const;
};

/// Whether the request is to be asked again because this says nothing for good: it was lost, or
/// there is no server, or another attempt still runs, or there were too many requests.
bool undecided(unsigned status);

/// Clients on many threads write into one file.
class client_log {
public:
    explicit client_log(const std::filesystem::path& file) : out_{file} {}

    void add(const log_entry& entry);

private:
    std::mutex writing_;
    std::ofstream out_;
};

/// Throws when a line is not one of client_log's.
std::vector<log_entry> read_client_log(const std::filesystem::path& file);

}  // namespace tenantry::chaos
