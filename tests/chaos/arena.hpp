// Everything that a storm is let loose on: servers of its own, proxies before them, and several of
// each program, under the hands of one thread a victim.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <optional>

#include "tests/chaos/schedule.hpp"
#include "tests/support/cluster.hpp"
#include "tests/support/proxy.hpp"

namespace tenantry::chaos {

/// One of the programs, through all of its lives; for a thread at a time. Throws std::runtime_error
/// when it ended by itself, or does not end when it is told to.
class member {
public:
    /// Logs are DIRECTORY/NAME-LIFE.log. `ready` is what a new life says in its log.
    member(std::string name, std::string program, test::flags given, std::string ready,
           std::filesystem::path directory);

    void start();
    void kill();
    void stop();
    void resume();
    /// SIGTERM; it must end with status 0.
    void drain();
    std::uint16_t http_port() const { return life_->http_port(); }

private:
    void require_alive();

    std::string name_, program_;
    test::flags given_;
    std::string ready_;
    std::filesystem::path directory_;
    std::optional<test::program> life_;
    int lives_ = 0;
};

class arena {
public:
    /// With all programs at work. The logs go to `logs`.
    arena(const crew& all, const std::filesystem::path& logs);

    /// Does what the fault says, and undoes it after its length. Faults of different victims may be
    /// carried out at the same time. A program is killed by the kernel when the thread ends that
    /// last started it.
    void carry_out(const fault& f);
    /// Ends the APIs as an operator does: they answer what they have begun.
    void end_apis();
    void end_workers();

    /// Where the clients find the APIs.
    std::vector<std::uint16_t> api_ports() const;
    test::stack& base() { return base_; }
    std::filesystem::path postgres_log() const { return postgres_.log(); }

private:
    /// Each program has a way to PostgreSQL of its own, before the one that they share. An API
    /// stands behind a third proxy, since it takes another port in each of its lives.
    struct api_place {
        api_place(arena& in, std::string name, const std::filesystem::path& logs);

        test::proxy database;
        member program;
        test::proxy door;
    };
    struct worker_place {
        worker_place(arena& in, std::string name, const std::filesystem::path& logs);

        test::proxy database;
        member program;
    };

    test::flags stores(const std::string& database_url) const;
    test::flags api_flags(const test::proxy& database) const;
    test::flags worker_flags(const test::proxy& database) const;

    void carry_out_on_worker(const fault& f);
    void carry_out_on_api(const fault& f);
    void carry_out_on_redis(const fault& f);
    void carry_out_on_postgres(const fault& f);
    void fail_over(std::chrono::milliseconds down);
    void restart_postgres(int signal, std::chrono::milliseconds down);
    void cut_backends(int percent) const;

    test::cluster postgres_;
    test::stack base_{postgres_.urls(), true};
    test::redis_server spare_redis_{true};
    bool on_spare_ = false;
    test::proxy postgres_door_{postgres_.port()};
    test::proxy redis_door_{base_.redis().port()};
    std::vector<std::unique_ptr<api_place>> apis_;
    std::vector<std::unique_ptr<worker_place>> workers_;
};

}  // namespace tenantry::chaos
