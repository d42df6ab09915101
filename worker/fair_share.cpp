#include "worker/fair_share.hpp"

#include <algorithm>

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
        for (auto left = jobs; left > 0;) take_turn(served, left);
    std::vector<share> shares;
    for (const auto& each : served)
        if (each.dealt > 0) shares.push_back({each.agency, each.dealt});
    // Who has had its turn comes after those who have not; whose turn was cut short, or has not
    // come yet, is next.
    const auto waits = [](const member& m) { return m.dealt == 0 || m.deficit > 0; };
    const auto had = std::ranges::find_if_not(served, waits);
    turns_.splice(turns_.begin(), served, served.begin(), had);
    turns_.splice(turns_.end(), served);
    return shares;
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
    if (rest_until) {
        settled.rests_until = rest_until;
        settled.deficit = 0;
        resting_.splice(resting_.end(), turns_, found->second);
    } else if (had < dealt.jobs && !settled.again) {
        turns_.erase(found->second);
        by_agency_.erase(found);
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

bool fair_share::has_turns(time_point now) const {
    return !turns_.empty() ||
           std::ranges::any_of(resting_, [now](const auto& m) { return *m.rests_until <= now; });
}

std::optional<fair_share::time_point> fair_share::next_turn() const {
    std::optional<time_point> soonest;
    for (const auto& each : resting_)
        if (!soonest || *each.rests_until < *soonest) soonest = each.rests_until;
    return soonest;
}

}  // namespace tenantry::worker
