// What the use cases of one thread work with.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "api/service/caller.hpp"
#include "api/service/database_by_turns.hpp"
#include "api/service/job_pusher.hpp"
#include "api/service/revocations.hpp"
#include "common/crypto/sealer.hpp"
#include "common/pg/pool.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/store/api_keys.hpp"
#include "common/store/companies.hpp"
#include "common/store/contacts.hpp"
#include "common/store/ids.hpp"
#include "common/store/locations.hpp"
#include "common/store/principals.hpp"

namespace tenantry::service {

/// The creating requests of one thread, those of a kind sharing their commits.
struct commit_queues {
    commit_queues(pg::pool& database, store::sharing_limits limits)
        : companies{database, limits},
          api_keys{database, limits},
          contacts{database, limits},
          locations{database, limits} {}

    store::commit_queue<store::create_companies> companies;
    store::commit_queue<store::create_api_key> api_keys;
    store::commit_queue<store::create_contacts> contacts;
    store::commit_queue<store::create_location> locations;
};

/// The places of requests that wait for something on purpose. They are few, and fewer for one
/// agency: each holds up a request that could be served, and asks the database again and again.
class wait_places {
public:
    static constexpr std::size_t most = 128, most_of_agency = 16;

    /// One, for as long as it lives, if there was one.
    class place {
    public:
        place(wait_places& from, domain::agency_id agency)
            : from_{from}, agency_{agency.value()}, taken_{from.take(agency_)} {}
        ~place() {
            if (taken_) from_.give_back(agency_);
        }
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        explicit operator bool() const { return taken_; }

    private:
        wait_places& from_;
        std::int64_t agency_;
        bool taken_;
    };

private:
    bool take(std::int64_t agency) {
        if (all_ == most) return false;
        auto& of_agency = of_agencies_[agency];
        if (of_agency == most_of_agency) return false;
        ++of_agency;
        ++all_;
        return true;
    }
    void give_back(std::int64_t agency) {
        --all_;
        if (--of_agencies_.at(agency) == 0) of_agencies_.erase(agency);
    }

    std::size_t all_ = 0;
    std::unordered_map<std::int64_t, std::size_t> of_agencies_;
};

/// Ids for the requests of one thread, from the process's reserve.
class id_source {
public:
    id_source(store::id_reserve& reserve, pg::pool& database)
        : reserve_{reserve}, database_{database} {}

    /// Starts the reserve's refill beside the request when it runs low.
    task<result<store::reserved_ids>> take(store::id_demand demand, deadline until);

private:
    store::id_reserve& reserve_;
    pg::pool& database_;
};

struct environment {
    /// For what goes to the database by itself: of its agency one at a time.
    database_by_turns alone;
    /// For what reads as much as an agency has.
    database_by_turns slow;
    commit_queues& commits;
    store::company_reads& companies;
    store::key_holder_read& key_holders;
    id_source ids;
    const crypto::sealer& sealer;
    const tenantry::clock& clock;
    job_pusher& pusher;
    revocations& revoked;
    std::chrono::seconds idempotency_ttl;
    std::chrono::seconds session_ttl;
    wait_places waits{};

    store::command_times times() const {
        const auto now = clock.now();
        return {now, now + idempotency_ttl};
    }
};

/// What a creating use case answers: made now, or replayed from the first use of its
/// Idempotency-Key.
struct answer {
    store::stored_response response;
    bool replayed = false;
    /// The first of the jobs that it caused, which names their batch. Not known of a replay.
    std::optional<domain::job_id> batch{};
};

}  // namespace tenantry::service
