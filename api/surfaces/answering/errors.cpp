// Contract 1: every error's status, title and words, in one table.
#include <fmt/format.h>

#include "api/surfaces/answering/answering.hpp"

namespace tenantry::surfaces::answering {

namespace {

refusal bad_request(std::string message) {
    return {400, "Bad Request", std::move(message)};
}

refusal unprocessable(std::string message) {
    return {422, "Unprocessable Entity", std::move(message)};
}

refusal conflict(std::string message) {
    return {409, "Conflict", std::move(message)};
}

refusal forbidden(std::string message) {
    return {403, "Forbidden", std::move(message)};
}

refusal try_later(std::string message) {
    return {503, "Service Unavailable", std::move(message)};
}

}  // namespace

refusal describe(const error& e) {
    switch (e.code) {
        case errc::malformed_request:
            return bad_request("The request is malformed. " + e.subject);
        case errc::malformed_json:
            return bad_request("The body is malformed. " + e.subject);
        case errc::invalid_value:
            return unprocessable("The given data was invalid.");
        case errc::no_companies:
        case errc::too_many_companies:
            return unprocessable("One organization is created with one request.");
        case errc::unknown_encoding:
            return bad_request("The encoding is unknown. " + e.subject);
        case errc::length_required:
            return {411, "Length Required", "The Content-Length header is required."};
        case errc::payload_too_large:
            return {413, "Payload Too Large", "The body is too large. " + e.subject};
        case errc::unsupported_media_type:
            return {415, "Unsupported Media Type", "The Content-Type must be application/json."};
        case errc::headers_too_large:
            return {431, "Request Header Fields Too Large", "The headers are too large."};
        case errc::request_timeout:
            return {408, "Request Timeout", "The request did not arrive in time."};
        case errc::route_not_found:
        case errc::not_found:
            return {404, "Not Found", "Not found."};
        case errc::method_not_allowed:
            return {405, "Method Not Allowed", "The method is not allowed here."};
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key must be 1 to 255 visible ASCII characters.");
        case errc::missing_idempotency_key:
            return bad_request("The Idempotency-Key header is required.");
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
            return {401, "Unauthorized", "The X-API-KEY header is required."};
        case errc::malformed_key:
        case errc::unknown_key:
        case errc::revoked_key:
            return {401, "Unauthorized", "The API key is invalid."};
        case errc::company_inactive:
            return forbidden("The organization is not active.");
        case errc::company_held:
            return forbidden("The organization is on hold.");
        case errc::status_unchanged:
            return conflict("The organization has that status already.");
        case errc::insufficient_scope:
            return forbidden("The API key lacks the permission for this.");
        case errc::missing_session:
        case errc::invalid_session:
            return {401, "Unauthorized", "The session token is invalid."};
        case errc::job_not_retryable:
            return conflict("The job cannot be retried.");
        case errc::idempotency_mismatch:
            return unprocessable("The Idempotency-Key was already used with another request.");
        case errc::idempotency_in_progress:
            return conflict("A request with this Idempotency-Key is still being processed.");
        case errc::rate_limited:
            return {429, "Too Many Requests", "Too many requests."};
        case errc::overloaded:
            return try_later("Too many requests at once. Please try again.");
        case errc::unavailable:
            return try_later("The service is temporarily unavailable. Please try again later.");
        case errc::deadline_exceeded:
            return try_later("The request took too long. Please try again later.");
        case errc::internal:
            return {500, "Internal Server Error", "Something went wrong. Please try again later."};
    }
    throw std::logic_error("an error without its words");
}

}  // namespace tenantry::surfaces::answering
