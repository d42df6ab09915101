#include "api/service/environment.hpp"

#include "common/runtime/spawn.hpp"

namespace tenantry::service {

task<result<store::reserved_ids>> id_source::take(store::id_demand demand, deadline until) {
    auto taken = co_await reserve_.take(database_, demand, until);
    const executor here = co_await net::this_coro::executor;
    if (reserve_.begin_refill_when_low()) spawn(here, reserve_.refill(database_));
    co_return taken;
}

}  // namespace tenantry::service
