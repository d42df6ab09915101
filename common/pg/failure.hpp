// How a conversation with PostgreSQL can fail, in its own terms; the store gives it a meaning.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace tenantry::pg {

struct failure {
    enum class kind {
        server,           ///< the server refused a statement; `sqlstate` says why
        connection_lost,  ///< refused, closed or broken: whether a commit took place is unknown
        timed_out,        ///< the deadline passed; the connection is given up
        pool_exhausted,   ///< too many callers wait for a connection already
    } kind;
    std::string sqlstate{};    ///< five characters, empty when the server said nothing
    std::string constraint{};  ///< the name of the violated constraint, if any
    std::string message{};     ///< for the log alone
    int statement_index = -1;  ///< the query that was refused, from 0; -1 for the commit itself
};

[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location&);

template<class T>
using result = boost::system::result<T, failure>;

/// 23505 on the constraint or unique index of that name.
bool is_unique_violation(const failure& f, std::string_view constraint);

/// 23514 on the check constraint of that name.
bool is_check_violation(const failure& f, std::string_view constraint);

/// Another transaction held a row or a lock for longer than lock_timeout (55P03).
bool is_lock_timeout(const failure& f);

/// A serialization failure (40001) or a deadlock (40P01): the same transaction may succeed again.
bool is_transient(const failure& f);

}  // namespace tenantry::pg
