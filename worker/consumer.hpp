// Reads the hints in the queues' streams, and passes on which agencies have due jobs.
#pragma once

#include <string>

#include "common/redis/connection.hpp"
#include "common/redis/streams.hpp"
#include "worker/dispatcher.hpp"

namespace tenantry::worker {

class consumer {
public:
    /// `commands` is shared; the blocking reads have a connection of their own.
    consumer(net::io_context& context, const worker_settings& settings, dispatcher& told,
             redis::connection& commands);

    /// Reads until stop().
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
    void pass_on(const entries& hints);
    void forget(const std::string& stream, const std::vector<std::string>& ids);
    task<void> pause(std::chrono::milliseconds time);

    net::io_context& context_;
    const worker_settings& settings_;
    dispatcher& dispatcher_;
    redis::connection& commands_;
    redis::connection reads_;
    const std::vector<std::string> streams_;
    bool stopping_ = false;
};

}  // namespace tenantry::worker
