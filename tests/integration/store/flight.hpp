// Commands that are sent through a commit_queue together, and how they ended.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/store/commit_queue.hpp"
#include "tests/integration/store/tenants.hpp"

namespace tenantry::test {

/// How a command ended, in a word.
inline std::string ending_of(const pg::result<store::verdict>& v) {
    using kind = store::verdict::kind;
    if (!v) return "failure " + v.error().sqlstate + std::to_string(int(v.error().kind));
    switch (v->what) {
        case kind::done:
            return "done";
        case kind::replayed:
            return "replayed " + v->replay.body;
        case kind::mismatch:
            return "mismatch";
        case kind::in_progress:
            return "in progress";
        case kind::refused:
            return "refused " + v->subject;
        case kind::lost_race:
            return "lost race";
    }
    return "";
}

/// Commands on their way through a queue, all begun before the first has ended.
template<class Command>
class flight {
public:
    using queue = store::commit_queue<Command>;

    flight(executor ex, queue& through) : ex_{ex}, through_{through}, landed_{ex} {}

    void begin(Command command, deadline until = soon()) {
        const auto at = endings_.size();
        endings_.emplace_back();
        net::co_spawn(ex_, run_one(through_, std::move(command), until),
                      [this, at](std::exception_ptr, std::string ending) {
                          order_.push_back(at);
                          endings_[at] = std::move(ending);
                          landed_.cancel();
                      });
    }
    /// Until so many have ended.
    task<> await(std::size_t count) {
        while (order_.size() < count) {
            landed_.expires_at(soon());
            co_await landed_.async_wait(use_task);
        }
    }
    bool has_ended() const { return order_.size() == endings_.size(); }
    task<> await_all() { co_await await(endings_.size()); }
    const std::vector<std::string>& endings() const { return endings_; }
    const std::vector<std::size_t>& order() const { return order_; }

private:
    static task<std::string> run_one(queue& through, Command command, deadline until) {
        auto ended = co_await through.run(command, until);
        co_return ending_of(ended);
    }

    executor ex_;
    queue& through_;
    steady_timer landed_;
    std::vector<std::string> endings_;
    std::vector<std::size_t> order_;
};

}  // namespace tenantry::test
