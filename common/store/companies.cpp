#include "common/store/companies.hpp"

#include <iterator>

#include "common/store/company_count.hpp"
#include "common/store/company_profile_codec.hpp"
#include "common/store/company_reference.hpp"
#include "common/store/failure.hpp"
#include "common/store/row_by_key.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// The parts of the statement that founders add: where no command has one it is a statement without
// them.
struct founding {
    std::string_view input, refusals, join, owner, effects;
};
constexpr founding none{"", "", "", "user_id", ""};
// Who is known is asked for each by a subquery, which no statistics can turn into a join.
constexpr founding founded{R"(founder AS (
    SELECT * FROM unnest($32::bigint[], $33::bigint[], $34::text[], $35::text[], $36::text[])
        AS t(cmd, founder_id, external_id, email, founder_name)
), )",
                           R"(
        UNION ALL
        SELECT cmd, '', NULL FROM founder JOIN command USING (cmd)
            CROSS JOIN )" ROW_BY_KEY("app_user own",
                                     "own.agency_id = command.agency_id"
                                     " AND own.external_id = founder.external_id") R"( AS known
        WHERE known.user_id <> founder_id)",
                           " LEFT JOIN founder USING (cmd)", "coalesce(founder_id, user_id)",
                           R"(, brought_in AS (
    INSERT INTO tenantry.app_user (agency_id, user_id, external_id, email, name, created_at)
    SELECT agency_id, founder_id, external_id, email, founder_name, dated
    FROM accepted JOIN founder USING (cmd)
    WHERE (SELECT u.user_id FROM tenantry.app_user u
           WHERE u.agency_id = accepted.agency_id AND u.user_id = founder_id) IS NULL
    ORDER BY agency_id, external_id COLLATE "C"
    RETURNING agency_id, user_id
), user_audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, subject_id, request_id)
    SELECT accepted.agency_id, dated, 'user.created', accepted.user_id, actor_key_id, founder_id, request_id
    FROM accepted JOIN founder USING (cmd)
        JOIN brought_in ON brought_in.agency_id = accepted.agency_id AND brought_in.user_id = founder_id
), member AS (
    INSERT INTO tenantry.membership (agency_id, company_id, user_id, role, created_at)
    SELECT agency_id, company_id, founder_id, 'owner', dated FROM born WHERE founder_id IS NOT NULL
))"};

// Inserting in the order of the unique key lets two transactions that want the same names wait for
// each other in one direction only, and the counts, which read what was inserted, come after the
// names as in a change of a company. `refused` spares the certain conflict; the race that it cannot
// see fails the statement.
command_statement insert_for(std::string name, const founding& with) {
    const std::string inputs =
        R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::bigint[], $19::bytea[],
                         $20::bytea[], $21::int[], $22::json[])
        WITH ORDINALITY
        AS t(cmd, company_id, name, name_key, api_key_id, lookup_hash, sealed_key, keyring_version, profile, position)
), task AS (
    )" TASK_ARRAYS(23, 24, 25, 26, 27, 28, 29, 30, 31) R"(
), )" + std::string{with.input} +
        R"(refused AS (
    SELECT DISTINCT ON (cmd) cmd, subject FROM (
        SELECT cmd, item.name AS subject, position FROM item JOIN command USING (cmd)
            CROSS JOIN )" ROW_BY_KEY(
            "company own",
            "own.agency_id = command.agency_id AND own.name_key = item.name_key") R"( AS taken)" +
        std::string{with.refusals} + R"(
    ) AS refusal ORDER BY cmd, position
))";
    const std::string effects = R"(born AS MATERIALIZED (
    SELECT * FROM accepted JOIN item USING (cmd))" +
                                std::string{with.join} +
                                R"( ORDER BY agency_id, name_key COLLATE "C"
), company AS (
    INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, profile, created_at, updated_at)
    SELECT agency_id, company_id, name, name_key, )" +
                                std::string{with.owner} +
                                R"(, profile, dated, dated FROM born
    RETURNING agency_id
), api_key AS (
    INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, scope, lookup_hash, sealed_key,
                                  keyring_version, created_at)
    SELECT agency_id, api_key_id, company_id, user_id, 'read_write', lookup_hash, sealed_key, keyring_version, dated
    FROM born
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, dated, 'company.created', user_id, actor_key_id, company_id, company_id, request_id FROM born
), job AS (
    )" INSERT_TASKS "), " COUNT_COMPANIES("count(*)", "0", "0",
                                          "company GROUP BY agency_id ORDER BY agency_id") +
                                std::string{with.effects};
    return command_statement(std::move(name), inputs, effects);
}
const command_statement insert_statement = insert_for("insert_companies", none);
const command_statement insert_founded_statement = insert_for("insert_founded_companies", founded);

constexpr int max_deadlocks = 5;

#define COMPANY_COLUMNS(owner)                                                           \
    "c.company_id, c.name, " owner                                                       \
    ", c.active, c.provisioning = 'ready', "                                             \
    "c.running_campaigns, c.email_slots, c.linkedin_slots, c.created_at, c.updated_at, " \
    "c.held, c.profile"
// For the few rows of a statement that is planned for many.
#define OWNER_NAME                                                            \
    "(SELECT u.name FROM tenantry.app_user u WHERE u.agency_id = c.agency_id" \
    " AND u.user_id = c.owner_id)"
// Read for who asks for it alone: the condition is looked at before the subquery runs.
#define STATUS_COLUMN(wanted, column)                  \
    "CASE WHEN " wanted " THEN ARRAY(SELECT s." column \
    " FROM tenantry.company_status s WHERE "           \
    "s.agency_id = c.agency_id AND s.company_id = c.company_id ORDER BY s.company_status_id) END"
#define COMPANY_HISTORY(wanted) \
    STATUS_COLUMN(wanted, "status") ", " STATUS_COLUMN(wanted, "created_at")

// The counts have a row of their own, since a page beyond the last one has none. $1 is the agency,
// $2 whether to count, $3 whether with the statuses, $4 to $6 the part, and from $7 on what the
// statement itself asks for.
#define COMPANY_PAGE(counts, page)                                                            \
    "SELECT counted.total, counted.version, " COMPANY_COLUMNS("u.name") ", " COMPANY_HISTORY( \
        "$3") " FROM (" counts                                                                \
              ") AS counted"                                                                  \
              " LEFT JOIN (" page                                                             \
              ") AS c ON true LEFT JOIN tenantry.app_user u ON u.agency_id = "                \
              "c.agency_id AND u.user_id = c.owner_id ORDER BY c.company_id"
#define KEPT_COUNTS(total)                            \
    "SELECT CASE WHEN $2 THEN " SUM_OF_COMPANIES(     \
        total) " END AS total, " VERSION_OF_COMPANIES \
               " AS version FROM tenantry.company_count WHERE agency_id = $1"
// What an offset skips is read off an index alone, to find where the page begins. The planner has
// to see that a page is small: an unknown LIMIT is a tenth of all rows to it, and it would rather
// read and sort a large table.
constexpr std::int64_t longest_stretch = 101;
#define COMPANY_STRETCH(condition)                                                                 \
    "SELECT * FROM (SELECT * FROM tenantry.company WHERE agency_id = $1 " condition                \
    " AND company_id >= "                                                                          \
    "(SELECT company_id FROM tenantry.company WHERE agency_id = $1 AND company_id > $4 " condition \
    " ORDER BY company_id OFFSET $6 LIMIT 1) ORDER BY company_id LIMIT 101) AS stretch LIMIT $5"

constexpr pg::statement list_statement{
    "list_companies", COMPANY_PAGE(KEPT_COUNTS("active + inactive"), COMPANY_STRETCH(""))};
constexpr pg::statement list_by_activity_statement{
    "list_companies_by_activity",
    COMPANY_PAGE(KEPT_COUNTS("CASE WHEN $7 THEN active ELSE inactive END"),
                 COMPANY_STRETCH("AND active = $7"))};

// What CASE says is a guess of one half to the planner, where OR would seem to leave hardly a row:
// only so it reads a page off the key's index instead of sorting the agency's companies.
#define COMPANY_FILTER                                                                     \
    "c.agency_id = $1 AND CASE WHEN $7::boolean IS NULL THEN true ELSE c.active = $7 END " \
    "AND CASE WHEN $8::bigint IS NULL THEN true ELSE c.company_id = $8 END "               \
    "AND CASE WHEN $9::text IS NULL THEN true ELSE strpos(c.name_key, $9) > 0 END "        \
    "AND CASE WHEN $10::text IS NULL THEN true ELSE (c.profile -> 'domains')::jsonb ? $10 END"
constexpr pg::statement filter_statement{
    "filter_companies",
    COMPANY_PAGE(
        "SELECT CASE WHEN $2 THEN (SELECT count(*) FROM tenantry.company c WHERE " COMPANY_FILTER
        ") END AS total, NULL::bigint AS version",
        "SELECT * FROM tenantry.company c WHERE " COMPANY_FILTER
        " AND c.company_id > $4 ORDER BY c.company_id LIMIT $5 OFFSET $6")};

constexpr pg::statement find_statement{
    "find_companies",
    "SELECT n, " COMPANY_COLUMNS(OWNER_NAME) ", " COMPANY_HISTORY("with_statuses = 1") R"(
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) WITH ORDINALITY
            AS wanted(agency_id, company_id, with_statuses, n)
        CROSS JOIN )" COMPANY_OF_WANTED " AS c"};

// A name is of a unique key, so changing it takes the row's strongest lock, and that at once:
// between a weaker one and this would come a job that refers to the company and then updates it,
// and each would wait for the other.
constexpr pg::statement update_statement{"update_company",
                                         R"(WITH old AS MATERIALIZED (
        SELECT agency_id, company_id, active AS was_active FROM tenantry.company
        WHERE agency_id = $1 AND company_id = $2 AND (active OR NOT $11) FOR UPDATE
    ), c AS (
        UPDATE tenantry.company c
        SET name = coalesce($3, name), name_key = coalesce($4, name_key), active = coalesce($5, active), updated_at = $6,
            profile = CASE WHEN $10::json IS NULL THEN profile
                           ELSE nullif(tenantry.merge_patch(profile, $10)::text, '{}')::json END
        FROM old WHERE c.agency_id = old.agency_id AND c.company_id = old.company_id
        RETURNING c.*, old.was_active
    ), )" COUNT_COMPANIES("active::int - was_active::int", "was_active::int - active::int", "1",
                                         "c") R"(, audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id,
                                          request_id, details)
        SELECT agency_id, $6, 'company.updated', $7, $8, company_id, company_id, $9,
               jsonb_strip_nulls(jsonb_build_object('name', $3::text, 'active', $5::boolean, 'profile',
                   (SELECT jsonb_agg(key) FROM json_object_keys($10) AS key)))
        FROM c
    ), announced AS (
        SELECT pg_notify('tenantry_revocation', agency_id::text) FROM c
    )
    SELECT )" COMPANY_COLUMNS(OWNER_NAME) R"(, NULL::text[], NULL::timestamptz[]
    FROM c, (SELECT count(*) FROM announced) AS told)"};

// The lock makes whoever comes second see what the first one did.
const command_statement status_statement(
    "set_company_status",
    R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::timestamptz[])
        AS t(cmd, company_id, status, seen)
), old AS MATERIALIZED (
    SELECT cmd, c.updated_at, CASE WHEN c.held THEN 'COMPLIANCE_HOLD' ELSE 'ACTIVE' END AS status
    FROM item JOIN command USING (cmd)
        JOIN tenantry.company c ON c.agency_id = command.agency_id AND c.company_id = item.company_id
                                AND c.active
    FOR UPDATE OF c
), refused AS (
    SELECT cmd, CASE WHEN old.status = item.status THEN old.status WHEN old.updated_at <> item.seen THEN 'changed' END
        AS subject
    FROM item LEFT JOIN old USING (cmd)
    WHERE old.status IS NULL OR old.status = item.status OR old.updated_at <> item.seen
))",
    R"(company AS (
    UPDATE tenantry.company c SET held = item.status = 'COMPLIANCE_HOLD', updated_at = accepted.dated
    FROM accepted JOIN item USING (cmd)
    WHERE c.agency_id = accepted.agency_id AND c.company_id = item.company_id
    RETURNING c.agency_id, pg_notify('tenantry_revocation', c.agency_id::text)
), )" COUNT_COMPANIES("0", "0", "count(*)",
                      "company GROUP BY agency_id ORDER BY agency_id") R"(, status AS (
    INSERT INTO tenantry.company_status (agency_id, company_id, status, created_at)
    SELECT agency_id, company_id, status, dated FROM accepted JOIN item USING (cmd)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, dated, CASE item.status WHEN 'ACTIVE' THEN 'company.released' ELSE 'company.held' END, user_id,
           actor_key_id, company_id, company_id, request_id
    FROM accepted JOIN item USING (cmd)
))");
constexpr std::string_view changed_meanwhile = "changed";

/// The columns of COMPANY_COLUMNS and COMPANY_HISTORY, from `at` on.
domain::company read_company(const pg::row& row, domain::agency_id agency, int at = 0) {
    domain::company company{.agency = agency,
                            .id = domain::company_id{row.get<std::int64_t>(at)},
                            .name = row.get<std::string>(at + 1),
                            .owner = row.get<std::string>(at + 2),
                            .active = row.get<bool>(at + 3),
                            .provisioned = row.get<bool>(at + 4),
                            .held = row.get<bool>(at + 10),
                            .running_campaigns = row.get<std::int32_t>(at + 5),
                            .email_slots = row.get<std::int32_t>(at + 6),
                            .linkedin_slots = row.get<std::int32_t>(at + 7),
                            .created_at = row.get<timestamp>(at + 8),
                            .updated_at = row.get<timestamp>(at + 9)};
    if (const auto profile = row.get<std::optional<std::string_view>>(at + 11))
        company.profile = decode_profile(*profile);
    if (row.is_null(at + 12)) return company;
    const auto statuses = row.get<std::vector<std::string_view>>(at + 12);
    const auto times = row.get<std::vector<timestamp>>(at + 13);
    for (std::size_t i = 0; i < statuses.size(); ++i)
        company.status_changes.push_back(
            {domain::parse_company_status(statuses[i]).value(), times.at(i)});
    return company;
}

versioned_page read_page(const pg::rows& rows, const wanted_companies& wanted) {
    const auto& size = wanted.part.size;
    std::int64_t version = 0;
    domain::page<domain::company> page{.number = wanted.part.number};
    page.size = size.value_or(domain::page_size);
    page.content.reserve(rows.size());
    for (const auto row : rows) {
        page.total_elements = row.get<std::optional<std::int64_t>>(0).value_or(0);
        version = row.get<std::optional<std::int64_t>>(1).value_or(0);
        if (row.is_null(2)) break;
        page.has_more = size && std::ssize(page.content) == *size;
        if (!page.has_more) page.content.push_back(read_company(row, wanted.agency, 2));
    }
    return {std::make_shared<const domain::page<domain::company>>(std::move(page)), version};
}

/// The companies of all commands as columns, each row with the number of its command.
struct company_columns {
    std::vector<std::int64_t> cmd, id, key_id;
    std::vector<std::string_view> name, name_key;
    std::vector<pg::bytes> lookup_hash, sealed_key;
    std::vector<std::int32_t> keyring_version;
    std::vector<std::string> profile_texts;  ///< what the views below point into
    std::vector<std::optional<pg::json_text>> profile;

    explicit company_columns(together<create_companies> commands) {
        std::size_t rows = 0;
        for (const auto* command : commands) rows += command->companies.size();
        pg::reserve_all(rows, cmd, id, key_id, name, name_key, lookup_hash, sealed_key,
                        keyring_version, profile_texts, profile);
        std::int64_t number = 0;
        for (const auto* command : commands) {
            ++number;
            for (const auto& company : command->companies) {
                cmd.push_back(number);
                id.push_back(company.id.value());
                name.push_back(company.name.text());
                name_key.push_back(company.name.key());
                key_id.push_back(company.first_key.id.value());
                lookup_hash.push_back(pg::bytes{company.first_key.lookup_hash});
                sealed_key.push_back(pg::bytes{company.first_key.sealed_key});
                keyring_version.push_back(company.first_key.keyring_version);
                profile.emplace_back();
                if (auto text = encode_profile(company.profile))
                    profile.back() = pg::json_text{profile_texts.emplace_back(std::move(*text))};
            }
        }
    }
};

/// As many elements as a page has, and one that tells whether there are more.
std::optional<std::int64_t> limit_of(const domain::window& part) {
    if (!part.size) return std::nullopt;
    return *part.size + 1;
}

/// Where nothing but a company's activity narrows the list, its total is kept and its page is a
/// stretch of an index.
bool is_stretch(const wanted_companies& wanted) {
    const auto& [agency, filter, part] = wanted;
    const auto limit = limit_of(part);
    return !filter.only && !filter.name_part && !filter.domain && limit &&
           *limit <= longest_stretch;
}

/// So many entries of an index are skipped in no time.
constexpr std::int64_t quick_offset = 5000;

pg::query list_query(const wanted_companies& wanted) {
    const auto& [agency, filter, part] = wanted;
    pg::query query{&list_statement,
                    {agency.value(), part.counted, filter.with_status_changes, part.after,
                     limit_of(part), part.offset()}};
    if (!is_stretch(wanted)) {
        std::optional<std::int64_t> only;
        if (filter.only) only = filter.only->value();
        query.statement = &filter_statement;
        query.arguments.add(filter.active).add(only).add(filter.name_part).add(filter.domain);
    } else if (filter.active) {
        query.statement = &list_by_activity_statement;
        query.arguments.add(*filter.active);
    }
    return query;
}

void add_founders(pg::params& arguments, together<create_companies> commands) {
    std::vector<std::int64_t> cmd, id;
    std::vector<std::string_view> external_id, email, name;
    pg::reserve_all(commands.size(), cmd, id, external_id, email, name);
    std::int64_t number = 0;
    for (const auto* command : commands) {
        ++number;
        if (!command->founder) continue;
        const auto& [founder_id, person] = *command->founder;
        cmd.push_back(number);
        id.push_back(founder_id.value());
        external_id.push_back(person.external_id);
        email.push_back(person.email);
        name.push_back(person.name);
    }
    arguments.add(cmd).add(id).add(external_id).add(email).add(name);
}

}  // namespace

pg::query query_for(together<create_companies> commands) {
    const company_columns items{commands};
    const job_columns jobs{commands};
    const bool founded =
        std::ranges::any_of(commands, [](const auto* c) { return c->founder.has_value(); });
    auto query = (founded ? insert_founded_statement : insert_statement).query(commands);
    auto& arguments = query.arguments;
    arguments.add(items.cmd).add(items.id).add(items.name).add(items.name_key).add(items.key_id);
    arguments.add(items.lookup_hash).add(items.sealed_key).add(items.keyring_version);
    arguments.add(items.profile);
    jobs.add_to(arguments);
    if (founded) add_founders(arguments, commands);
    return query;
}

share share_of(const create_companies& command) {
    share takes{.rows = command.companies.size(), .bytes = command.response.body.size()};
    takes.exclusive.reserve(takes.rows);
    for (const auto& company : command.companies) {
        takes.bytes += company.name.text().size() + company.first_key.sealed_key.size() +
                       encoded_size(company.profile);
        takes.exclusive.push_back(std::hash<std::string_view>{}(company.name.key()));
    }
    if (!command.founder) return takes;
    const auto& [external_id, email, name] = command.founder->person;
    takes.bytes += external_id.size() + email.size() + name.size();
    // Who wants a company of that very name waits too, without need.
    takes.exclusive.push_back(std::hash<std::string_view>{}(external_id));
    return takes;
}

task<result<std::vector<versioned_page>>> read_pages(pg::pool& pool,
                                                     std::vector<wanted_companies> wanted,
                                                     deadline until) {
    std::vector<std::int64_t> agencies;
    for (const auto& each : wanted) agencies.push_back(each.agency.value());
    std::vector<pg::query> queries;
    queries.push_back(acting_for(agencies));
    for (const auto& each : wanted) queries.push_back(list_query(each));
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<versioned_page> pages;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        pages.push_back(read_page((*answer)[i + 1], wanted[i]));
    co_return pages;
}

/// From memory, while nothing of the agency's companies has changed since it was read.
static task<result<company_page>> list_quickly(company_reads& reads, const wanted_companies& wanted,
                                               deadline until) {
    if (const auto kept = reads.kept.find(wanted, std::chrono::steady_clock::now())) {
        const auto version = co_await reads.versions.run(wanted.agency, until);
        if (!version) co_return version.error();
        if (*version == kept->version) co_return kept->page;
    }
    auto read = co_await reads.pages.run(wanted, until);
    if (!read) co_return read.error();
    reads.kept.keep(wanted, *read, std::chrono::steady_clock::now());
    co_return std::move(read->page);
}

/// Of one company at most: it is found by its key.
static task<result<company_page>> list_one(company_reads& reads, const wanted_companies& wanted,
                                           deadline until) {
    const auto& [agency, filter, part] = wanted;
    const wanted_company only{agency, *filter.only, filter.with_status_changes};
    auto found = co_await reads.each.run(only, until);
    if (!found) co_return found.error();
    const bool is_listed = *found && (!filter.active || (*found)->active == *filter.active);
    domain::page<domain::company> page{.number = part.number};
    page.size = part.size.value_or(domain::page_size);
    if (part.counted && is_listed) page.total_elements = 1;
    if (is_listed && part.number == 1 && filter.only->value() > part.after)
        page.content.push_back(std::move(**found));
    co_return std::make_shared<const domain::page<domain::company>>(std::move(page));
}

/// A search or a far page.
static task<result<company_page>> list_slowly(company_reads& reads, const wanted_companies& wanted,
                                              deadline until) {
    const auto turn = co_await reads.slow.take(wanted.agency, until);
    if (!turn) co_return turn.error();
    const pg::query queries[] = {acting_until(wanted.agency, until), list_query(wanted)};
    auto answer = co_await reads.database.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    co_return read_page(answer->back(), wanted).page;
}

task<result<company_page>> list_companies(company_reads& reads, wanted_companies wanted,
                                          deadline until) {
    const auto& filter = wanted.filter;
    if (is_stretch(wanted) && wanted.part.offset() <= quick_offset)
        co_return co_await list_quickly(reads, wanted, until);
    if (filter.only && !filter.name_part && !filter.domain)
        co_return co_await list_one(reads, wanted, until);
    co_return co_await list_slowly(reads, wanted, until);
}

task<result<std::vector<std::optional<domain::company>>>> find_companies(
    pg::pool& pool, std::vector<wanted_company> wanted, deadline until) {
    std::vector<std::int64_t> agencies, ids;
    std::vector<std::int32_t> with_statuses;
    for (const auto& each : wanted) {
        agencies.push_back(each.agency.value());
        ids.push_back(each.id.value());
        with_statuses.push_back(each.with_status_changes ? 1 : 0);
    }
    const pg::query queries[] = {acting_for(agencies),
                                 {&find_statement, {agencies, ids, with_statuses}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    std::vector<std::optional<domain::company>> found(wanted.size());
    for (const auto row : answer->back()) {
        const auto place = static_cast<std::size_t>(row.get<std::int64_t>(0) - 1);
        found[place] = read_company(row, wanted[place].agency, 1);
    }
    co_return found;
}

task<result<domain::company>> find_company(company_reads& reads, wanted_company wanted,
                                           deadline until) {
    auto found = co_await reads.each.run(wanted, until);
    if (!found) co_return found.error();
    if (!*found) co_return error{.code = errc::not_found};
    co_return std::move(**found);
}

task<result<domain::company>> update_company(pg::pool& pool, command by, domain::company_id id,
                                             domain::company_change change, deadline until) {
    std::optional<std::string_view> name, key;
    if (change.name) {
        name = change.name->text();
        key = change.name->key();
    }
    const auto patch_text = encode_profile_change(change.profile);
    std::optional<pg::json_text> patch;
    if (patch_text) patch = pg::json_text{*patch_text};
    const pg::query queries[] = {
        acting_for(by.agency),
        {&update_statement,
         {by.agency.value(), id.value(), name, key, change.active, by.times.now, by.user.value(),
          by.actor_key.value(), by.request_id, patch, change.only_if_active}},
    };
    auto answer = co_await pool.run(queries, until);
    // Two companies that swap names wait for each other; PostgreSQL ends one, which then goes on.
    for (int again = 1; again < max_deadlocks && !answer && pg::is_transient(answer.error());
         ++again)
        answer = co_await pool.run(queries, until);
    if (!answer) {
        auto e = to_error(answer.error());
        if (e.code == errc::name_taken) e.subject = change.name->text();
        co_return e;
    }
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return read_company(answer->back()[0], by.agency);
}

task<pg::result<verdict>> set_company_status(pg::pool& pool, const change_company_status& command,
                                             deadline until) {
    auto query = status_statement.query(command);
    query.arguments.add(one(std::int64_t{1})).add(one(command.company.value()));
    query.arguments.add(one(to_string(command.to))).add(one(command.seen));
    auto verdict = co_await run_command(pool, command.agency, std::move(query), until);
    if (verdict && verdict->what == verdict::kind::refused && verdict->subject == changed_meanwhile)
        verdict->what = verdict::kind::lost_race;
    co_return verdict;
}

}  // namespace tenantry::store
