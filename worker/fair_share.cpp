#include "worker/fair_share.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tenantry::worker {

void fair_share::add(domain::agency_id agency) {
    const auto [at, is_new] = by_agency_.try_emplace(agency.value());
    if (is_new)
        at->second = turns_.insert(turns_.end(), member{agency});
    else
        at->second->again = true;
}

std::vector<fair_share::share> fair_share::deal(int jobs, std::size_t agencies, time_point now) {
    wake_rested(now);
    ring served;
    const auto last =
        std::next(turns_.begin(), static_cast<std::ptrdiff_t>(std::min(agencies, turns_.size())));
    served.splice(served.end(), turns_, turns_.begin(), last);
    for (auto& each : served) {
        each.dealt = 0;
        each.again = false;
    }
    if (!served.empty())
        for (auto left = jobs - places_kept(); left > 0;) take_turn(served, left);
    std::vector<share> shares;
    for (const auto& each : served)
        if (each.dealt > 0 && !each.deferred_until) shares.push_back({each.agency, each.dealt});
    // Who has had its turn comes after those who have not; whose turn was cut short, or has not
    // come yet, is next.
    const auto waits = [](const member& m) { return m.dealt == 0 || m.deficit > 0; };
    const auto had = std::ranges::find_if_not(served, waits);
    turns_.splice(turns_.begin(), served, served.begin(), had);
    turns_.splice(turns_.end(), served);
    deal_to_deferred(shares, jobs, now);
    return shares;
}

// What was dealt to one that is deferred is kept, and handed out with the rest when its time has
// come.
void fair_share::deal_to_deferred(std::vector<share>& shares, int jobs, time_point now) {
    for (const auto& each : shares) jobs -= each.jobs;
    std::erase_if(deferred_, [&](const ring::iterator& each) {
        each->kept += std::exchange(each->dealt, 0);
        if (*each->deferred_until > now) return false;
        const auto handed_out = std::min(std::exchange(each->kept, 0), jobs);
        jobs -= handed_out;
        each->deferred_until.reset();
        each->again = false;
        if (handed_out > 0) shares.push_back({each->agency, handed_out});
        return true;
    });
}

// Whoever's turn is cut short keeps it, with what is left of its deficit.
void fair_share::take_turn(ring& among, int& left) {
    auto& next = among.front();
    if (next.deficit == 0) next.deficit = next.weight;
    const auto jobs = std::min(next.deficit, left);
    next.deficit -= jobs;
    next.dealt += jobs;
    left -= jobs;
    if (next.deficit == 0) among.splice(among.end(), among, among.begin());
}

void fair_share::wake(domain::agency_id agency) {
    const auto found = by_agency_.find(agency.value());
    if (found == by_agency_.end() || !found->second->rests_until) return;
    found->second->rests_until.reset();
    turns_.splice(turns_.end(), resting_, found->second);
}

void fair_share::settle(const share& dealt, int had, int weight,
                        std::optional<time_point> rest_until) {
    const auto found = by_agency_.find(dealt.agency.value());
    auto& settled = *found->second;
    settled.weight = weight;
    settled.deficit = std::min(settled.deficit, weight);
    settled.deferred = 0;
    if (rest_until) {
        settled.rests_until = rest_until;
        settled.deficit = 0;
        resting_.splice(resting_.end(), turns_, found->second);
    } else if (had < dealt.jobs && !settled.again) {
        turns_.erase(found->second);
        by_agency_.erase(found);
    }
}

void fair_share::defer(const share& dealt, time_point until) {
    const auto at = by_agency_.find(dealt.agency.value())->second;
    at->dealt = 0;
    if (++at->deferred <= most_deferred) {
        at->kept = dealt.jobs;
        at->deferred_until = until;
        deferred_.push_back(at);
    } else {
        at->deficit = at->deferred = 0;
        at->rests_until = until;
        resting_.splice(resting_.end(), turns_, at);
    }
}

void fair_share::wake_rested(time_point now) {
    for (auto at = resting_.begin(); at != resting_.end();) {
        const auto next = std::next(at);
        if (*at->rests_until <= now) {
            at->rests_until.reset();
            turns_.splice(turns_.end(), resting_, at);
        }
        at = next;
    }
}

int fair_share::places_kept() const {
    return std::accumulate(deferred_.begin(), deferred_.end(), 0,
                           [](int sum, const auto& each) { return sum + each->kept; });
}

bool fair_share::has_turns(time_point now) const {
    const auto may_be_served = [now](const member& m) {
        return m.deferred_until.value_or(now) <= now && m.rests_until.value_or(now) <= now;
    };
    return std::ranges::any_of(turns_, may_be_served) ||
           std::ranges::any_of(resting_, may_be_served);
}

std::optional<fair_share::time_point> fair_share::next_turn() const {
    std::optional<time_point> soonest;
    const auto note = [&soonest](time_point when) {
        soonest = std::min(soonest.value_or(when), when);
    };
    for (const auto& each : resting_) note(*each.rests_until);
    for (const auto& each : deferred_) note(*each->deferred_until);
    return soonest;
}

}  // namespace tenantry::worker
