// Contract 1: every error's status, title and words, in one table.
#include "api/surfaces/answering/answering.hpp"
#include "api/surfaces/refusals.hpp"

namespace tenantry::surfaces::answering {

refusal describe(const error& e) {
    switch (e.code) {
        case errc::malformed_request:
            return bad_request("The request is malformed. " + e.subject);
        case errc::malformed_json:
            return bad_request(e.subject);
        case errc::invalid_value:
            return unprocessable("The given data was invalid.");
        case errc::no_companies:
        case errc::too_many_companies:
            return unprocessable("One organization is created with one request.");
        case errc::unknown_encoding:
            return bad_request("The encoding is unknown. " + e.subject);
        case errc::payload_too_large:
            return payload_too_large("The body is too large. " + e.subject);
        case errc::headers_too_large:
            return headers_too_large("The headers are too large.");
        case errc::route_not_found:
        case errc::not_found:
            return not_found("Not found.");
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key must be 1 to 255 visible ASCII characters.");
        case errc::blank_name:
            return unprocessable("The name must not be blank.");
        case errc::name_too_long:
            return unprocessable("The name must not be longer than 255 characters.");
        case errc::invalid_name:
            return unprocessable("The name must be UTF-8 text without control characters.");
        case errc::duplicate_name:
        case errc::name_taken:
            return unprocessable("An organization of this name already exists.");
        case errc::external_id_taken:
            return unprocessable("A user of this external_id already exists.");
        case errc::last_owner:
            return unprocessable("An organization keeps at least one owner.");
        case errc::missing_key:
            return unauthorized("The X-API-KEY header is required.");
        case errc::malformed_key:
        case errc::unknown_key:
        case errc::revoked_key:
            return unauthorized("The API key is invalid.");
        case errc::company_inactive:
            return forbidden("The organization is not active.");
        case errc::company_held:
            return forbidden("The organization is on hold.");
        case errc::status_unchanged:
            return conflict("The organization has that status already.");
        case errc::insufficient_scope:
            return forbidden("The API key lacks the permission for this.");
        case errc::rate_limited:
            return too_many_requests("Too many requests.");
        case errc::overloaded:
            return try_later("Too many requests at once. Please try again.");
        case errc::unavailable:
            return try_later("The service is temporarily unavailable. Please try again later.");
        case errc::deadline_exceeded:
            return try_later("The request took too long. Please try again later.");
        case errc::internal:
            return {500, "Internal Server Error", "Something went wrong. Please try again later."};
        default:
            return usual_refusal(e);
    }
}

}  // namespace tenantry::surfaces::answering
