// Classifies failures by SQLSTATE (PostgreSQL documentation, appendix A), never by message.
#include "common/pg/failure.hpp"

#include <stdexcept>

namespace tenantry::pg {

void throw_exception_from_error(const failure& f, const boost::source_location&) {
    throw std::logic_error("result accessed without its value: " + f.sqlstate + " " + f.message);
}

bool is_unique_violation(const failure& f, std::string_view constraint) {
    return f.sqlstate == "23505" && f.constraint == constraint;
}

bool is_check_violation(const failure& f, std::string_view constraint) {
    return f.sqlstate == "23514" && f.constraint == constraint;
}

bool is_lock_timeout(const failure& f) {
    return f.sqlstate == "55P03";
}

bool is_transient(const failure& f) {
    return f.sqlstate == "40001" || f.sqlstate == "40P01";
}

}  // namespace tenantry::pg
