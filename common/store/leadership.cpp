#include "common/store/leadership.hpp"

#include "common/store/advisory_locks.hpp"

namespace tenantry::store {

namespace {

constexpr pg::statement lock_statement{"seek_leadership",
                                       "SELECT pg_try_advisory_lock(" LOCK_OF_OFFICES
                                       ", hashtext($1)),"
                                       " set_config('idle_session_timeout', $2, false)"};

}  // namespace

leadership::leadership(executor ex, pg::connection_settings session, std::string office,
                       std::chrono::milliseconds silence)
    : ex_{ex}, settings_{std::move(session)}, office_{std::move(office)}, silence_{silence} {}

task<pg::result<std::shared_ptr<pg::connection>>> leadership::seek(deadline until) {
    if (session_ && !session_->still_open()) resign();
    if (!session_) {
        auto opened = co_await pg::connection::connect(ex_, settings_, until);
        if (!opened) co_return opened.error();
        session_ = std::move(*opened);
    }
    if (leads_) co_return session_;
    const auto session = session_;
    auto answer =
        co_await session->run(lock_statement, {office_, std::to_string(silence_.count())}, until);
    if (!answer) co_return answer.error();
    leads_ = (*answer)[0].get<bool>(0);
    co_return leads_ ? session_ : nullptr;
}

void leadership::resign() {
    session_.reset();
    leads_ = false;
}

}  // namespace tenantry::store
