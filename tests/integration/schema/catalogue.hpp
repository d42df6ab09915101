// Questions to a database's catalogue that schema tests share.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "tests/integration/pg/session.hpp"

namespace tenantry::test {

inline task<std::string> ask_at_of(executor ex, std::string url, const std::string& sql) {
    pg::connection_settings settings{std::move(url)};
    auto c = co_await pg::connection::connect(ex, std::move(settings), deadline_in(patience));
    auto answer = co_await run_sql(*c.value(), sql.c_str());
    const auto& rows = answer.value();
    if (rows.empty()) co_return "";
    co_return rows[0].get<std::optional<std::string>>(0).value_or("");
}

/// The one text that the statement answers, through a connection of its own; "" for NULL or none.
inline std::string ask_at(const std::string& url, const std::string& sql) {
    return run_on_io([&](executor ex) { return ask_at_of(ex, url, sql); });
}

inline std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in{text};
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// The tables that hold tenants' rows: those with an agency_id.
inline std::vector<std::string> tenant_tables(const database& db) {
    return words_of(
        db.execute("SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c"
                   " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id'"
                   " WHERE c.relnamespace = 'tenantry'::regnamespace AND c.relkind IN ('r', 'p')"));
}

inline constexpr const char* application_roles[] = {"tenantry_api", "tenantry_worker"};

}  // namespace tenantry::test
