// What is done to whom and when: a pure function of the seed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::chaos {

/// Each victim has a lane of its own: its faults follow each other, and meet those of the others.
enum class victim { worker, api, redis, postgres };

enum class fault_kind {
    worker_killed,
    worker_stopped,
    worker_drained,
    worker_stalled,
    api_killed,
    api_stopped,
    api_drained,
    api_stalled,
    clients_cut,
    clients_delayed,
    redis_restarted,
    redis_emptied,
    redis_flushed,
    redis_stopped,
    redis_failed_over,
    redis_delayed,
    redis_cut,
    redis_refused,
    postgres_restarted,
    postgres_crashed,
    postgres_delayed,
    postgres_cut,
    postgres_refused,
    backends_cut
};

/// The milliseconds that a fault lasts, at least and at most, and about what it takes to bring the
/// victim back. What `amount` means is the kind's: milliseconds of delay, a share in percent.
struct fault_traits {
    fault_kind kind;
    std::string_view name;
    chaos::victim victim;
    int shortest, longest, recovery;
    int least = 0, most = 0;
};

/// A stopped worker sleeps past its lease (`worker_lease`), so that it wakes up a stale one. A
/// stalled one hears of its claims after the lease, and what a stalled API says reaches PostgreSQL
/// after its client has asked another one.
inline constexpr std::array<fault_traits, 24> fault_table{{
    {fault_kind::worker_killed, "worker killed", victim::worker, 100, 1500, 500},
    {fault_kind::worker_stopped, "worker stopped", victim::worker, 4500, 6000, 0},
    {fault_kind::worker_drained, "worker drained", victim::worker, 0, 500, 500},
    {fault_kind::worker_stalled, "worker stalled", victim::worker, 200, 800, 4500, 3600, 4500},
    {fault_kind::api_killed, "API killed", victim::api, 100, 1200, 500},
    {fault_kind::api_stopped, "API stopped", victim::api, 500, 2500, 0},
    {fault_kind::api_drained, "API drained", victim::api, 0, 500, 500},
    {fault_kind::api_stalled, "API stalled", victim::api, 100, 400, 2500, 1600, 2500},
    {fault_kind::clients_cut, "clients cut", victim::api, 0, 0, 0},
    {fault_kind::clients_delayed, "clients delayed", victim::api, 500, 1500, 0, 50, 300},
    {fault_kind::redis_restarted, "Redis restarted", victim::redis, 0, 0, 200},
    {fault_kind::redis_emptied, "Redis emptied by a restart", victim::redis, 0, 0, 200},
    {fault_kind::redis_flushed, "Redis flushed", victim::redis, 0, 0, 0},
    {fault_kind::redis_stopped, "Redis stopped", victim::redis, 500, 2500, 0},
    {fault_kind::redis_failed_over, "Redis failed over to an empty one", victim::redis, 0, 1000, 0},
    {fault_kind::redis_delayed, "Redis delayed", victim::redis, 500, 2000, 0, 20, 300},
    {fault_kind::redis_cut, "Redis cut", victim::redis, 0, 0, 0},
    {fault_kind::redis_refused, "Redis refused", victim::redis, 300, 2000, 0},
    {fault_kind::postgres_restarted, "PostgreSQL restarted", victim::postgres, 0, 1000, 2000},
    {fault_kind::postgres_crashed, "PostgreSQL crashed", victim::postgres, 0, 1000, 2000},
    {fault_kind::postgres_delayed, "PostgreSQL delayed", victim::postgres, 500, 2000, 0, 10, 150},
    {fault_kind::postgres_cut, "PostgreSQL cut", victim::postgres, 0, 0, 0},
    {fault_kind::postgres_refused, "PostgreSQL refused", victim::postgres, 300, 1500, 0},
    {fault_kind::backends_cut, "backends cut", victim::postgres, 0, 0, 0, 20, 100},
}};
inline constexpr std::chrono::seconds worker_lease{3};

const fault_traits& traits_of(fault_kind kind);

struct fault {
    std::chrono::milliseconds at;  ///< since the beginning
    fault_kind kind;
    int target;  ///< which of the workers or APIs
    std::chrono::milliseconds length;
    int amount;

    bool operator==(const fault&) const = default;
};

/// "    3.214 s  API stopped (1) for 1.120 s", and the amount where the kind has one.
std::string to_string(const fault& f);

/// How many there are of the victims that there are many of.
struct crew {
    int workers = 2;
    int apis = 2;
};

/// The faults of one victim, in their order, with pauses to recover in and to get something done.
using lane = std::vector<fault>;
inline constexpr std::chrono::milliseconds shortest_pause{400};

/// Shorter, and not every kind would find its place.
inline constexpr std::chrono::seconds shortest_storm{23};

/// One lane for each worker, each API, Redis and PostgreSQL. Every lane has each of its kinds in an
/// order of its own, then each again, until `duration` is full.
std::vector<lane> make_schedule(std::uint64_t seed, std::chrono::milliseconds duration,
                                const crew& all);

/// The faults of all lanes in the order of time.
std::vector<fault> merged(const std::vector<lane>& lanes);

}  // namespace tenantry::chaos
