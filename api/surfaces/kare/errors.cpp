// Contract 3: every error's status, reason phrase and words, in one table. The page shows no error:
// the body is the contracts README's, the words are OURS.
#include <fmt/format.h>

#include "api/surfaces/kare/kare.hpp"
#include "api/surfaces/refusals.hpp"

namespace tenantry::surfaces::kare {

namespace {

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
            return bad_request(e.subject);
        case errc::invalid_value:
            return bad_request(wrong_field(e));
        case errc::no_companies:
        case errc::too_many_companies:
            return bad_request("One request creates one company.");
        case errc::unknown_encoding:
            return bad_request("The encoding is not supported. " + e.subject);
        case errc::payload_too_large:
            return payload_too_large("The body is too large. " + e.subject);
        case errc::unsupported_media_type:
            return {415, "Unsupported Media Type", "The content type must be application/json."};
        case errc::headers_too_large:
            return headers_too_large("The headers are too large.");
        case errc::route_not_found:
            return not_found("There is no such resource.");
        case errc::method_not_allowed:
            return {405, "Method Not Allowed", "The resource has no such method."};
        case errc::invalid_idempotency_key:
            return bad_request("The Idempotency-Key header is invalid.");
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
        case errc::insufficient_scope:
            return forbidden("The access token does not permit this operation.");
        case errc::idempotency_mismatch:
            return unprocessable("The Idempotency-Key was used with another request.");
        case errc::idempotency_in_progress:
            return conflict("A request with this Idempotency-Key is still in progress.");
        case errc::rate_limited:
            return too_many_requests("There were too many requests. Try again later.");
        case errc::overloaded:
            return try_later("There are too many requests at once. Try again later.");
        case errc::internal:
            return {500, "Internal Server Error", "An unexpected error has occurred."};
        default:
            return usual_refusal(e);
    }
}

}  // namespace tenantry::surfaces::kare
