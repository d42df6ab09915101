#include "api/service/key_holders.hpp"

#include "common/crypto/api_key_text.hpp"

namespace tenantry::service {

result<store::wanted_key> read_key(const crypto::sealer& sealer, std::string_view text) {
    if (text.empty()) return error{.code = errc::missing_key};
    const auto parsed = crypto::parse_api_key(text);
    if (!parsed) return error{.code = errc::malformed_key};
    return store::wanted_key{parsed->agency, sealer.lookup_hash(text)};
}

task<result<store::key_holder>> find_holder(store::key_holder_read& holders, store::wanted_key key,
                                            deadline until) {
    auto found = co_await holders.run(key, until);
    if (!found) co_return found.error();
    if (!*found) co_return error{.code = errc::unknown_key};
    co_return std::move(**found);
}

result<domain::principal> admit(const store::key_holder& holder, timestamp now) {
    if (holder.revoked_at && *holder.revoked_at <= now) return error{.code = errc::revoked_key};
    if (!holder.company_active) return error{.code = errc::company_inactive};
    if (holder.company_held) return error{.code = errc::company_held};
    return holder.principal;
}

}  // namespace tenantry::service
