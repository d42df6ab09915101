// What a product asks of the Idempotency-Key of its creating requests.
#pragma once

namespace tenantry::domain {

enum class idempotency_rule {
    optional,       ///< any key, or none
    uuid_required,  ///< a UUID of version 4 with every POST (contract 4)
};

}  // namespace tenantry::domain
