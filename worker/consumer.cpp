#include "worker/consumer.hpp"

#include <algorithm>
#include <map>

#include "common/jobs/envelope.hpp"
#include "common/jobs/kinds.hpp"
#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr int hints_a_read = 1000;
constexpr auto reply_time = 5s;
constexpr auto pause_without_redis = 100ms;
constexpr auto pause_after_lost_group = 200ms;

std::vector<std::string> streams_of(const std::vector<queue_share>& queues) {
    std::vector<std::string> streams;
    for (const auto& each : queues) streams.push_back(jobs::stream_of(each.queue));
    return streams;
}

/// What an entry says; one that says nothing sensible is acknowledged and dropped like any other.
std::vector<domain::agency_id> agencies_of(const redis::stream_entry& entry) {
    const auto field = std::ranges::find(entry.fields, jobs::agency_field,
                                         &std::pair<std::string, std::string>::first);
    if (field != entry.fields.end())
        if (auto agencies = jobs::parse_envelope(field->second)) return *std::move(agencies);
    log::warn("an entry of a job stream names no agency",
              {{"stream", entry.stream}, {"id", entry.id}});
    return {};
}

}  // namespace

consumer::consumer(net::io_context& context, const worker_settings& settings, dispatcher& told,
                   redis::connection& commands)
    : context_{context},
      settings_{settings},
      dispatcher_{told},
      commands_{commands},
      reads_{context.get_executor(), {.url = settings.redis_url}},
      streams_{streams_of(settings.queues)} {}

task<void> consumer::run() {
    reads_.start();
    while (!stopping_) co_await read_once();
}

void consumer::stop() {
    stopping_ = true;
    reads_.stop();
}

task<void> consumer::read_once() {
    redis::group_read what{.group = std::string{jobs::consumer_group},
                           .consumer = settings_.worker_name,
                           .streams = streams_,
                           .count = hints_a_read,
                           .block = settings_.read_block};
    auto read = co_await redis::read_group(reads_, std::move(what),
                                           deadline_in(settings_.read_block + reply_time));
    if (read) {
        if (!read->empty()) failpoint("consumer.after_read");
        pass_on(*read);
    } else if (redis::is_server_error(read.error(), "NOGROUP")) {
        co_await recreate_groups();
    } else {
        co_await pause(pause_without_redis);
    }
}

// The group is missing at the first start, and after Redis lost its data. What its streams held is
// found by the relay.
task<void> consumer::recreate_groups() {
    for (const auto& stream : streams_) {
        auto made = co_await redis::ensure_group(
            commands_, stream, std::string{jobs::consumer_group}, deadline_in(reply_time));
        if (!made) {
            co_await pause(pause_after_lost_group);
            co_return;
        }
        log::info("consumer group ready", {{"stream", stream}});
    }
}

// Passed on is acknowledged, whatever becomes of the jobs: they are found by their rows, and a hint
// that is delivered again would say no more.
void consumer::pass_on(const entries& hints) {
    std::map<std::string, std::vector<std::string>> by_stream;
    for (const auto& hint : hints) {
        for (const auto agency : agencies_of(hint))
            dispatcher_.announce(agency, jobs::queue_of(hint.stream));
        by_stream[hint.stream].push_back(hint.id);
    }
    for (const auto& [stream, ids] : by_stream) {
        failpoint("consumer.before_ack");
        forget(stream, ids);
        failpoint("consumer.after_ack");
    }
}

void consumer::forget(const std::string& stream, const std::vector<std::string>& ids) {
    for (const auto& command : redis::acknowledgement(stream, jobs::consumer_group, ids))
        commands_.post(command);
}

task<void> consumer::pause(std::chrono::milliseconds time) {
    steady_timer timer{context_, time};
    co_await timer.async_wait(use_task);
}

task<void> consumer::adopt() {
    for (const auto& stream : streams_) {
        if (stopping_ || !commands_.connected()) co_return;
        auto left = co_await redis::auto_claim(commands_, stream, std::string{jobs::consumer_group},
                                               settings_.worker_name, settings_.lease, "0-0",
                                               hints_a_read, deadline_in(reply_time));
        if (left) pass_on(left->entries);
    }
}

}  // namespace tenantry::worker
