// Hears, in every process, that keys of an agency changed: PostgreSQL announces it with the commit
// that changed them.
#pragma once

#include <functional>

#include "common/domain/ids.hpp"
#include "common/pg/connection.hpp"

namespace tenantry::store {

struct revocation_listener {
    std::function<void(domain::agency_id)> on_revocation;
    /// True once every later revocation will be heard of; false from when that cannot be promised
    /// any more.
    std::function<void(bool)> on_listening;
};

/// Listens on a connection of its own until that breaks; then false was told and the caller may
/// start again.
task<void> follow_revocations(executor ex, pg::connection_settings settings,
                              revocation_listener listener);

}  // namespace tenantry::store
