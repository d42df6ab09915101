// Of the processes that could do something one does it: the one whose session holds an advisory
// lock.
#pragma once

#include <memory>
#include <string>

#include "common/pg/connection.hpp"

namespace tenantry::store {

class leadership {
public:
    /// A leader that says nothing for `silence`, because it hangs or cannot be reached, loses its
    /// session, and with it the lock. What may take longer than a moment is not to be run there.
    /// The session has to be one of PostgreSQL's own: a pooler of transactions would lend the lock
    /// to others.
    leadership(executor ex, pg::connection_settings session, std::string office,
               std::chrono::milliseconds silence);

    /// The session that holds the lock, for as long as it does: what is run there is run by the
    /// leader or not at all. Tries to become it; null while another process is. Fails as a
    /// connection does, and then this process leads no more.
    task<pg::result<std::shared_ptr<pg::connection>>> seek(deadline until);

    /// Ends the session: another process may lead at once.
    void resign();

private:
    executor ex_;
    const pg::connection_settings settings_;
    const std::string office_;
    const std::chrono::milliseconds silence_;
    std::shared_ptr<pg::connection> session_;
    bool leads_ = false;
};

}  // namespace tenantry::store
