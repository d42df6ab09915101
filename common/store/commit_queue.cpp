#include "common/store/commit_queue.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "common/runtime/metrics.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/failure.hpp"
#include "common/store/first_use.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

struct sharing_metrics {
    metrics::counter& statements = metrics::make_counter(
        "tenantry_shared_statements_total", "Statements that commands were run by, each a commit");
    metrics::counter& commands = metrics::make_counter("tenantry_shared_commands_total",
                                                       "Commands that these statements ran");
    metrics::counter& divided = metrics::make_counter(
        "tenantry_shared_statements_divided_total",
        "Statements that one command failed for all, so that they were run again apart");
};

const sharing_metrics& counted() {
    static const sharing_metrics all;
    return all;
}

/// Until a command is tried again that another one excludes, which has a statement to wait for.
constexpr std::chrono::milliseconds rival_pause{2};

/// What the commands that are under way in this process exclude. Two threads that are asked for one
/// name at the same time would meet at its unique index: the later statement would wait for the
/// other one's commit, fail, and be run again with all that share it.
class exclusion {
public:
    /// All of them or none.
    bool take(const std::vector<std::size_t>& hashes) {
        const std::lock_guard lock{mutex_};
        const auto is_taken = [this](auto hash) { return taken_.contains(hash); };
        if (std::ranges::any_of(hashes, is_taken)) return false;
        taken_.insert(hashes.begin(), hashes.end());
        return true;
    }
    void give_back(const std::vector<std::size_t>& hashes) {
        const std::lock_guard lock{mutex_};
        for (const auto hash : hashes) taken_.erase(hash);
    }

    static exclusion& of_process() {
        static exclusion one;
        return one;
    }

private:
    std::mutex mutex_;
    std::unordered_set<std::size_t> taken_;
};

}  // namespace

bool any_commit_queue::entry::exclude_others() {
    excludes = excludes || takes.exclusive.empty() || exclusion::of_process().take(takes.exclusive);
    return excludes;
}

void any_commit_queue::entry::admit_others() {
    if (std::exchange(excludes, false) && !takes.exclusive.empty())
        exclusion::of_process().give_back(takes.exclusive);
}

/// It tries again by itself: who has the name may be a command of another thread.
void any_commit_queue::entry::wait_for_a_rival() {
    if (std::exchange(has_rival, true)) return;
    told_to_wait = true;
    settled.cancel();
}

void any_commit_queue::entry::settle() {
    admit_others();
    settled.cancel();
}

/// The commands of the next statement while they are being chosen.
class any_commit_queue::gathering {
public:
    explicit gathering(const sharing_limits& limits) : limits_{limits} {}

    /// False when there is no room for it.
    bool add(const entry_ptr& e) {
        const auto& takes = e->takes;
        if (!chosen_.empty() &&
            (rows_ + takes.rows > limits_.rows || bytes_ + takes.bytes > limits_.bytes))
            return false;
        rows_ += takes.rows;
        bytes_ += takes.bytes;
        chosen_.push_back(e);
        return true;
    }
    bool is_full() const { return chosen_.size() >= limits_.commands; }
    batch chosen() { return std::move(chosen_); }

private:
    const sharing_limits& limits_;
    batch chosen_{};
    std::size_t rows_ = 0, bytes_ = 0;
};

task<pg::result<verdict>> any_commit_queue::run(const command& what, share takes, deadline until) {
    const first_use mine{what.agency, what.idempotency};
    if (!mine) co_return verdict{verdict::kind::in_progress};
    if (waiting_ >= limits_.waiting)
        co_return pg::failure{pg::failure::kind::pool_exhausted, {}, {}, "too many commands wait"};
    const executor here = co_await net::this_coro::executor;
    // What excludes commands of one agency does not exclude another's.
    const auto salt = static_cast<std::size_t>(what.agency.value()) * 0x9e3779b97f4a7c15U;
    for (auto& hash : takes.exclusive) hash ^= salt;
    std::ranges::sort(takes.exclusive);
    const auto twice = std::ranges::unique(takes.exclusive);
    takes.exclusive.erase(twice.begin(), twice.end());
    const auto placed = std::make_shared<entry>(here, what, std::move(takes), until);
    enqueue(placed);
    if (may_start()) spawn(here, run_statements());
    auto ended = co_await wait_for(placed);
    placed->what = nullptr;
    co_return ended;
}

task<pg::result<verdict>> any_commit_queue::wait_for(entry_ptr mine) {
    while (!mine->ended && !mine->thrown) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= mine->until)
            co_return pg::failure{
                pg::failure::kind::timed_out, {}, {}, "no answer before the deadline"};
        const bool may_try = !mine->chosen && !std::exchange(mine->told_to_wait, false);
        if (may_try && may_start()) spawn(mine->settled.get_executor(), run_statements());
        const auto patience = mine->has_rival ? rival_pause : limits_.slow;
        mine->settled.expires_at(mine->chosen ? mine->until
                                              : std::min(mine->until, now + patience));
        co_await mine->settled.async_wait(use_task);
    }
    if (mine->thrown) std::rethrow_exception(mine->thrown);
    co_return std::move(*mine->ended);
}

void any_commit_queue::enqueue(entry_ptr e) {
    const auto [at, is_new] = by_agency_.try_emplace(e->agency.value());
    if (is_new) at->second = lines_.insert(lines_.end(), line{e->agency});
    at->second->entries.push_back(std::move(e));
    ++waiting_;
}

bool any_commit_queue::may_start() const {
    const auto now = std::chrono::steady_clock::now();
    return running_.size() < limits_.statements &&
           std::ranges::all_of(running_, [now](auto slow_from) { return slow_from <= now; });
}

// Whatever else has arrived by now gets its turn first, so that it goes with this statement and not
// with the next.
task<void> any_commit_queue::run_statements() {
    const auto mine = running_.insert(running_.end(), deadline_in(limits_.slow));
    co_await net::post(use_task);
    for (auto together = next_batch(); !together.empty(); together = next_batch()) {
        *mine = deadline_in(limits_.slow);
        co_await execute(together);
        end_turn(together);
    }
    running_.erase(mine);
}

// A bug's end is that of the requests it met, as without the queue, and not of the process.
void any_commit_queue::give_up(const batch& together, const std::exception_ptr& thrown) {
    for (const auto& e : together) {
        if (e->ended) continue;
        e->thrown = thrown;
        e->settle();
    }
}

/// One command of each agency in turn, until the statement is full or nothing more fits in.
any_commit_queue::batch any_commit_queue::next_batch() {
    gathering next{limits_};
    lines had_turn;
    while (!lines_.empty() && !next.is_full()) {
        const auto first = lines_.begin();
        const bool has_more = take_from(*first, next);
        has_more ? lines_.splice(lines_.end(), lines_, first)
                 : had_turn.splice(had_turn.end(), lines_, first);
    }
    lines_.splice(lines_.begin(), had_turn);
    auto chosen = next.chosen();
    for (const auto& e : chosen) ++by_agency_.at(e->agency.value())->under_way;
    for (auto at = lines_.begin(); at != lines_.end();) leave_if_done(at++);
    return chosen;
}

/// Whether the agency may have another turn.
bool any_commit_queue::take_from(line& from, gathering& into) {
    if (from.under_way > 0 || from.entries.empty()) return false;
    const auto first = from.entries.front();
    if (first->what && !first->exclude_others()) {
        first->wait_for_a_rival();
        return false;
    }
    if (first->what && !into.add(first)) {
        first->admit_others();
        return false;
    }
    first->chosen = true;
    from.entries.pop_front();
    --waiting_;
    return true;
}

void any_commit_queue::end_turn(const batch& together) {
    for (const auto& e : together) {
        const auto of = by_agency_.at(e->agency.value());
        --of->under_way;
        leave_if_done(of);
    }
}

bool any_commit_queue::is_shared(const batch& together) {
    return std::ranges::any_of(together,
                               [&](const auto& e) { return e->agency != together[0]->agency; });
}

// At the same time: one of them may be held up by a row that another transaction has locked.
void any_commit_queue::part(batch together) {
    std::ranges::stable_sort(together, {}, [](const auto& e) { return e->agency.value(); });
    for (auto from = together.begin(); from != together.end();) {
        const auto to = std::find_if(from, together.end(),
                                     [&](const auto& e) { return e->agency != (*from)->agency; });
        by_agency_.at((*from)->agency.value())->under_way += static_cast<std::size_t>(to - from);
        spawn((*from)->settled.get_executor(), run_apart({from, to}));
        from = to;
    }
}

task<void> any_commit_queue::run_apart(batch of_agency) {
    co_await execute(of_agency);
    end_turn(of_agency);
    if (!lines_.empty() && may_start()) co_await run_statements();
}

void any_commit_queue::leave_if_done(lines::iterator at) {
    if (at->under_way > 0 || !at->entries.empty()) return;
    by_agency_.erase(at->agency.value());
    lines_.erase(at);
}

// One that fails the statement fails it for all. Who has lost a race to another process is turned
// down by the statement itself, run again: it sees the winner now. Any other parts the agencies, of
// which each goes on by itself, and is found by halves among its own.
task<void> any_commit_queue::execute(batch together, bool again) {
    std::erase_if(together, [](const auto& e) { return !e->what; });
    if (together.empty()) co_return;
    std::vector<const command*> commands;
    std::vector<std::int64_t> agencies;
    deadline until{};
    for (const auto& e : together) {
        commands.push_back(e->what);
        agencies.push_back(e->agency.value());
        until = std::max(until, e->until);
    }
    counted().statements.Increment();
    counted().commands.Increment(static_cast<double>(together.size()));
    const bool shared = is_shared(together);
    std::optional<pg::result<std::vector<verdict>>> ran;
    std::exception_ptr thrown;
    try {
        auto acting = shared ? acting_for(agencies, limits_.slow) : acting_for(agencies);
        auto query = query_of(commands);
        ran = co_await run_query(pool_, std::move(acting), std::move(query), until);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) co_return give_up(together, thrown);
    auto& verdicts = *ran;
    if (!verdicts && verdicts.error().kind == pg::failure::kind::server && together.size() > 1) {
        if (!again && lost_a_race(verdicts.error()))
            co_return co_await execute(std::move(together), true);
        counted().divided.Increment();
        if (shared) co_return part(std::move(together));
        const auto half = together.begin() + std::ssize(together) / 2;
        batch first{together.begin(), half}, second{half, together.end()};
        co_await execute(std::move(first));
        co_await execute(std::move(second));
        co_return;
    }
    settle(together, verdicts);
}

void any_commit_queue::settle(const batch& together, pg::result<std::vector<verdict>>& verdicts) {
    for (std::size_t i = 0; i < together.size(); ++i) {
        auto& e = *together[i];
        if (verdicts)
            e.ended = std::move((*verdicts)[i]);
        else
            e.ended = verdicts.error();
        e.settle();
    }
}

}  // namespace tenantry::store
