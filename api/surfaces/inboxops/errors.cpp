// Contract 0: every error's status, title and words, in one table.
#include "api/surfaces/inboxops/inboxops.hpp"
#include "api/surfaces/refusals.hpp"

namespace tenantry::surfaces::inboxops {

refusal describe(const error& e) {
    switch (e.code) {
        case errc::insufficient_scope:
            return {403, "insufficient_scope", "The API key does not permit this operation."};
        case errc::idempotency_mismatch:
            return {409, "idempotency_conflict",
                    "The Idempotency-Key was already used with another request."};
        default:
            return usual_refusal(e);
    }
}

}  // namespace tenantry::surfaces::inboxops
