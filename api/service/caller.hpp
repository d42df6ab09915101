// Who asks for a use case.
#pragma once

#include <optional>
#include <string>

#include "common/domain/principal.hpp"
#include "common/runtime/deadline.hpp"
#include "common/store/command.hpp"

namespace tenantry::service {

/// One request's caller.
struct caller {
    const domain::principal& who;
    std::string request_id;
    std::optional<store::idempotency_key> idempotency{};  ///< of a POST that has the header
    deadline until;

    store::command command(store::command_times times) const {
        return {.agency = who.agency,
                .user = who.user,
                .actor_key = who.key,
                .request_id = request_id,
                .times = times,
                .idempotency = idempotency};
    }
};

}  // namespace tenantry::service
