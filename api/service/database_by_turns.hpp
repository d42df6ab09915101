// The database, for a request that shares no statement.
#pragma once

#include "api/service/caller.hpp"
#include "common/pg/pool.hpp"
#include "common/store/agency_turns.hpp"
#include "common/store/first_use.hpp"

namespace tenantry::service {

/// The only way to the database here but what many requests share, so that no request goes to it
/// out of turn.
class database_by_turns {
public:
    database_by_turns(pg::pool& database, store::agency_turns& turns)
        : database_{&database}, turns_{&turns} {}

    /// The database, while it is the request's turn.
    class access {
    public:
        access(pg::pool& database, store::first_use use, store::agency_turns::turn turn)
            : database_{&database}, use_{std::move(use)}, turn_{std::move(turn)} {}
        operator pg::pool&() const { return *database_; }

    private:
        pg::pool* database_;
        store::first_use use_;
        store::agency_turns::turn turn_;
    };

    /// `idempotency_in_progress`, at once, while another request with its Idempotency-Key waits or
    /// runs; `overloaded` and `deadline_exceeded` as of store::agency_turns.
    task<result<access>> take(const caller& by) const;
    /// The same without a use of an Idempotency-Key.
    task<result<access>> take(domain::agency_id agency, deadline until) const;

private:
    task<result<access>> take(store::first_use use, domain::agency_id agency, deadline until) const;

    pg::pool* database_;
    store::agency_turns* turns_;
};

}  // namespace tenantry::service
