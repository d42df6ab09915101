#include "api/service/environment.hpp"

#include "common/runtime/spawn.hpp"

namespace tenantry::service {

task<result<store::reserved_ids>> take_ids(environment& env, store::id_demand demand,
                                           deadline until) {
    auto taken = co_await env.ids.take(env.database, demand, until);
    const executor here = co_await net::this_coro::executor;
    if (env.ids.begin_refill_when_low()) spawn(here, env.ids.refill(env.database));
    co_return taken;
}

}  // namespace tenantry::service
