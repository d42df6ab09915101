#include "api/guard/idempotency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>

#include "common/crypto/hash.hpp"
#include "common/domain/public_id.hpp"
#include "common/runtime/redact.hpp"

namespace tenantry::guard {

namespace {

constexpr std::string_view header_name = "Idempotency-Key";

std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

bool visible(char c) {
    return c > ' ' && c < 0x7f;
}

}  // namespace

result<std::optional<store::idempotency_key>> read_idempotency_key(const http::request& request,
                                                                   const domain::principal& who,
                                                                   domain::idempotency_rule rule) {
    const bool uuid_required = rule == domain::idempotency_rule::uuid_required;
    if (!request.has_header(header_name)) {
        if (uuid_required) return error{.code = errc::missing_idempotency_key};
        return std::nullopt;
    }
    const auto key = unquoted(request.header(header_name));
    if (key.empty() || key.size() > max_idempotency_key || !std::ranges::all_of(key, visible) ||
        key.find(api_key_prefix) != key.npos || (uuid_required && !domain::is_uuid_v4(key)))
        return error{.code = errc::invalid_idempotency_key};
    // A UUID is the same in capitals (RFC 9562, section 4).
    auto kept = uuid_required ? boost::to_lower_copy(std::string{key}) : std::string{key};
    auto endpoint = fmt::format("{} {}", request.method_text(), request.path());
    if (who.company) endpoint += fmt::format(" in {}", who.company->value());
    // What the request asks for: its query and its body. Method and path are part of the scope
    // already.
    // The user counts too: a response may be for the eyes of the one who caused it.
    const auto asked = fmt::format("{}\n{}\n{}", who.user, request.raw_query(), request.body());
    return store::idempotency_key{std::move(endpoint), std::move(kept), crypto::sha256(asked)};
}

}  // namespace tenantry::guard
