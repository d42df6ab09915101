// Errors as RFC 9457 "problem details", for clients that ask for them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/runtime/error.hpp"

namespace tenantry::http {

inline constexpr std::string_view problem_media_type = "application/problem+json";

/// The problem object of RFC 9457 §3.1: `type` is a URI reference ("about:blank" when there is no
/// better one), `instance` is left out when empty, `errors` (§3) when there are no fields.
std::string problem_json(std::string_view type, std::string_view title, unsigned status,
                         std::string_view detail, std::string_view instance,
                         std::span<const field_error> fields = {});

/// True when the Accept header names application/problem+json itself with a weight above 0 that is
/// not below that of application/json (RFC 9110 §12.5.1). Ranges such as */* do not ask for it,
/// since every client sends them.
bool wants_problem_json(std::string_view accept);

}  // namespace tenantry::http
