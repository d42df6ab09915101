// Reads the Idempotency-Key header (IETF draft-ietf-httpapi-idempotency-key-header).
#pragma once

#include <optional>

#include "api/http/message.hpp"
#include "common/domain/idempotency_rule.hpp"
#include "common/domain/principal.hpp"
#include "common/runtime/error.hpp"
#include "common/store/command.hpp"

namespace tenantry::guard {

/// Characters of a key (contracts README).
inline constexpr std::size_t max_idempotency_key = 255;

/// Nothing without the header. The key may stand bare or quoted, as a structured field.
/// `invalid_idempotency_key` when it is empty, longer than max_idempotency_key, or holds anything
/// but visible ASCII characters. Where the rule asks for a UUID of version 4, in either form:
/// `missing_idempotency_key` without the header, `invalid_idempotency_key` for anything else. The
/// record is scoped to agency, method and path, and to the
/// company acted in.
result<std::optional<store::idempotency_key>> read_idempotency_key(const http::request& request,
                                                                   const domain::principal& who,
                                                                   domain::idempotency_rule rule);

}  // namespace tenantry::guard
