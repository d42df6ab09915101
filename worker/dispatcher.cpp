#include "worker/dispatcher.hpp"

#include <algorithm>
#include <iterator>

#include "common/runtime/failpoint.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/spawn.hpp"

namespace tenantry::worker {

namespace {

using namespace std::chrono_literals;

constexpr auto statement_time = 10s;
/// Of one claim, so that it stays short however many agencies have jobs and however many places
/// are free.
constexpr std::size_t agencies_a_claim = 64;
constexpr int jobs_a_claim = 2048;
/// Between two claims, so that requests go first.
constexpr auto most_pause = 500ms;
/// A batch that takes longer waits for somebody, and keeps nobody else from work.
constexpr auto slow = 250ms;
/// Until an agency is asked for again that another worker was claiming for.
constexpr auto moment = 3ms;
/// Until PostgreSQL is asked again after a claim that failed.
constexpr auto pause_after_failure = 200ms;

}  // namespace

dispatcher::dispatcher(net::io_context& context, pg::pool& database,
                       const worker_settings& settings, executor& runs, held_jobs& held,
                       job_metrics& counted)
    : context_{context},
      database_{database},
      settings_{settings},
      executor_{runs},
      held_{held},
      counted_{counted},
      throttle_{static_cast<double>(settings.database_cpus), settings.yield_for},
      changed_{context, steady_timer::time_point::max()} {
    for (const auto& each : settings.queues) queues_.push_back({each.queue, each.batches});
}

bool dispatcher::announce(domain::agency_id agency, std::string_view queue_name) {
    const auto found = std::ranges::find(queues_, queue_name, &served_queue::name);
    if (found == queues_.end()) return false;
    const auto before = found->agencies.size();
    found->agencies.add(agency);
    changed_.cancel();
    return found->agencies.size() > before;
}

std::vector<std::string> dispatcher::queues() const {
    std::vector<std::string> names;
    for (const auto& each : queues_) names.push_back(each.name);
    return names;
}

task<void> dispatcher::run() {
    while (!stopping_) {
        if (!unknown_.empty()) {
            co_await give_back_unknown();
            continue;
        }
        const auto now = std::chrono::steady_clock::now();
        auto shares = deal(now);
        if (shares.empty())
            co_await wait_for_change(now);
        else
            co_await claim(std::move(shares));
    }
    while (running_ > 0) co_await wait_for_change(std::chrono::steady_clock::now());
}

void dispatcher::stop() {
    stopping_ = true;
    changed_.cancel();
}

int dispatcher::places(const served_queue& of) const {
    const auto places = of.free * settings_.batch_size;
    if (places <= of.stepwise) return 0;
    return static_cast<int>(std::min<std::size_t>(places - of.stepwise, jobs_a_claim));
}

/// Batches that are not slow.
std::ptrdiff_t dispatcher::at_work(time_point now) const {
    return std::distance(batches_.upper_bound(now - slow), batches_.end());
}

int dispatcher::places_of_all(time_point now) const {
    const auto most = throttle_.most_batches();
    const auto working = static_cast<std::size_t>(at_work(now));
    if (now < pause_until_ || working >= most) return 0;
    return static_cast<int>(std::min<std::size_t>(most - working, jobs_a_claim) *
                            settings_.batch_size);
}

// A batch is one queue's. The queues take turns at being the first, since the next may find no
// place left.
std::vector<dispatcher::dealt> dispatcher::deal(time_point now) {
    std::vector<dealt> all;
    auto left = places_of_all(now);
    const auto first = first_;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        const auto at = (first + i) % queues_.size();
        const auto jobs = std::min(places(queues_[at]), left);
        if (jobs == 0) continue;
        const auto shares = queues_[at].agencies.deal(jobs, agencies_a_claim, now);
        if (shares.empty()) continue;
        if (all.empty()) first_ = (at + 1) % queues_.size();
        const auto size = static_cast<int>(settings_.batch_size);
        left -= (jobs + size - 1) / size * size;
        for (const auto& share : shares) all.push_back({&queues_[at], share});
    }
    return all;
}

task<void> dispatcher::claim(std::vector<dealt> shares) {
    std::vector<store::lane_demand> demands;
    demands.reserve(shares.size());
    for (const auto& [of, share] : shares)
        demands.push_back({{share.agency, of->name}, share.jobs});
    claimed_at_ = std::chrono::steady_clock::now();
    failpoint("dispatcher.before_claim");
    auto claims = co_await store::claim_due_jobs(
        database_, demands, settings_.lease, settings_.worker_name, deadline_in(statement_time));
    failpoint("dispatcher.after_claim");
    if (claims) {
        observe(*claims);
        settle(shares, std::move(claims->lanes));
    } else {
        log::warn("cannot claim jobs", {{"reason", claims.error().message}});
        for (const auto& [of, share] : shares) unknown_.insert(share.agency.value());
        rest(shares);
    }
}

// Whoever lost the answer to a claim holds jobs without knowing it: nobody's crash, so they are not
// left to their lease. Nothing is claimed meanwhile, so what is held is all that is known.
task<void> dispatcher::give_back_unknown() {
    const std::vector<std::int64_t> agencies(unknown_.begin(), unknown_.end());
    const auto held = held_.all();
    auto released = co_await store::release_unknown_jobs(database_, agencies, settings_.worker_name,
                                                         held, deadline_in(statement_time));
    if (released) {
        unknown_.clear();
        if (*released > 0) log::warn("gave back jobs of a lost claim", {{"jobs", *released}});
        co_return;
    }
    changed_.expires_after(pause_after_failure);
    co_await changed_.async_wait(use_task);
}

void dispatcher::observe(const store::lane_claims& claims) {
    std::optional<throttle::duration> oldest;
    for (const auto& lane : claims.lanes)
        if (!lane.rest)
            for (const auto& job : lane.jobs)
                oldest = std::max(oldest.value_or(job.dwelt), job.dwelt);
    throttle_.observe(std::chrono::steady_clock::now(), claims.others_snapshots, oldest);
    counted_.busy_cpus.Set(throttle_.busy());
}

void dispatcher::settle(const std::vector<dealt>& shares, std::vector<store::lane_claim> claims) {
    const auto now = std::chrono::steady_clock::now();
    for (auto& queue : queues_) {
        std::vector<store::claimed_job> jobs;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (shares[i].of != &queue) continue;
            auto& claim = claims[i];
            if (claim.taken) {
                queue.agencies.defer(shares[i].share, now + moment);
                continue;
            }
            std::optional<fair_share::time_point> until;
            if (claim.rest) until = now + *claim.rest;
            queue.agencies.settle(shares[i].share, static_cast<int>(claim.jobs.size()),
                                  claim.weight, until);
            std::ranges::move(claim.jobs, std::back_inserter(jobs));
        }
        start(queue, std::move(jobs));
    }
}

void dispatcher::rest(const std::vector<dealt>& shares) {
    const auto until = std::chrono::steady_clock::now() + pause_after_failure;
    for (const auto& [of, share] : shares) of->agencies.settle(share, 0, 1, until);
}

// A few jobs that take their time would keep a whole batch's place from all others.
void dispatcher::start(served_queue& of, std::vector<store::claimed_job> jobs) {
    for (const auto& job : jobs) counted_.count_claimed(job);
    const auto steps = std::ranges::stable_partition(
        jobs, [](const auto& job) { return !find_handler(job.kind).one; });
    for (auto& job : steps) {
        ++of.stepwise;
        ++running_;
        spawn(context_, run_stepwise(of, {std::move(job)}));
    }
    jobs.erase(steps.begin(), steps.end());
    const auto size = settings_.batch_size;
    for (std::size_t begin = 0; begin < jobs.size(); begin += size) {
        const auto from = jobs.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto to =
            jobs.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, jobs.size()));
        --of.free;
        ++running_;
        const auto begun = batches_.insert(claimed_at_);
        spawn(context_, run_batch(of, {std::move_iterator{from}, std::move_iterator{to}}, begun));
    }
}

task<void> dispatcher::run_batch(served_queue& of, std::vector<store::claimed_job> jobs,
                                 batches::iterator begun) {
    co_await run_jobs(of, std::move(jobs));
    const auto now = std::chrono::steady_clock::now();
    const auto took = std::min<throttle::duration>(now - *begun, slow);
    const auto pause = std::min<throttle::duration>(throttle_.pause_after(took), most_pause);
    batches_.erase(begun);
    ++of.free;
    pause_until_ = now + std::chrono::duration_cast<steady_timer::duration>(pause);
    changed_.cancel();
}

task<void> dispatcher::run_stepwise(served_queue& of, std::vector<store::claimed_job> job) {
    co_await run_jobs(of, std::move(job));
    --of.stepwise;
    changed_.cancel();
}

task<void> dispatcher::run_jobs(served_queue& of, std::vector<store::claimed_job> jobs) {
    std::vector<domain::agency_id> agencies;
    for (const auto& job : jobs)
        if (agencies.empty() || agencies.back() != job.agency) agencies.push_back(job.agency);
    co_await executor_.run(std::move(jobs));
    --running_;
    // One that was at its limit has room again.
    for (const auto agency : agencies) of.agencies.wake(agency);
}

// By the time of the look that found nothing to do: what came due since is then due at once.
task<void> dispatcher::wait_for_change(time_point looked_at) {
    changed_.expires_at(stopping_ ? time_point::max() : next_look(looked_at));
    co_await changed_.async_wait(use_task);
}

dispatcher::time_point dispatcher::next_look(time_point now) const {
    if (now < pause_until_) return pause_until_;
    if (places_of_all(now) == 0) return *batches_.upper_bound(now - slow) + slow;
    auto until = time_point::max();
    for (const auto& queue : queues_) {
        if (places(queue) == 0) continue;
        if (const auto next = queue.agencies.next_turn()) until = std::min(until, *next);
    }
    return until;
}

}  // namespace tenantry::worker
