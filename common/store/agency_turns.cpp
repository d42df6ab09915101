#include "common/store/agency_turns.hpp"

#include <algorithm>
#include <iterator>

#include "common/store/failure.hpp"

namespace tenantry::store {

agency_turns::turn::~turn() {
    if (!of_) return;
    of_->running.erase(std::ranges::find(of_->running, agency_));
    of_->grant_what_may_start();
}

agency_turns::waiter::waiter(state& in, domain::agency_id of, steady_timer until)
    : line_of{in}, agency{of}, granted{std::move(until)} {
    line_of.join(*this);
}
agency_turns::waiter::~waiter() {
    if (!is_granted) line_of.leave(*this);
}

bool agency_turns::state::may_start(domain::agency_id agency) const {
    return running.size() < most.running && std::ranges::find(running, agency) == running.end();
}

void agency_turns::state::join(waiter& who) {
    const auto mine = std::ranges::find(lines, who.agency, &line::agency);
    auto& joined = mine == lines.end() ? lines.emplace_back(line{who.agency}) : *mine;
    joined.waiters.push_back(&who);
}

void agency_turns::state::leave(waiter& who) {
    const auto mine = std::ranges::find(lines, who.agency, &line::agency);
    std::erase(mine->waiters, &who);
    if (mine->waiters.empty()) lines.erase(mine);
}

std::size_t agency_turns::state::waiting_of(domain::agency_id agency) const {
    const auto mine = std::ranges::find(lines, agency, &line::agency);
    return mine == lines.end() ? 0 : mine->waiters.size();
}

void agency_turns::state::grant_what_may_start() {
    const auto starts = [this](const line& each) { return may_start(each.agency); };
    for (auto next = std::ranges::find_if(lines, starts); next != lines.end();
         next = std::ranges::find_if(lines, starts)) {
        auto* const first = next->waiters.front();
        first->is_granted = true;
        first->granted.cancel();
        running.push_back(next->agency);
        next->waiters.pop_front();
        if (next->waiters.empty())
            lines.erase(next);
        else
            std::rotate(next, std::next(next), lines.end());
    }
}

task<result<agency_turns::turn>> agency_turns::take(domain::agency_id agency, deadline until) {
    const auto here = state_;
    if (here->may_start(agency)) {
        here->running.push_back(agency);
        co_return turn{here, agency};
    }
    if (here->waiting_of(agency) >= here->most.waiting_of_one)
        co_return error{.code = errc::overloaded,
                        .retry_after = std::chrono::seconds{1},
                        .cause = "too many of the agency's requests wait for a turn"};
    const executor io = co_await net::this_coro::executor;
    waiter me{*here, agency, steady_timer{io, until}};
    co_await me.granted.async_wait(use_task);
    if (me.is_granted) {
        turn mine{here, agency};
        if (until - std::chrono::steady_clock::now() >= least_time) co_return mine;
    }
    co_return to_error(
        pg::failure{pg::failure::kind::timed_out, {}, {}, "no turn before the deadline"});
}

std::size_t agency_turns::waiting() const {
    std::size_t all = 0;
    for (const auto& each : state_->lines) all += each.waiters.size();
    return all;
}

}  // namespace tenantry::store
