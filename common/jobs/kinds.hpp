// The kinds of jobs there are, on one screen: what they are called, which queue they wait in, how
// many steps they take.
#pragma once

#include <array>
#include <string_view>

namespace tenantry::jobs {

struct kind {
    std::string_view name;
    std::string_view queue;
    int steps;
};

inline constexpr std::string_view provisioning_queue = "provisioning";
inline constexpr std::string_view billing_queue = "billing";
inline constexpr std::array queues{provisioning_queue, billing_queue};

/// Builds a new company's workspace: prospect database, default campaign, team access, slots.
inline constexpr kind provisioning{"provisioning", provisioning_queue, 4};
/// Charges a new company's activation fee and opens its subscription.
inline constexpr kind billing{"billing", billing_queue, 2};
/// Finds a new location's phone number.
inline constexpr kind phone_number{"phone_number", provisioning_queue, 1};
/// Does nothing: measures what a job costs.
inline constexpr kind noop{"noop", provisioning_queue, 1};

}  // namespace tenantry::jobs
