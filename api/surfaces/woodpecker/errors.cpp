// Contract 2: every error's status, title and words, in one table.
#include <fmt/format.h>

#include "api/surfaces/refusals.hpp"
#include "api/surfaces/woodpecker/woodpecker.hpp"

namespace tenantry::surfaces::woodpecker {

namespace {

refusal bad_request(std::string detail) {
    return {400, "Bad request", std::move(detail)};
}

refusal unauthorized() {
    return {401, "Unauthorized", "Invalid api key"};
}

refusal not_found() {
    return {404, "Not Found", "Requested resource does not exist"};
}

}  // namespace

refusal describe(const error& e) {
    switch (e.code) {
        case errc::malformed_request:
            return bad_request("Malformed request syntax. " + e.subject);
        case errc::malformed_json:
            return bad_request("Malformed request body. " + e.subject);
        case errc::invalid_value:
            return bad_request(fmt::format("Value of {} is incorrect.", e.subject));
        case errc::no_companies:
            return bad_request("Value of companies is incorrect.");
        case errc::unknown_encoding:
            return bad_request("Unknown encoding. " + e.subject);
        case errc::length_required:
            return {411, "Length Required", "Content-Length header is required."};
        case errc::payload_too_large:
            return {413, "Payload Too Large", "Request body is too large. " + e.subject};
        case errc::unsupported_media_type:
            return {415, "Unsupported Media Type", "Content-Type must be application/json."};
        case errc::headers_too_large:
            return {431, "Request Header Fields Too Large", "Request headers are too large."};
        case errc::route_not_found:
        case errc::not_found:
            return not_found();
        case errc::method_not_allowed:
            return {405, "Method Not Allowed", "Requested method is not allowed here."};
        case errc::invalid_idempotency_key:
            return bad_request("Value of Idempotency-Key is incorrect.");
        case errc::missing_idempotency_key:
            return bad_request("Idempotency-Key header is required.");
        case errc::too_many_companies:
            return bad_request("You can create up to 10 companies with one request.");
        case errc::blank_name:
            return bad_request("Requested company name must not be blank.");
        case errc::name_too_long:
            return bad_request("Requested company name must not be longer than 255 characters.");
        case errc::invalid_name:
            return bad_request("Requested company name contains characters that are not allowed.");
        case errc::duplicate_name:
            return bad_request("Requested company names are not unique. Found duplicate: " +
                               e.subject);
        case errc::name_taken:
            return unprocessable("Company with given name already exist in agency: " + e.subject);
        case errc::external_id_taken:
            return unprocessable("User with given external id already exist in agency: " +
                                 e.subject);
        case errc::missing_key:
        case errc::malformed_key:
        case errc::unknown_key:
        case errc::revoked_key:
            return unauthorized();
        case errc::missing_session:
        case errc::invalid_session:
            return {401, "Unauthorized", "Invalid session token"};
        case errc::insufficient_scope:
            return {403, "Forbidden", "The api key does not permit this operation."};
        case errc::job_not_retryable:
            return conflict("Only a dead or quarantined job can be retried, this one is " +
                            e.subject + ".");
        case errc::job_not_cancellable:
            return conflict(e.subject == "running"
                                ? "The job is about to be done and cannot be cancelled any more."
                                : "Only a pending or running job can be cancelled, this one is " +
                                      e.subject + ".");
        case errc::idempotency_mismatch:
            return unprocessable("Idempotency-Key was already used with another request.");
        case errc::rate_limited:
            return {429, "Too Many Requests", "Too many requests."};
        case errc::overloaded:
            return try_later("Too many requests at once. Please try again.");
        case errc::unavailable:
            return try_later("The service is temporarily unavailable. Please try again later.");
        case errc::deadline_exceeded:
            return try_later("The request took too long. Please try again later.");
        case errc::internal:
            return {500, "Internal server error",
                    "An unexpected error has occurred. Please try again later."};
        default:
            return usual_refusal(e);
    }
}

}  // namespace tenantry::surfaces::woodpecker
