// The pool's one state, shared with the connections on loan, so that a lease may come back late.
#include "common/pg/pool.hpp"

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <optional>
#include <utility>

namespace tenantry::pg {
namespace {

/// A caller in the queue. It lives in its coroutine's frame and unlinks itself when that goes.
struct waiter
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    waiter(executor ex, deadline until) : timer{ex, until} {}

    steady_timer timer;
    std::unique_ptr<connection> given{};
    bool may_open = false;  ///< holds one of the pool's places now
};

using waiter_queue = boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>>;

}  // namespace

class pool_state : public std::enable_shared_from_this<pool_state> {
public:
    pool_state(executor ex, pool_settings settings) : ex_{ex}, settings_{std::move(settings)} {
        idle_.reserve(settings_.size);  // so that giving back cannot fail
    }

    /// An idle connection, without waiting; an empty lease when there is none.
    lease take_idle();
    task<result<lease>> acquire(deadline until);
    void give_back(std::unique_ptr<connection> c);
    void stop();
    pool::counters counts() const { return {open_, idle_.size(), waiting_.size()}; }

private:
    class place;

    task<result<lease>> wait_for_one(deadline until);
    task<result<lease>> open_one(deadline until);
    /// Passes a place that came free to the first in the queue, or gives it up.
    void release_place();
    waiter& wake_first();
    failure stopped() const { return {failure::kind::connection_lost, {}, {}, "the pool stopped"}; }

    executor ex_;
    pool_settings settings_;
    std::vector<std::unique_ptr<connection>> idle_;  ///< the last one back is the first one out
    waiter_queue waiting_;
    std::size_t open_ = 0;
    std::optional<failure> last_failure_;
    deadline retry_at_{};
    bool stopped_ = false;
};

/// One of the pool's `size` places while a connection is opened for it.
class pool_state::place {
public:
    explicit place(std::shared_ptr<pool_state> home) : home_{std::move(home)} {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() {
        if (home_) home_->release_place();
    }
    void keep() { home_.reset(); }

private:
    std::shared_ptr<pool_state> home_;
};

lease pool_state::take_idle() {
    while (!idle_.empty()) {
        auto c = std::move(idle_.back());
        idle_.pop_back();
        if (c->still_open()) return {shared_from_this(), std::move(c)};
        --open_;
    }
    return {};
}

task<result<lease>> pool_state::acquire(deadline until) {
    const auto self = shared_from_this();  // the pool may go while this waits
    if (stopped_) co_return stopped();
    if (auto idle = take_idle()) co_return std::move(idle);
    if (open_ == settings_.size) co_return co_await wait_for_one(until);
    ++open_;
    co_return co_await open_one(until);
}

task<result<lease>> pool_state::wait_for_one(deadline until) {
    if (waiting_.size() >= settings_.max_waiting)
        co_return failure{failure::kind::pool_exhausted, {}, {}, "too many wait for a connection"};
    waiter me{ex_, until};
    waiting_.push_back(me);
    co_await me.timer.async_wait(use_task);
    if (me.given) co_return lease{shared_from_this(), std::move(me.given)};
    if (me.may_open) co_return co_await open_one(until);
    if (stopped_) co_return stopped();
    co_return failure{failure::kind::timed_out, {}, {}, "no connection came free in time"};
}

task<result<lease>> pool_state::open_one(deadline until) {
    place mine{shared_from_this()};
    if (last_failure_ && std::chrono::steady_clock::now() < retry_at_) co_return *last_failure_;
    const auto give_up = std::min(until, deadline_in(settings_.connect_timeout));
    auto opened = co_await connection::connect(ex_, settings_.connection, give_up);
    if (!opened) {
        // A caller in a hurry says nothing about the server.
        if (opened.error().kind == failure::kind::connection_lost || give_up < until) {
            last_failure_ = opened.error();
            retry_at_ = deadline_in(settings_.retry_pause);
        }
        co_return opened.error();
    }
    last_failure_.reset();
    mine.keep();
    co_return lease{shared_from_this(), std::move(*opened)};
}

void pool_state::give_back(std::unique_ptr<connection> c) {
    if (stopped_ || c->broken() || c->in_transaction()) {
        c.reset();
        release_place();
    } else if (waiting_.empty()) {
        idle_.push_back(std::move(c));
    } else {
        wake_first().given = std::move(c);
    }
}

void pool_state::release_place() {
    if (waiting_.empty())
        --open_;
    else
        wake_first().may_open = true;
}

waiter& pool_state::wake_first() {
    auto& first = waiting_.front();
    waiting_.pop_front();
    first.timer.cancel();
    return first;
}

void pool_state::stop() {
    stopped_ = true;
    open_ -= idle_.size();
    idle_.clear();
    while (!waiting_.empty()) wake_first();
}

lease::lease(std::shared_ptr<pool_state> home, std::unique_ptr<connection> c)
    : home_{std::move(home)}, connection_{std::move(c)} {}

lease& lease::operator=(lease&& other) noexcept {
    give_back();
    home_ = std::move(other.home_);
    connection_ = std::move(other.connection_);
    return *this;
}

lease::~lease() {
    give_back();
}

void lease::give_back() noexcept {
    if (connection_) home_->give_back(std::move(connection_));
}

pool::pool(executor ex, pool_settings settings)
    : state_{std::make_shared<pool_state>(ex, std::move(settings))} {}

pool::~pool() {
    stop();
}

task<result<lease>> pool::acquire(deadline until) {
    return state_->acquire(until);
}

task<result<std::vector<rows>>> pool::run(std::span<const query> queries, deadline until) {
    const auto state = state_;
    result<lease> lent = state->take_idle();
    if (!*lent) lent = co_await state->acquire(until);
    if (!lent) co_return lent.error();
    co_return co_await (*lent)->run(queries, until);
}

task<result<rows>> pool::run(const statement& sql, params arguments, deadline until) {
    const query one{&sql, std::move(arguments)};
    auto all = co_await run(std::span{&one, 1}, until);
    if (!all) co_return all.error();
    co_return std::move(all->front());
}

void pool::stop() {
    state_->stop();
}

pool::counters pool::counts() const {
    return state_->counts();
}

}  // namespace tenantry::pg
