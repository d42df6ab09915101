// Looks in the database for due jobs that no hint has announced: those of a commit whose hint got
// lost, those that waited for their time or for another attempt, those of which another worker has
// more than it can do.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "worker/dispatcher.hpp"

namespace tenantry::worker {

class relay {
public:
    relay(net::io_context& context, pg::pool& database, dispatcher& told, executor& runs,
          job_metrics& counted)
        : context_{context},
          database_{database},
          dispatcher_{told},
          executor_{runs},
          counted_{counted} {}

    /// One look: at the next lanes, a bounded number, going round; and at what waits because it was
    /// twice with a worker that crashed. Whether there may be more to look at right away.
    task<bool> look();

    /// Whether the last look was answered.
    bool sees_database() const { return sees_database_; }

    /// Starts no more suspects from now on.
    void stop() { finishing_ = true; }

    /// The same, and returns when those that run have ended.
    task<void> finish();

    /// That run at the same time, when the first ones take their time.
    static constexpr std::size_t suspects_at_once = 4;

private:
    task<bool> look_at_lanes();
    task<void> look_for_suspects();
    task<std::vector<store::suspect>> find_suspects();
    task<void> go_through(std::vector<store::suspect> suspects);
    task<bool> run_by_itself(store::suspect suspect);
    task<void> run(std::vector<store::claimed_job> suspect, std::shared_ptr<bool> over);
    void note(const store::waiting_lane& lane);
    void show_ages();

    net::io_context& context_;
    pg::pool& database_;
    dispatcher& dispatcher_;
    executor& executor_;
    job_metrics& counted_;
    store::lane after_{domain::agency_id{-1}, ""};
    /// Of the round under way; in seconds.
    std::map<std::string, double> oldest_due_{};
    double oldest_unannounced_ = 0;
    bool goes_through_suspects_ = false;
    std::size_t suspects_run_ = 0;
    bool finishing_ = false;
    bool sees_database_ = true;
    steady_timer suspect_ended_{context_};  ///< cancelled then, for whoever waits for it
    steady_timer finished_{context_, steady_timer::time_point::max()};
};

}  // namespace tenantry::worker
