#include "api/service/commands.hpp"

namespace tenantry::service {

namespace {

result<answer> opened(environment& env, const store::command& command,
                      store::stored_response response, bool replayed) {
    if (auto open = open_response(env.sealer, command, response); !open) return open.error();
    return answer{std::move(response), replayed};
}

}  // namespace

result<answer> settle(environment& env, const store::command& command,
                      pg::result<store::verdict> verdict, errc refusal) {
    if (!verdict) return store::to_error(verdict.error());
    if (auto e = store::as_error(*verdict)) return std::move(*e);
    switch (verdict->what) {
        case store::verdict::kind::done:
            return opened(env, command, command.response, false);
        case store::verdict::kind::replayed:
            return opened(env, command, std::move(verdict->replay), true);
        default:
            return error{.code = refusal, .subject = std::move(verdict->subject)};
    }
}

}  // namespace tenantry::service
