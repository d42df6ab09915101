#include "api/service/database_by_turns.hpp"

namespace tenantry::service {

task<result<database_by_turns::access>> database_by_turns::take(const caller& by) const {
    return take(store::first_use{by.who.agency, by.idempotency}, by.who.agency, by.until);
}

task<result<database_by_turns::access>> database_by_turns::take(domain::agency_id agency,
                                                                deadline until) const {
    return take(store::first_use{agency, std::nullopt}, agency, until);
}

task<result<database_by_turns::access>> database_by_turns::take(store::first_use use,
                                                                domain::agency_id agency,
                                                                deadline until) const {
    if (!use) co_return *store::as_error(store::verdict{store::verdict::kind::in_progress});
    auto turn = co_await turns_->take(agency, until);
    if (!turn) co_return turn.error();
    co_return access{*database_, std::move(use), std::move(*turn)};
}

}  // namespace tenantry::service
