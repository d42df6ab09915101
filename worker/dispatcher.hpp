// Gives the worker's places to agencies in turn: claims what is due of those that have due jobs, as
// much as there are places for, and hands it to the executor in batches.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "worker/executor.hpp"
#include "worker/fair_share.hpp"
#include "worker/throttle.hpp"

namespace tenantry::worker {

class dispatcher {
public:
    dispatcher(net::io_context& context, pg::pool& database, const worker_settings& settings,
               executor& runs, held_jobs& held, job_metrics& counted);

    /// The agency has due jobs in the queue, says a hint or a look at the database. Whether that
    /// was news; of a queue that is not served here it never is.
    bool announce(domain::agency_id agency, std::string_view queue);

    /// The queues that are served here.
    std::vector<std::string> queues() const;

    /// Claims and runs until stop(); returns when the last batch has ended.
    task<void> run();

    /// Claims nothing more from now on.
    void stop();

private:
    struct served_queue {
        std::string name;
        std::size_t free;          ///< batches that could be started
        std::size_t stepwise = 0;  ///< jobs that run in steps: each has a place, and no batch
        fair_share agencies{};
    };
    /// One agency's share of a claim.
    struct dealt {
        served_queue* of;
        fair_share::share share;
    };

    using time_point = steady_timer::time_point;
    /// When each batch that is in progress was claimed.
    using batches = std::multiset<time_point>;

    std::ptrdiff_t at_work(time_point now) const;
    int places_of_all(time_point now) const;
    std::vector<dealt> deal(time_point now);
    task<void> claim(std::vector<dealt> shares);
    void observe(const store::lane_claims& claims);
    void settle(const std::vector<dealt>& shares, std::vector<store::lane_claim> claims);
    void rest(const std::vector<dealt>& shares);
    task<void> give_back_unknown();
    int places(const served_queue& of) const;
    void start(served_queue& of, std::vector<store::claimed_job> jobs);
    task<void> run_batch(served_queue& of, std::vector<store::claimed_job> jobs,
                         batches::iterator begun);
    task<void> run_stepwise(served_queue& of, std::vector<store::claimed_job> job);
    task<void> run_jobs(served_queue& of, std::vector<store::claimed_job> jobs);
    task<void> wait_for_change(time_point looked_at);
    time_point next_look(time_point now) const;

    net::io_context& context_;
    pg::pool& database_;
    const worker_settings& settings_;
    executor& executor_;
    held_jobs& held_;
    job_metrics& counted_;
    std::vector<served_queue> queues_;
    std::size_t first_ = 0;    ///< the queue that is dealt to first
    std::size_t running_ = 0;  ///< batches, and jobs that run in steps
    batches batches_;
    std::set<std::int64_t> unknown_;  ///< agencies of claims that may have taken place
    throttle throttle_;
    time_point claimed_at_{};  ///< the last time
    time_point pause_until_{};
    steady_timer changed_;  ///< cancelled by whatever may let run() go on
    bool stopping_ = false;
};

}  // namespace tenantry::worker
