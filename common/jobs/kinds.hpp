// The kinds of jobs there are and the queues they wait in, on one screen.
#pragma once

#include <array>
#include <string_view>

namespace tenantry::jobs {

struct kind {
    std::string_view name;
    std::string_view queue;
    int steps;
    int priority = 1;         ///< within its queue and agency: 0 is first, 3 is last
    bool of_company = false;  ///< each job is about a company
};

inline constexpr std::string_view provisioning_queue = "provisioning";
inline constexpr std::string_view billing_queue = "billing";
inline constexpr std::string_view maintenance_queue = "maintenance";
inline constexpr std::array queues{provisioning_queue, billing_queue, maintenance_queue};
inline constexpr int priorities = 4;

/// Builds a new company's workspace: prospect database, default campaign, team access, slots.
inline constexpr kind provisioning{
    .name = "provisioning", .queue = provisioning_queue, .steps = 4, .of_company = true};
/// Charges a new company's activation fee and opens its subscription.
inline constexpr kind billing{
    .name = "billing", .queue = billing_queue, .steps = 2, .of_company = true};
/// Finds a new location's phone number: somebody waits for it.
inline constexpr kind phone_number{"phone_number", provisioning_queue, 1, 0};
/// What the clock causes (schema: periodic_job): each clears away what has had its time.
inline constexpr kind expire_idempotency_records{"expire_idempotency_records", maintenance_queue,
                                                 1};
inline constexpr kind expire_sessions{"expire_sessions", maintenance_queue, 1};
inline constexpr kind sweep_orphans{"sweep_orphans", maintenance_queue, 2};
/// Does nothing: measures what a job costs.
inline constexpr kind noop{"noop", provisioning_queue, 1};
/// Takes as long as its payload says, and fails when it says so: measures, and rehearses.
inline constexpr kind pause{"pause", provisioning_queue, 1};

inline constexpr std::array kinds{
    provisioning,    billing,       phone_number, expire_idempotency_records,
    expire_sessions, sweep_orphans, noop,         pause};

/// The kind of that name; null when there is none.
constexpr const kind* find_kind(std::string_view name) {
    for (const auto& each : kinds)
        if (each.name == name) return &each;
    return nullptr;
}

}  // namespace tenantry::jobs
