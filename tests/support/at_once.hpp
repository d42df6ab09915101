// Doing something many times at the same moment.
#pragma once

#include <future>
#include <latch>
#include <type_traits>
#include <vector>

namespace tenantry::test {

/// Runs `what(0)` to `what(count - 1)` each on a thread of its own, none before all are ready.
/// Their values in that order; throws what one of them threw.
template<class What>
auto at_once(int count, What what) {
    using value_type = std::invoke_result_t<What&, int>;
    std::latch ready{count};
    std::vector<std::future<value_type>> running;
    for (int i = 0; i < count; ++i)
        running.push_back(std::async(std::launch::async, [&ready, &what, i] {
            ready.arrive_and_wait();
            return what(i);
        }));
    std::vector<value_type> values;
    for (auto& each : running) values.push_back(each.get());
    return values;
}

}  // namespace tenantry::test
