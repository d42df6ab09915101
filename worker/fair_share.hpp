// Whose jobs are claimed next: agencies that have due jobs take turns, so that one agency's ten
// thousand do not stand before another's one. Weighted deficit round robin (Shreedhar and Varghese,
// "Efficient Fair Queuing using Deficit Round Robin", 1995) with jobs for bytes: in each round an
// agency is served as many jobs as its weight says, and what it could not be served it keeps for
// its next turn. Pure: it knows neither the database nor the clock.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/domain/ids.hpp"

namespace tenantry::worker {

class fair_share {
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct share {
        domain::agency_id agency;
        int jobs;
    };

    /// The agency has due jobs. Told again while it has, this changes nothing but that what is
    /// being asked for at the moment does not count as its last.
    void add(domain::agency_id agency);

    /// Deals out `jobs` among the next `agencies`, at most, of those that do not rest; all of it as
    /// long as there is one. Each is dealt to once at most, by its weight, in the order of their
    /// turns. Between this and the settle() of each share, no other deal.
    std::vector<share> deal(int jobs, std::size_t agencies, time_point now);

    /// What came of a share: an agency that had fewer than it was dealt has no more and leaves,
    /// unless it was added meanwhile, or rests `until`, being skipped and not waited for.
    void settle(const share& dealt, int had, int weight, std::optional<time_point> rest_until);

    /// For the moment another worker claims for the agency, so nothing came of the share: until
    /// then its places are kept for it, and what it would be dealt meanwhile too. After a few such
    /// moments in a row it rests as any other, and its places are anybody's.
    void defer(const share& dealt, time_point until);

    /// Ends the agency's rest.
    void wake(domain::agency_id agency);

    /// Whether deal() would deal anything.
    bool has_turns(time_point now) const;
    /// When the next one that rests has rested; nothing when none rests.
    std::optional<time_point> next_turn() const;
    std::size_t size() const { return by_agency_.size(); }

private:
    struct member {
        domain::agency_id agency;
        int weight = 1;
        int deficit = 0;
        int dealt = 0;     ///< in its last turn
        int kept = 0;      ///< places, while it is deferred
        int deferred = 0;  ///< times in a row
        std::optional<time_point> deferred_until{};
        bool again = false;  ///< added since that deal
        std::optional<time_point> rests_until{};
    };
    using ring = std::list<member>;

    static constexpr int most_deferred = 8;

    static void take_turn(ring& among, int& left);
    void deal_to_deferred(std::vector<share>& shares, int jobs, time_point now);
    void wake_rested(time_point now);
    int places_kept() const;

    ring turns_;  ///< the front is next
    ring resting_;
    std::vector<ring::iterator> deferred_;  ///< among those that have turns
    std::unordered_map<std::int64_t, ring::iterator> by_agency_;
};

}  // namespace tenantry::worker
