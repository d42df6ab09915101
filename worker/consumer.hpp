// Reads the streams of all queues through the consumer group, and runs what it finds, a bounded
// number of batches at a time.
#pragma once

#include <set>
#include <string>

#include "common/redis/connection.hpp"
#include "common/redis/streams.hpp"
#include "worker/executor.hpp"

namespace tenantry::worker {

class consumer {
public:
    /// `commands` is shared; the blocking reads have a connection of their own.
    consumer(net::io_context& context, const worker_settings& settings, executor& runs,
             redis::connection& commands);

    /// Reads and runs until stop(); returns when the last batch has ended.
    task<void> run();

    /// No more reads from now on.
    void stop();

    /// Takes over what consumers that are gone had read and not acknowledged. To be called now and
    /// then.
    task<void> adopt();

private:
    using entries = std::vector<redis::stream_entry>;

    task<void> read_once();
    task<void> recreate_groups();
    void start_batches(entries all);
    task<void> run_batch(std::string stream, entries batch);
    task<void> wait_until_below(std::size_t batches);

    net::io_context& context_;
    const worker_settings& settings_;
    executor& executor_;
    redis::connection& commands_;
    redis::connection reads_;
    const std::vector<std::string> streams_;
    std::size_t running_ = 0;
    steady_timer batch_ended_;  ///< cancelled when a batch ends
    bool stopping_ = false;
};

}  // namespace tenantry::worker
