// Contract 4: every error's status, title and words, in one table.
#include "api/surfaces/refusals.hpp"
#include "api/surfaces/stablesea/stablesea.hpp"

namespace tenantry::surfaces::stablesea {

refusal describe(const error& e) {
    switch (e.code) {
        case errc::no_companies:
        case errc::too_many_companies:
            return bad_request("One organization is created at a time.");
        case errc::not_found:
            return not_found("There is no such organization.");
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key must be a UUID of version 4.");
        case errc::duplicate_name:
        case errc::name_taken:
            return conflict("An organization of this name already exists.");
        case errc::company_inactive:
            return forbidden("The organization is not active.");
        case errc::company_held:
            return forbidden("The organization is on compliance hold.");
        case errc::status_unchanged:
            return conflict("The organization has this status already: " + e.subject);
        default:
            return usual_refusal(e);
    }
}

}  // namespace tenantry::surfaces::stablesea
