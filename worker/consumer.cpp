#include "worker/consumer.hpp"

#include <algorithm>
#include <map>

#include "common/jobs/envelope.hpp"
#include "common/jobs/kinds.hpp"
#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr auto reply_time = 5s;
constexpr auto pause_without_redis = 100ms;
constexpr auto pause_after_lost_group = 200ms;

std::vector<std::string> streams_of_queues() {
    std::vector<std::string> streams;
    for (const auto queue : jobs::queues) streams.push_back(jobs::stream_of(queue));
    return streams;
}

/// What an entry says; an entry that says nothing sensible is acknowledged and dropped like any
/// other.
std::optional<store::job_reference> reference_of(const redis::stream_entry& entry) {
    std::string_view agency, job;
    for (const auto& [name, value] : entry.fields) {
        if (name == jobs::agency_field) agency = value;
        if (name == jobs::job_field) job = value;
    }
    const auto read = jobs::parse_envelope(agency, job);
    if (!read) {
        log::warn("an entry of a job stream is no job",
                  {{"stream", entry.stream}, {"id", entry.id}});
        return std::nullopt;
    }
    return store::job_reference{read->agency, read->job};
}

}  // namespace

consumer::consumer(net::io_context& context, const worker_settings& settings, executor& runs,
                   redis::connection& commands)
    : context_{context},
      settings_{settings},
      executor_{runs},
      commands_{commands},
      reads_{context.get_executor(), {.url = settings.redis_url}},
      streams_{streams_of_queues()},
      batch_ended_{context, steady_timer::time_point::max()} {}

task<void> consumer::run() {
    reads_.start();
    while (!stopping_) {
        co_await wait_until_below(settings_.concurrency);
        if (!stopping_) co_await read_once();
    }
    co_await wait_until_below(1);
}

void consumer::stop() {
    stopping_ = true;
    reads_.stop();
    batch_ended_.cancel();
}

task<void> consumer::read_once() {
    redis::group_read what{.group = std::string{jobs::consumer_group},
                           .consumer = settings_.worker_name,
                           .streams = streams_,
                           .count = static_cast<int>(settings_.batch_size),
                           .block = settings_.read_block};
    auto read = co_await redis::read_group(reads_, std::move(what),
                                           deadline_in(settings_.read_block + reply_time));
    if (read) {
        failpoint("consumer.after_read");
        start_batches(std::move(*read));
        co_return;
    }
    if (redis::is_server_error(read.error(), "NOGROUP")) {
        co_await recreate_groups();
        co_return;
    }
    steady_timer pause{context_, pause_without_redis};
    co_await pause.async_wait(use_task);
}

// The group is missing at the first start, and after Redis lost its data: what its streams held is
// pushed again by the relay.
task<void> consumer::recreate_groups() {
    for (const auto& stream : streams_) {
        auto made = co_await redis::ensure_group(
            commands_, stream, std::string{jobs::consumer_group}, deadline_in(reply_time));
        if (!made) {
            steady_timer pause{context_, pause_after_lost_group};
            co_await pause.async_wait(use_task);
            co_return;
        }
        log::info("consumer group ready", {{"stream", stream}});
    }
}

void consumer::start_batches(entries all) {
    std::map<std::string, entries> by_stream;
    for (auto& entry : all) by_stream[entry.stream].push_back(std::move(entry));
    for (auto& [stream, batch] : by_stream) {
        ++running_;
        spawn(context_, run_batch(stream, std::move(batch)));
    }
}

task<void> consumer::run_batch(std::string stream, entries batch) {
    std::vector<store::job_reference> wanted;
    std::vector<std::string> ids;
    for (auto& entry : batch) {
        if (const auto reference = reference_of(entry)) wanted.push_back(*reference);
        ids.push_back(std::move(entry.id));
    }
    if (!wanted.empty()) co_await executor_.run(std::move(wanted));
    failpoint("consumer.before_ack");
    // Should this get lost, the entry is delivered again and finds its job done.
    co_await redis::ack_and_delete(commands_, std::move(stream), std::string{jobs::consumer_group},
                                   std::move(ids), deadline_in(reply_time));
    failpoint("consumer.after_ack");
    --running_;
    batch_ended_.cancel();
}

task<void> consumer::wait_until_below(std::size_t batches) {
    while (running_ >= batches) {
        batch_ended_.expires_at(steady_timer::time_point::max());
        co_await batch_ended_.async_wait(use_task);
    }
}

task<void> consumer::adopt() {
    for (const auto& stream : streams_) {
        if (stopping_ || running_ >= settings_.concurrency) co_return;
        auto left = co_await redis::auto_claim(commands_, stream, std::string{jobs::consumer_group},
                                               settings_.worker_name, settings_.lease, "0-0",
                                               static_cast<int>(settings_.batch_size),
                                               deadline_in(reply_time));
        if (left && !left->entries.empty()) start_batches(std::move(left->entries));
    }
}

}  // namespace tenantry::worker
