// Everything that can go wrong with a request or a job, as one closed set of meanings. The API has
// a status and words for each in an exhaustive switch (surfaces/refusals.cpp), so a new meaning
// does not compile without them; a surface says what its product says otherwise.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tenantry {

enum class errc {
    // the request's form
    malformed_request,  ///< no HTTP request by RFC 9112, or one whose framing is ambiguous
    malformed_json,     ///< the body is no JSON, is nested too deep, or repeats a key
    invalid_value,  ///< a field is missing, of another type, or out of its range; `subject` names
                    ///< it
    unknown_encoding,  ///< a charset, content coding or transfer coding that is not spoken here
    length_required,
    payload_too_large,
    unsupported_media_type,
    headers_too_large,
    request_timeout,  ///< the client was too slow to send its request
    route_not_found,
    method_not_allowed,
    invalid_idempotency_key,
    missing_idempotency_key,  ///< on a surface that asks for one
    // companies
    no_companies,  ///< `companies` is missing, no array, or empty
    too_many_companies,
    blank_name,
    name_too_long,
    invalid_name,      ///< control characters or invalid UTF-8
    duplicate_name,    ///< the request itself names one company twice; `subject` is the name
    name_taken,        ///< the agency already has a company of this name; `subject` is the name
    company_inactive,  ///< a company's own key after the company was deactivated
    company_held,      ///< a company's own key, or acting for it, while the company is on hold
    status_unchanged,  ///< a hold of a held company, or a release of one that is not
    // users
    external_id_taken,  ///< the agency already has a user of this external id; `subject` is the id
    last_owner,         ///< a company keeps at least one owner
    // who is asking
    missing_key,
    malformed_key,
    unknown_key,
    revoked_key,
    missing_session,  ///< the surface asks for a session beside the key
    invalid_session,  ///< forged, malformed, over, revoked, or another agency's
    insufficient_scope,
    // what is asked for
    not_found,  ///< no such resource in this agency; another agency's resource reads the same
    job_not_retryable,    ///< only a dead or quarantined job can be retried
    job_not_cancellable,  ///< it is over, or just committing what it did
    // idempotency
    idempotency_mismatch,     ///< the key was used with another request
    idempotency_in_progress,  ///< the first use of the key is still running
    // capacity
    rate_limited,
    overloaded,   ///< too many requests in flight
    unavailable,  ///< PostgreSQL cannot be reached
    deadline_exceeded,
    internal,
};

/// One offending place of a request body.
struct field_error {
    /// RFC 6901 JSON pointer, for example "/companies/3/name"; of a query parameter its bare name.
    std::string pointer;
    std::string detail;  ///< one sentence for the client
};

struct error {
    errc code = errc::internal;
    std::string subject{};  ///< what the error is about, as the client wrote it; may be empty
    std::vector<field_error> fields{};
    std::optional<std::chrono::seconds> retry_after{};
    std::string cause{};  ///< for the log alone: never sent to a client
};

[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
    throw std::logic_error("result accessed without its value: " + e.subject + e.cause);
}

template<class T>
using result = boost::system::result<T, error>;

}  // namespace tenantry
