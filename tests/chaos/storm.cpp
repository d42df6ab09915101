#include "tests/chaos/storm.hpp"

#include <set>

namespace tenantry::chaos {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

/// After the longest outage, on a machine under load.
constexpr auto time_for_progress = 30s;
constexpr auto between_looks = 10ms;

std::size_t kinds_in(const lane& faults) {
    std::set<fault_kind> kinds;
    for (const auto& each : faults) kinds.insert(each.kind);
    return kinds.size();
}

}  // namespace

storm::storm(arena& on, std::vector<lane> lanes, std::function<tally()> count,
             const std::filesystem::path& diary)
    : on_{on},
      lanes_{std::move(lanes)},
      count_{std::move(count)},
      end_{begin_ + merged(lanes_).back().at},
      diary_{diary},
      lanes_left_{lanes_.size()},
      told_(lanes_.size()),
      threads_{lanes_.size()} {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
        net::post(threads_, [this, i] { follow(lanes_[i], told_[i]); });
}

storm::~storm() {
    {
        const std::lock_guard lock{changing_};
        stop_ = true;
    }
    changed_.notify_all();
    threads_.join();
}

void storm::follow(const lane& faults, std::vector<carried_out>& told) {
    try {
        auto not_before = begin_;
        for (const auto& each : faults) {
            if (told.size() >= kinds_in(faults) && clock::now() > end_) break;
            if (!sleep_until(std::max(begin_ + each.at, not_before))) break;
            const auto before = begin_next(told, each);
            on_.carry_out(each);
            note("over", each);
            await_progress(each, before.created);
            // What took longer than planned leaves the next one's pause alone.
            not_before = clock::now() + shortest_pause;
        }
    } catch (...) {
        const std::lock_guard lock{changing_};
        if (!broken_by_) broken_by_ = std::current_exception();
        stop_ = true;
    }
    const std::lock_guard lock{changing_};
    --lanes_left_;
    changed_.notify_all();
}

bool storm::sleep_until(clock::time_point time) {
    std::unique_lock lock{changing_};
    return !changed_.wait_until(lock, time, [this] { return stop_; });
}

/// The counts of a fault begin as the clients' and end as the difference.
tally storm::begin_next(std::vector<carried_out>& told, const fault& next) {
    note("begins", next);
    const std::lock_guard lock{changing_};
    end_last(told);
    const auto now = count_();
    told.push_back({next, now.attempts, now.created});
    return now;
}

void storm::await_progress(const fault& during, int created_before) {
    const auto limit = clock::now() + time_for_progress;
    while (count_().created == created_before && sleep_until(clock::now() + between_looks))
        if (clock::now() > limit)
            throw std::runtime_error("nothing has been created since" + to_string(during));
}

void storm::note(std::string_view what, const fault& f) {
    const std::lock_guard lock{changing_};
    const std::chrono::duration<double> now = clock::now() - begin_;
    diary_ << fmt::format("{:9.3f} {:6} {}", now.count(), what, to_string(f)) << std::endl;
}

void storm::end_last(std::vector<carried_out>& told) const {
    if (told.empty()) return;
    const auto now = count_();
    told.back().attempts = now.attempts - told.back().attempts;
    told.back().created = now.created - told.back().created;
}

bool storm::wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock{changing_};
    const bool ended = changed_.wait_for(lock, timeout, [this] { return lanes_left_ == 0; });
    if (ended && broken_by_) std::rethrow_exception(broken_by_);
    return ended;
}

std::size_t storm::faults_so_far() const {
    const std::lock_guard lock{changing_};
    std::size_t count = 0;
    for (const auto& each : told_) count += each.size();
    return count;
}

std::vector<carried_out> storm::finish() {
    const std::lock_guard lock{changing_};
    std::vector<carried_out> all;
    for (auto& each : told_) {
        end_last(each);
        all.insert(all.end(), each.begin(), each.end());
    }
    return all;
}

}  // namespace tenantry::chaos
