// Lets reads of one kind that are in flight at the same time be one query: whatever came while the
// last one was under way is asked for by the next, and what several want is asked for once. A read
// that finds none under way goes at once.
#pragma once

#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "common/pg/pool.hpp"
#include "common/runtime/error.hpp"
#include "common/runtime/spawn.hpp"
#include "common/store/failure.hpp"

namespace tenantry::store {

/// Of one thread. `Wanted` says what is asked for, `Found` is what there is of it: a value that is
/// copied to each that wants the same.
template<class Wanted, class Found>
class shared_read {
public:
    /// Answers one `Found` for each that is wanted, in order.
    using query = task<result<std::vector<Found>>> (*)(pg::pool&, std::vector<Wanted>, deadline);

    /// A query asks for `most_together` at most.
    shared_read(pg::pool& pool, query ask, std::size_t most_together = 64)
        : pool_{pool}, ask_{ask}, most_together_{most_together} {}

    /// Fails as the query does, for all that it asked for. What the query throws is thrown to those
    /// that it is thrown for when they are asked for alone.
    task<result<Found>> run(Wanted wanted, deadline until) {
        const executor here = co_await net::this_coro::executor;
        const auto [mine, place] = take_place(std::move(wanted));
        mine->until = std::max(mine->until, until);
        steady_timer ended{here, until};
        if (running_ < most_running) {
            ++running_;
            spawn(here, ask_until_none_is_wanted());
        }
        mine->waiting.push_back(&ended);
        co_await ended.async_wait(use_task);
        std::erase(mine->waiting, &ended);
        if (!mine->over)
            co_return to_error(
                pg::failure{pg::failure::kind::timed_out, {}, {}, "no answer before the deadline"});
        const auto& answer = mine->answers[place];
        if (answer.thrown) std::rethrow_exception(answer.thrown);
        co_return answer.found;
    }

private:
    static constexpr std::size_t most_running = 2;

    struct reply {
        result<Found> found{error{}};
        std::exception_ptr thrown{};  ///< instead
    };
    struct round {
        std::vector<Wanted> wanted{};
        deadline until{};
        std::vector<reply> answers{};
        bool over = false;
        std::vector<steady_timer*> waiting{};  ///< of its readers, cancelled when it is over
    };

    using seat = std::pair<std::shared_ptr<round>, std::size_t>;

    /// In the round that gathers: that of who wants the same, or a new one.
    seat take_place(Wanted wanted) {
        if (!rounds_.empty()) {
            const auto& gathered = rounds_.back()->wanted;
            const auto same = std::ranges::find(gathered, wanted);
            if (same != gathered.end())
                return {rounds_.back(), static_cast<std::size_t>(same - gathered.begin())};
        }
        if (rounds_.empty() || rounds_.back()->wanted.size() == most_together_)
            rounds_.push_back(std::make_shared<round>());
        rounds_.back()->wanted.push_back(std::move(wanted));
        return {rounds_.back(), rounds_.back()->wanted.size() - 1};
    }

    // What else has arrived by now gets its turn first, so that it is asked for with this query.
    task<void> ask_until_none_is_wanted() {
        co_await net::post(use_task);
        while (!rounds_.empty()) {
            const auto next = std::move(rounds_.front());
            rounds_.pop_front();
            next->answers.resize(next->wanted.size());
            co_await ask_by_halves(*next, 0, next->wanted.size());
            next->over = true;
            for (auto* each : next->waiting) each->cancel();
        }
        --running_;
    }

    /// By halves when it throws, until what it is thrown for is alone.
    task<void> ask_by_halves(round& of, std::size_t first, std::size_t count) {
        std::exception_ptr thrown;
        try {
            const auto from = of.wanted.begin() + static_cast<std::ptrdiff_t>(first);
            std::vector<Wanted> part(from, from + static_cast<std::ptrdiff_t>(count));
            auto found = co_await ask_(pool_, std::move(part), of.until);
            for (std::size_t i = 0; i < count; ++i) {
                if (found)
                    of.answers[first + i].found = std::move((*found)[i]);
                else
                    of.answers[first + i].found = found.error();
            }
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!thrown) co_return;
        if (count == 1) {
            of.answers[first].thrown = thrown;
            co_return;
        }
        co_await ask_by_halves(of, first, count / 2);
        co_await ask_by_halves(of, first + count / 2, count - count / 2);
    }

    pg::pool& pool_;
    query ask_;
    std::size_t most_together_;
    std::deque<std::shared_ptr<round>> rounds_{};  ///< the last one gathers
    std::size_t running_ = 0;
};

}  // namespace tenantry::store
