// Contract 3: every error's status, reason phrase and words, in one table. The page shows no error:
// the body is the contracts README's, the words are OURS.
#include <fmt/format.h>

#include "api/surfaces/kare/kare.hpp"
#include "common/domain/company_name.hpp"

namespace tenantry::surfaces::kare {

namespace {

refusal bad_request(std::string message) {
    return {400, "Bad Request", std::move(message)};
}

refusal unauthorized(std::string message) {
    return {401, "Unauthorized", std::move(message)};
}

refusal forbidden(std::string message) {
    return {403, "Forbidden", std::move(message)};
}

refusal conflict(std::string message) {
    return {409, "Conflict", std::move(message)};
}

refusal unprocessable(std::string message) {
    return {422, "Unprocessable Entity", std::move(message)};
}

refusal try_later(std::string message) {
    return {503, "Service Unavailable", std::move(message)};
}

/// The body has one sentence, so it says which field is wrong, where, and how.
std::string wrong_field(const error& e) {
    if (e.fields.empty()) return fmt::format("The value of {} is invalid.", e.subject);
    const auto& [pointer, detail] = e.fields.front();
    return fmt::format("{} {}.", pointer.empty() ? std::string_view{"The body"} : pointer, detail);
}

}  // namespace

refusal describe(const error& e) {
    switch (e.code) {
        case errc::malformed_request:
            return bad_request("The request is malformed. " + e.subject);
        case errc::malformed_json:
            return bad_request("The body is no JSON. " + e.subject);
        case errc::invalid_value:
            return bad_request(wrong_field(e));
        case errc::no_companies:
        case errc::too_many_companies:
            return bad_request("One request creates one company.");
        case errc::unknown_encoding:
            return bad_request("The encoding is not supported. " + e.subject);
        case errc::length_required:
            return {411, "Length Required", "The Content-Length header is required."};
        case errc::payload_too_large:
            return {413, "Payload Too Large", "The body is too large. " + e.subject};
        case errc::unsupported_media_type:
            return {415, "Unsupported Media Type", "The content type must be application/json."};
        case errc::headers_too_large:
            return {431, "Request Header Fields Too Large", "The headers are too large."};
        case errc::request_timeout:
            return {408, "Request Timeout", "The request did not arrive in time."};
        case errc::route_not_found:
        case errc::not_found:
            return {404, "Not Found", "There is no such resource."};
        case errc::method_not_allowed:
            return {405, "Method Not Allowed", "The resource has no such method."};
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key header is invalid.");
        case errc::missing_idempotency_key:
            return bad_request("The Idempotency-Key header is required.");
        case errc::blank_name:
            return bad_request("The name must not be blank.");
        case errc::name_too_long:
            return bad_request("The name is too long.");
        case errc::invalid_name:
            return bad_request("The name contains characters that are not allowed.");
        case errc::duplicate_name:
        case errc::name_taken:
            return conflict("There is a company of this name already: " + e.subject);
        case errc::missing_key:
            return unauthorized("The access token is missing.");
        case errc::malformed_key:
        case errc::unknown_key:
        case errc::revoked_key:
            return unauthorized("The access token is invalid.");
        case errc::missing_session:
            return unauthorized("The x-session-token header is missing.");
        case errc::invalid_session:
            return unauthorized("The session token is invalid or has expired.");
        case errc::company_inactive:
            return forbidden("The company is not active.");
        case errc::company_held:
            return forbidden("The company is on hold.");
        case errc::status_unchanged:
            return conflict("The company has this status already.");
        case errc::insufficient_scope:
            return forbidden("The access token does not permit this operation.");
        case errc::external_id_taken:
            return unprocessable("A user with this external id exists already.");
        case errc::last_owner:
            return unprocessable("A company keeps at least one owner.");
        case errc::job_not_retryable:
            return conflict("The job cannot be retried.");
        case errc::idempotency_mismatch:
            return unprocessable("The Idempotency-Key was used with another request.");
        case errc::idempotency_in_progress:
            return conflict("A request with this Idempotency-Key is still in progress.");
        case errc::rate_limited:
            return {429, "Too Many Requests", "There were too many requests. Try again later."};
        case errc::overloaded:
            return try_later("There are too many requests at once. Try again later.");
        case errc::unavailable:
            return try_later("The service is temporarily unavailable. Try again later.");
        case errc::deadline_exceeded:
            return try_later("The request took too long. Try again later.");
        case errc::internal:
            return {500, "Internal Server Error", "An unexpected error has occurred."};
    }
    throw std::logic_error("an error without its words");
}

}  // namespace tenantry::surfaces::kare
