#include "api/surfaces/refusals.hpp"

#include <fmt/format.h>

#include "common/domain/company_name.hpp"

namespace tenantry::surfaces {

refusal usual_refusal(const error& e) {
    switch (e.code) {
        case errc::malformed_request:
            return bad_request("Malformed request. " + e.subject);
        case errc::malformed_json:
            return bad_request("Malformed JSON. " + e.subject);
        case errc::invalid_value:
            return bad_request(fmt::format("The value of {} is invalid.", e.subject));
        case errc::no_companies:
        case errc::too_many_companies:
            return bad_request("One company is created at a time.");
        case errc::blank_name:
        case errc::name_too_long:
        case errc::invalid_name:
            return bad_request("The name " + domain::name_fault(e.code) + ".");
        case errc::unknown_encoding:
            return bad_request("Unknown encoding. " + e.subject);
        case errc::length_required:
            return {411, "Length Required", "The Content-Length header is required."};
        case errc::payload_too_large:
            return payload_too_large("The request body is too large. " + e.subject);
        case errc::unsupported_media_type:
            return {415, "Unsupported Media Type", "The Content-Type must be application/json."};
        case errc::headers_too_large:
            return headers_too_large("The request headers are too large.");
        case errc::request_timeout:
            return {408, "Request Timeout", "The request did not arrive in time."};
        case errc::route_not_found:
            return not_found("There is no such path.");
        case errc::not_found:
            return not_found("There is no such resource.");
        case errc::method_not_allowed:
            return {405, "Method Not Allowed", "The method is not allowed here."};
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key is invalid.");
        case errc::missing_idempotency_key:
            return bad_request("The Idempotency-Key header is required.");
        case errc::duplicate_name:
        case errc::name_taken:
            return conflict("Resource already exists");
        case errc::missing_key:
            return unauthorized("An API key is required as a bearer token.");
        case errc::malformed_key:
        case errc::unknown_key:
            return unauthorized("The API key is unknown.");
        case errc::revoked_key:
            return unauthorized("The API key was revoked.");
        case errc::company_inactive:
            return forbidden("The company is not active.");
        case errc::company_held:
            return forbidden("The company is on hold.");
        case errc::insufficient_scope:
            return forbidden("The API key does not permit this operation.");
        case errc::status_unchanged:
            return conflict("The company has this status already.");
        case errc::external_id_taken:
            return unprocessable("A user with this external id exists already.");
        case errc::last_owner:
            return unprocessable("A company keeps at least one owner.");
        case errc::missing_session:
        case errc::invalid_session:
            return unauthorized("The session token is invalid.");
        case errc::job_not_retryable:
            return conflict("The job cannot be retried.");
        case errc::job_not_cancellable:
            return conflict("The job cannot be cancelled.");
        case errc::idempotency_mismatch:
            return unprocessable("The Idempotency-Key was already used with another request.");
        case errc::idempotency_in_progress:
            return conflict("A request with this Idempotency-Key is still being processed.");
        case errc::rate_limited:
            return too_many_requests("Too many requests. Try again later.");
        case errc::overloaded:
            return try_later("Too many requests at once. Try again.");
        case errc::unavailable:
            return try_later("The service is temporarily unavailable. Try again later.");
        case errc::deadline_exceeded:
            return try_later("The request took too long. Try again later.");
        case errc::internal:
            return {500, "Internal Server Error",
                    "An unexpected error has occurred. Try again later."};
    }
    throw std::logic_error("an error without its words");
}

}  // namespace tenantry::surfaces
