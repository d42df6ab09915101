// Redis Streams with consumer groups, as far as the job queues use them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/connection.hpp"

namespace tenantry::redis {

using stream_fields = std::vector<std::pair<std::string, std::string>>;

struct stream_entry {
    std::string stream;
    std::string id;
    stream_fields fields;
};

/// The arguments of an XADD under an id of Redis's choice, for command() or post(). When the stream
/// holds more than about `at_most` entries, the oldest go.
std::vector<std::string> xadd(std::string_view stream, std::int64_t at_most,
                              const stream_fields& fields);

/// Creates the group, and the stream with it, from the stream's beginning; success when it exists.
task<result<void>> ensure_group(connection& c, std::string stream, std::string group,
                                deadline until);

struct group_read {
    std::string group;
    std::string consumer;
    std::vector<std::string> streams;
    int count = 1;  ///< entries at most of each stream
    /// How long Redis waits for the first entry; without, it answers at once. A blocking read
    /// holds up every other command, so it has a connection of its own.
    std::optional<std::chrono::milliseconds> block{};
};

/// Entries that no consumer of the group has had yet; none when there are none by the end of the
/// block. Give a deadline later than that. When the group is missing: is_server_error "NOGROUP".
task<result<std::vector<stream_entry>>> read_group(connection& c, group_read what, deadline until);

/// The commands that acknowledge entries and delete them, for pipeline() or post().
std::vector<std::vector<std::string>> acknowledgement(const std::string& stream,
                                                      std::string_view group,
                                                      const std::vector<std::string>& ids);

struct claim {
    std::string next;  ///< where the next call goes on; "0-0" when all have been looked at
    std::vector<stream_entry> entries;
};

/// Takes over, for `consumer`, entries that another consumer got at least `min_idle` ago and has
/// not acknowledged, looking from `start` ("0-0" at first) at up to `count`.
task<result<claim>> auto_claim(connection& c, std::string stream, std::string group,
                               std::string consumer, std::chrono::milliseconds min_idle,
                               std::string start, int count, deadline until);

}  // namespace tenantry::redis
