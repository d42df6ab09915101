// What the server serves: the one interface between the protocol and everything above it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/message.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::http {

/// A request that the server itself refuses, for the application to put into its own words.
struct protocol_refusal {
    errc code = errc::internal;
    std::string_view subject{};     ///< one sentence for the client; may be empty
    std::string_view target{};      ///< as sent; empty when it was not read
    std::string_view path{};        ///< normalised; empty when it was not read
    std::string_view accept{};      ///< the Accept header, when it was read
    std::string_view request_id{};  ///< never empty
    std::optional<std::chrono::seconds> retry_after{};
    std::string_view cause{};               ///< for the log alone: what an exception said
    const request_head* request = nullptr;  ///< as much of it as was read
};

/// What a request may carry.
struct body_policy {
    std::optional<std::size_t> max_bytes{};  ///< unset: settings::body_limit
    bool required = false;  ///< 411 for a POST, PUT or PATCH that does not say how long its body is
    bool json = true;       ///< 415 unless application/json or application/*+json, in UTF-8
};

class application {
public:
    virtual ~application() = default;

    /// Answers one request. `request` stays alive and in place until the task is done, no longer.
    /// An exception becomes `refuse` with errc::internal.
    virtual task<response> handle(request& request) = 0;

    /// The response to a request that does not reach `handle`, in the error format of the surface
    /// that `path` belongs to. The server adds Retry-After when `retry_after` is set. Logs `cause`
    /// when there is one: nobody else does. Must not throw.
    virtual response refuse(const protocol_refusal& refusal) = 0;

    /// True for the health probes of a load balancer: they are answered even when there are too
    /// many requests in flight, which is no reason to take the program out of service.
    virtual bool is_probe(const request_head& head) const = 0;

    /// Asked before a body is read, and for every POST, PUT and PATCH; for no other request.
    virtual http::body_policy body_policy_for(const request_head& head) = 0;
};

}  // namespace tenantry::http
