#include "tests/support/sql.hpp"

#include <stdexcept>

namespace tenantry::test {

sql_session::sql_session(const std::string& url)
    : connection_{PQconnectdb(url.c_str()), &PQfinish} {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(connection_.get()));
}

std::string sql_session::execute(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> r{PQexec(connection_.get(), sql.c_str()),
                                                          &PQclear};
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
}

std::int64_t sql_session::number(const std::string& sql) {
    return std::stoll(execute(sql));
}

}  // namespace tenantry::test
