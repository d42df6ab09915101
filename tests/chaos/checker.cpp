#include "tests/chaos/checker.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

#include "tests/support/effects.hpp"

namespace tenantry::chaos {

namespace json = boost::json;
using test::sql_session;

namespace {

// The log as tables of the session. A line's verdict: 'created' is what was answered 201, 'refused'
// what the API said no to, or would have, had its answer not been lost; of the rest nobody knows.
constexpr const char* tables_sql = R"(SET client_min_messages = warning;
DROP TABLE IF EXISTS asked, asked_name;
CREATE TEMP TABLE asked (line int, agency_id bigint, key text, verdict text, ids bigint[],
                         names text[]);
CREATE TEMP TABLE asked_name (line int, agency_id bigint, verdict text, name text, id bigint))";

constexpr const char* rows_sql =
    "INSERT INTO asked SELECT * FROM jsonb_to_recordset($log${}$log$) "
    "AS t(line int, agency_id bigint, key text, verdict text, ids bigint[], names text[])";

constexpr const char* names_sql = R"(
INSERT INTO asked_name SELECT line, agency_id, verdict, t.name, t.id
FROM asked, unnest(names, ids) AS t(name, id);
ANALYZE asked, asked_name)";

/// Each lists what is wrong, one line a fault.
constexpr const char* queries[] = {
    R"(SELECT format('line %s: was answered 201, and company %s, %s, is not there', line, id, name)
    FROM asked_name a WHERE verdict = 'created' AND NOT EXISTS (
        SELECT FROM tenantry.company c
        WHERE (c.agency_id, c.company_id, c.name) = (a.agency_id, a.id, a.name)))",

    // A name that was refused because it is taken belongs to another request.
    R"(SELECT format('line %s: was refused, and left company %s, %s', line, company_id, name)
    FROM asked_name a JOIN tenantry.company c USING (agency_id, name)
    WHERE verdict = 'refused' AND NOT EXISTS (
        SELECT FROM asked_name b
        WHERE (b.agency_id, b.name) = (a.agency_id, a.name) AND b.verdict <> 'refused'))",

    R"(SELECT format('line %s: was not answered, and left %s of %s companies', line,
                     count(company_id), count(*))
    FROM asked_name LEFT JOIN tenantry.company c USING (agency_id, name)
    WHERE verdict = 'unknown' GROUP BY line HAVING count(company_id) NOT IN (0, count(*)))",

    R"(SELECT format('company %s, %s, was not asked for', company_id, name)
    FROM tenantry.company c WHERE NOT EXISTS (
        SELECT FROM asked_name a WHERE (a.agency_id, a.name) = (c.agency_id, c.name)))",

    // Whether there must be a record is whether there are companies.
    R"(WITH kept AS (
        SELECT agency_id, idempotency_key AS key, count(*) AS n FROM tenantry.idempotency_record
        GROUP BY 1, 2
    ), taken AS (
        SELECT line, agency_id, key, verdict <> 'refused' AND EXISTS (
            SELECT FROM tenantry.company c
            WHERE c.agency_id = asked.agency_id AND c.name = names[1]) AS taken
        FROM asked WHERE key <> ''
    )
    SELECT format('line %s: key %s has %s idempotency records', coalesce(line, 0), key,
                  coalesce(n, 0))
    FROM taken FULL JOIN kept USING (agency_id, key)
    WHERE coalesce(n, 0) <> coalesce(taken::int, 0))",

    R"(SELECT format('job %s, %s of company %s, is %s after %s attempts and %s crashes: %s', job_id,
                     kind, company_id, state, attempts, crashes, last_error)
    FROM tenantry.job WHERE state <> 'done')",

    R"(SELECT format('company %s has %s keys, not 1', company_id, count(*)) FROM tenantry.api_key
    WHERE company_id IS NOT NULL GROUP BY agency_id, company_id HAVING count(*) <> 1)",

    R"(SELECT format('agency %s has %s keys of its own, not 1', agency_id, count(*))
    FROM tenantry.api_key WHERE company_id IS NULL GROUP BY agency_id HAVING count(*) <> 1)",

    R"(SELECT format('agency %s: the ledger is out of balance, %s and %s', agency_id,
                     sum(debit_minor), sum(credit_minor))
    FROM tenantry.ledger_entry GROUP BY agency_id, currency
    HAVING sum(debit_minor) <> sum(credit_minor))",

    R"(SELECT format('agency %s: owes %s for %s companies', agency_id, owed, companies)
    FROM tenantry.agency JOIN tenantry.plan USING (plan_code), LATERAL (SELECT
        (SELECT count(*) FROM tenantry.company c WHERE c.agency_id = agency.agency_id) AS companies,
        (SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM tenantry.ledger_entry e
         WHERE e.agency_id = agency.agency_id AND account_code = 'receivable') AS owed) AS t
    WHERE owed <> companies * activation_fee_minor)",
};

/// So many faults of one sort tell enough.
constexpr int most_of_a_sort = 20;

json::object row_of(const log_entry& entry, std::size_t line) {
    const bool nothing = entry.bad || entry.refused();
    const auto* verdict = entry.created() ? "created" : nothing ? "refused" : "unknown";
    json::object row{{"line", line},
                     {"agency_id", entry.agency},
                     {"key", entry.key},
                     {"verdict", verdict},
                     {"names", json::value_from(entry.names)},
                     {"ids", json::array{}}};
    for (const auto& each : entry.answers)
        if (each.status == 201) row["ids"] = json::value_from(each.ids);
    return row;
}

void load(sql_session& sql, const std::vector<log_entry>& log) {
    constexpr std::size_t rows_at_once = 5000;
    sql.execute(tables_sql);
    json::array rows;
    for (std::size_t i = 0; i < log.size(); ++i) {
        rows.push_back(row_of(log[i], i + 1));
        if (rows.size() < rows_at_once && i + 1 < log.size()) continue;
        sql.execute(fmt::format(rows_sql, json::serialize(rows)));
        rows.clear();
    }
    sql.execute(names_sql);
}

std::string fault_of_answer(const log_entry& entry, const answer& given) {
    if (given.status == 201 && entry.bad) return "a bad request was taken";
    if (given.status == 201 && given.ids.size() != entry.names.size())
        return fmt::format("{} companies for {} names", given.ids.size(), entry.names.size());
    const bool said_no = !undecided(given.status) && given.status != 201;
    if (said_no && !entry.bad) return fmt::format("a good request was refused: {}", given.status);
    if (said_no && given.status != 400 && given.status != 422)
        return fmt::format("a bad request was answered {}", given.status);
    if (given.status >= 500 && given.status != 503)
        return fmt::format("was answered {}", given.status);
    if (entry.key.empty() && (given.replayed || given.status == 409))
        return "no key, and taken for a request with one";
    return "";
}

std::string fault_of_answers(const log_entry& entry) {
    const answer* first = nullptr;
    for (const auto& each : entry.answers) {
        if (auto fault = fault_of_answer(entry, each); !fault.empty()) return fault;
        if (each.status != 201) continue;
        if (first && !each.replayed) return "was done a second time";
        if (first && each.ids != first->ids) return "was answered 201 with other companies";
        first = first ? first : &each;
    }
    if (!entry.key.empty() && undecided(entry.answers.back().status))
        return "a request with a key never got an answer";
    return "";
}

void add_lines(std::vector<std::string>& to, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        to.push_back(text.substr(at, end - at));
        at = end + 1;
    }
}

}  // namespace

std::vector<std::string> faults_of_answers(const std::vector<log_entry>& log) {
    std::vector<std::string> faults;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (const auto fault = fault_of_answers(log[i]); !fault.empty())
            faults.push_back(fmt::format("line {}: {}", i + 1, fault));
    return faults;
}

std::vector<std::string> faults_of_database(sql_session& owner, const std::vector<log_entry>& log) {
    load(owner, log);
    std::vector<std::string> faults;
    for (const auto* query : queries)
        add_lines(faults, owner.execute(fmt::format(
                              "SELECT string_agg(words, E'\\n') FROM ({} LIMIT {}) AS t(words)",
                              query, most_of_a_sort)));
    if (auto effects = test::faults_of_companies(owner); !effects.empty())
        faults.push_back(std::move(effects));
    return faults;
}

}  // namespace tenantry::chaos
