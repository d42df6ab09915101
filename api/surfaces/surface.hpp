// What a surface is: one product's wire format over the shared use cases. A surface is a folder of
// pure functions (bytes to command, view to bytes, error to words) and a table of routes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/http/application.hpp"
#include "api/http/message.hpp"
#include "api/service/companies.hpp"
#include "api/service/environment.hpp"
#include "common/domain/idempotency_rule.hpp"
#include "common/domain/positive_integer.hpp"
#include "common/domain/principal.hpp"
#include "common/domain/rate_limit.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces {

/// An error in the surface's words.
struct refusal {
    unsigned status;
    std::string_view title;
    std::string detail;
};

struct surface {
    std::string_view name;
    /// Paths under one of these are the surface's, also those that no route has; where two surfaces
    /// have one that fits, the longer one counts. One that ends in a slash stands for whatever
    /// begins so, any other for that path and those below it.
    std::span<const std::string_view> prefixes;
    /// The key of a request: each product has its own header, and every surface accepts both.
    refusal (*describe)(const error&);
    /// The body of an error response; its media type is application/json.
    std::string (*error_body)(const refusal&, const error&, timestamp now);
    /// What the contract allows an agency, unless its plan says otherwise (OURS where it is
    /// silent).
    domain::rate_limit limit{1000, 1500};
    domain::idempotency_rule idempotency = domain::idempotency_rule::optional;
    /// Bytes of a body on its routes; none: what the program's settings say.
    std::optional<std::size_t> body_limit{};
};

/// What a route asks of the key.
enum class access {
    read,   ///< any valid key
    write,  ///< a read-write key
};

/// One authenticated request on its way through a handler.
struct exchange {
    http::request& request;
    const domain::principal& who;
    service::environment& env;
    std::optional<store::idempotency_key> idempotency{};

    service::caller caller() const {
        return {who, std::string{request.id()}, idempotency, request.deadline()};
    }
};

using handler = task<result<http::response>> (*)(exchange);

struct route {
    http::verb method;
    std::string_view path;
    surfaces::access access;
    surfaces::handler handler;
    bool body_required = false;
    bool session_required = false;  ///< an x-session-token beside the key (contract 3)
};

/// 200.
http::response ok(std::string body);

/// 204.
http::response no_content();

/// The response of a creating use case, with the header that tells a replay.
result<http::response> to_response(result<service::answer> answer);

/// The companies of a request that creates one.
result<std::vector<service::new_company>> only(result<service::new_company> company);

/// The id in the i-th path parameter. `not_found` unless it is a positive integer: no resource has
/// such a name.
template<class Id>
result<Id> path_id(const http::request& request, std::size_t i) {
    const auto value = domain::positive_integer(request.path_parameter(i));
    if (!value) return error{.code = errc::not_found};
    return Id{*value};
}

}  // namespace tenantry::surfaces
