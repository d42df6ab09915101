// Lets commands that are in flight at the same time share one statement and one commit: whatever
// came while the last statement ran goes with the next. Nothing waits for company: a command that
// finds no statement under way goes at once, by the same path.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/store/command.hpp"

namespace tenantry::store {

/// What a command adds to the statement that it shares.
struct share {
    std::size_t rows = 1;   ///< of the operation's main table
    std::size_t bytes = 0;  ///< about as many
    /// Hashes of what no two commands of an agency that are under way may have in common, such as a
    /// company's name.
    std::vector<std::size_t> exclusive{};
};

/// Of one statement, and of what may wait for it.
struct sharing_limits {
    std::size_t commands = 64;
    std::size_t rows = 256;           ///< a command with more goes alone
    std::size_t bytes = 1024 * 1024;  ///< likewise
    std::size_t waiting = 1024;       ///< commands
    /// Under way at once: a second one only when the first is slow.
    std::size_t statements = 3;
    /// A statement that keeps others waiting for so long is slow: something holds one of its rows.
    /// One for several agencies is given up then, and each of them goes on by itself.
    std::chrono::milliseconds slow{50};
};

/// What commit_queue<Command> does for any kind of command.
class any_commit_queue {
public:
    any_commit_queue(pg::pool& pool, sharing_limits limits) : pool_{pool}, limits_{limits} {}
    any_commit_queue(const any_commit_queue&) = delete;
    any_commit_queue& operator=(const any_commit_queue&) = delete;
    virtual ~any_commit_queue() = default;

protected:
    task<pg::result<verdict>> run(const command& what, share takes, deadline until);
    virtual pg::query query_of(together<command> commands) const = 0;

private:
    /// A command until its verdict is in. Who asked may be gone before that, and `what` with them.
    struct entry {
        entry(executor ex, const command& c, share s, deadline d)
            : what{&c}, agency{c.agency}, takes{std::move(s)}, until{d}, settled{ex} {}
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;
        ~entry() { admit_others(); }

        /// From all statements of the process. False while another one's command excludes this.
        bool exclude_others();
        void admit_others();
        void wait_for_a_rival();
        void settle();

        const command* what;
        domain::agency_id agency;
        share takes;
        deadline until;
        steady_timer settled;  ///< cancelled when the verdict is in
        bool chosen = false;   ///< for a statement; it waits no more
        bool excludes = false;
        bool has_rival = false;
        bool told_to_wait = false;
        std::optional<pg::result<verdict>> ended{};
        std::exception_ptr thrown{};  ///< instead, by what ran the statement
    };
    using entry_ptr = std::shared_ptr<entry>;
    using batch = std::vector<entry_ptr>;
    class gathering;
    /// An agency's commands, first come, first served.
    struct line {
        domain::agency_id agency;
        std::deque<entry_ptr> entries{};
        /// How many are in a statement: the others wait until all of them are back.
        std::size_t under_way = 0;
    };
    using lines = std::list<line>;

    task<pg::result<verdict>> wait_for(entry_ptr mine);
    void enqueue(entry_ptr e);
    bool may_start() const;
    batch next_batch();
    bool take_from(line& from, gathering& into);
    void end_turn(const batch& together);
    void leave_if_done(lines::iterator at);
    task<void> run_statements();
    task<void> execute(batch together, bool again = false);
    static bool is_shared(const batch& together);  ///< by several agencies
    void part(batch together);
    task<void> run_apart(batch of_agency);
    static void settle(const batch& together, pg::result<std::vector<verdict>>& verdicts);
    static void give_up(const batch& together, const std::exception_ptr& thrown);

    pg::pool& pool_;
    const sharing_limits limits_;
    lines lines_;  ///< agencies take turns: the front is next
    std::unordered_map<std::int64_t, lines::iterator> by_agency_;
    std::size_t waiting_ = 0;
    std::list<deadline> running_;  ///< when each statement under way counts as slow
};

/// Of one thread and one kind of command, which has a `query_for` and a `share_of`.
template<class Command>
class commit_queue final : public any_commit_queue {
public:
    using any_commit_queue::any_commit_queue;

    /// The command's own verdict, whatever became of those that it shared the statement with: one
    /// that fails a statement is run again without the others. `in_progress` at once while an
    /// earlier use of its Idempotency-Key is here. Fails as pool::run does; with pool_exhausted too
    /// when too many wait, and with timed_out at the deadline, after which it is unknown whether it
    /// took place. What the statement's making throws is thrown to each of its commands. `what`
    /// must outlive the call.
    task<pg::result<verdict>> run(const Command& what, deadline until) {
        return any_commit_queue::run(what, share_of(what), until);
    }

private:
    pg::query query_of(together<command> commands) const override {
        std::vector<const Command*> typed;
        typed.reserve(commands.size());
        for (const auto* c : commands) typed.push_back(static_cast<const Command*>(c));
        return query_for(together<Command>{typed});
    }
};

}  // namespace tenantry::store
