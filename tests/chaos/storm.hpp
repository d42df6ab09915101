// Lets a schedule loose on an arena, a thread for each lane, and notes what the clients got done
// meanwhile.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "tests/chaos/arena.hpp"
#include "tests/chaos/clients.hpp"

namespace tenantry::chaos {

/// A fault and what came to pass between its beginning and that of the next in its lane.
struct carried_out {
    chaos::fault fault;
    int attempts = 0;
    int created = 0;
};

class storm {
public:
    /// Begins at once. A lane that is late leaves out what was planned for later than the storm is
    /// to end, though none of its kinds. `count` tells how far the clients are; what really
    /// happened when is written into `diary`.
    storm(arena& on, std::vector<lane> lanes, std::function<tally()> count,
          const std::filesystem::path& diary);
    storm(const storm&) = delete;
    storm& operator=(const storm&) = delete;
    /// The threads end here and not before: what they started last lives until then.
    ~storm();

    /// Waits for the end of all lanes; whether it has come in time. Throws what broke one.
    bool wait(std::chrono::milliseconds timeout);
    std::size_t faults_so_far() const;
    /// After the end, once: what was carried out, lane by lane. The last of each lane counts until
    /// now.
    std::vector<carried_out> finish();

private:
    void follow(const lane& faults, std::vector<carried_out>& told);
    /// Whether the time came; not when the storm is to stop.
    bool sleep_until(std::chrono::steady_clock::time_point time);
    tally begin_next(std::vector<carried_out>& told, const fault& next);
    void end_last(std::vector<carried_out>& told) const;
    /// A storm in which nothing gets done tests nothing.
    void await_progress(const fault& during, int created_before);
    void note(std::string_view what, const fault& f);

    arena& on_;
    const std::vector<lane> lanes_;
    const std::function<tally()> count_;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    const std::chrono::steady_clock::time_point end_;

    std::ofstream diary_;
    mutable std::mutex changing_;
    std::condition_variable changed_;
    std::exception_ptr broken_by_;
    bool stop_ = false;
    std::size_t lanes_left_;
    std::vector<std::vector<carried_out>> told_;
    net::thread_pool threads_;
};

}  // namespace tenantry::chaos
