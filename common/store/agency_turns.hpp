// Who may have a connection to itself: of one thread's requests few at once, and no two of one
// agency, so that the others stay free for what many requests share.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::store {

/// Of one thread. Agencies take turns, and the requests of one in their order.
class agency_turns {
    struct state;

public:
    struct limits {
        std::size_t running;         ///< at the same time, of whichever agencies
        std::size_t waiting_of_one;  ///< agency; each in a request that is in progress
    };
    /// Who has less time left than this when it is its turn would begin what it cannot finish.
    static constexpr std::chrono::milliseconds least_time{100};

    /// Requests of an agency, in a thread. A slow read takes a good part of a second in a large
    /// one.
    static constexpr std::size_t alone_that_wait = 256, slow_that_wait = 64;

    explicit agency_turns(limits most) : state_{std::make_shared<state>(most)} {}

    /// While it lives, its agency has a connection.
    class turn {
    public:
        turn(std::shared_ptr<state> of, domain::agency_id agency)
            : of_{std::move(of)}, agency_{agency} {}
        turn(turn&&) = default;
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        ~turn();

    private:
        std::shared_ptr<state> of_;
        domain::agency_id agency_;
    };

    /// `overloaded` when as many of that agency wait as may; `deadline_exceeded` when it is not its
    /// turn in time.
    task<result<turn>> take(domain::agency_id agency, deadline until);

    std::size_t waiting() const;

private:
    /// In its agency's line until it is granted, or gone.
    struct waiter {
        waiter(state& in, domain::agency_id of, steady_timer until);
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;
        ~waiter();

        state& line_of;
        domain::agency_id agency;
        steady_timer granted;  ///< cancelled when it is
        bool is_granted = false;
    };
    struct line {
        domain::agency_id agency;
        std::deque<waiter*> waiters{};
    };
    struct state {
        explicit state(limits l) : most{l} {}

        const limits most;
        std::vector<domain::agency_id> running{};
        std::deque<line> lines{};  ///< whose agency waited longest since its last turn comes first

        bool may_start(domain::agency_id agency) const;
        std::size_t waiting_of(domain::agency_id agency) const;
        void join(waiter& who);
        void leave(waiter& who);
        void grant_what_may_start();
    };

    std::shared_ptr<state> state_;
};

}  // namespace tenantry::store
