// The words for an error that a surface has none of its own for.
#pragma once

#include "api/surfaces/surface.hpp"

namespace tenantry::surfaces {

// Titles are the reason phrases of RFC 9110, section 15.
inline refusal bad_request(std::string detail) {
    return {400, "Bad Request", std::move(detail)};
}
inline refusal unauthorized(std::string detail) {
    return {401, "Unauthorized", std::move(detail)};
}
inline refusal forbidden(std::string detail) {
    return {403, "Forbidden", std::move(detail)};
}
inline refusal not_found(std::string detail) {
    return {404, "Not Found", std::move(detail)};
}
inline refusal conflict(std::string detail) {
    return {409, "Conflict", std::move(detail)};
}
inline refusal payload_too_large(std::string detail) {
    return {413, "Payload Too Large", std::move(detail)};
}
inline refusal unprocessable(std::string detail) {
    return {422, "Unprocessable Entity", std::move(detail)};
}
inline refusal too_many_requests(std::string detail) {
    return {429, "Too Many Requests", std::move(detail)};
}
inline refusal headers_too_large(std::string detail) {
    return {431, "Request Header Fields Too Large", std::move(detail)};
}
inline refusal try_later(std::string detail) {
    return {503, "Service Unavailable", std::move(detail)};
}

/// Words for every error, exhaustively: a new errc does not compile without them. A surface's own
/// `describe` says first what its product says otherwise.
refusal usual_refusal(const error& e);

}  // namespace tenantry::surfaces
