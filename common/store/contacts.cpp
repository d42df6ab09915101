#include "common/store/contacts.hpp"

#include "common/store/company_reference.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

// An array of PostgreSQL has no rows of different lengths, so all phones are one array, and each
// contact names its part of it.
const command_statement insert_statement("insert_contacts",
                                         R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::text[], $19::timestamptz[],
                         $20::int[], $21::int[])
        WITH ORDINALITY AS t(cmd, company_id, name, email, comment, notify_at, first_phone, last_phone, position)
), refused AS (
    SELECT DISTINCT cmd, NULL::text AS subject
    FROM item JOIN command USING (cmd) LEFT JOIN )" COMPANY_OF_ITEM R"( AS c ON true
    WHERE c.company_id IS NULL
))",
                                         R"(contact AS (
    INSERT INTO tenantry.contact (agency_id, company_id, name, email, phones, comment, notify_at, created_at, updated_at)
    SELECT agency_id, company_id, name, email, ($22::text[])[first_phone:last_phone], comment, notify_at,
           dated, dated
    FROM accepted JOIN item USING (cmd) ORDER BY position
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, request_id, details)
    SELECT agency_id, dated, 'contacts.created', user_id, actor_key_id, company_id, request_id,
           jsonb_build_object('count', count(*))
    FROM accepted JOIN item USING (cmd) GROUP BY agency_id, dated, user_id, actor_key_id, company_id, request_id, cmd
))");

#define CONTACT_COLUMNS                                                               \
    "k.contact_id, k.company_id, k.name, k.email, k.phones, k.comment, k.notify_at, " \
    "k.created_at, k.updated_at"

constexpr pg::statement list_statement{"list_contacts", "SELECT " CONTACT_COLUMNS R"(
    FROM tenantry.contact k WHERE k.agency_id = $1 AND k.company_id = $2 AND k.contact_id > $3
    ORDER BY k.contact_id LIMIT $4 OFFSET $5)"};

constexpr pg::statement count_statement{
    "count_contacts", R"(SELECT c.company_id, (SELECT count(*) FROM tenantry.contact k
                           WHERE k.agency_id = c.agency_id AND k.company_id = c.company_id)
    FROM tenantry.company c WHERE c.agency_id = $1 AND c.company_id = $2)"};

constexpr pg::statement of_companies_statement{"contacts_of_companies",
                                               "SELECT " CONTACT_COLUMNS R"(
    FROM unnest($2::bigint[]) AS wanted(company_id)
        CROSS JOIN LATERAL (
            SELECT * FROM tenantry.contact own
            WHERE own.agency_id = $1 AND own.company_id = wanted.company_id
            ORDER BY own.contact_id LIMIT $3
        ) k
    ORDER BY k.company_id, k.contact_id)"};

/// The contacts of all commands as columns, each row with the number of its command.
struct contact_columns {
    std::vector<std::int64_t> cmd, company;
    std::vector<std::string_view> name, phone;
    std::vector<std::optional<std::string_view>> email, comment;
    std::vector<std::optional<timestamp>> notify_at;
    std::vector<std::int32_t> first_phone, last_phone;

    explicit contact_columns(together<create_contacts> commands) {
        std::int64_t number = 0;
        for (const auto* command : commands) append(++number, *command);
    }

private:
    void append(std::int64_t number, const create_contacts& command) {
        for (const auto& contact : command.contacts) {
            cmd.push_back(number);
            company.push_back(command.company.value());
            name.push_back(contact.name);
            email.push_back(contact.email);
            comment.push_back(contact.comment);
            notify_at.push_back(contact.notify ? std::optional{command.times.now} : std::nullopt);
            // From 1; a part that ends before it begins is empty.
            first_phone.push_back(static_cast<std::int32_t>(phone.size()) + 1);
            phone.insert(phone.end(), contact.phones.begin(), contact.phones.end());
            last_phone.push_back(static_cast<std::int32_t>(phone.size()));
        }
    }
};

domain::contact read_contact(const pg::row& row) {
    return {.id = domain::contact_id{row.get<std::int64_t>(0)},
            .company = domain::company_id{row.get<std::int64_t>(1)},
            .name = row.get<std::string>(2),
            .email = row.get<std::optional<std::string>>(3),
            .phones = row.get<std::vector<std::string>>(4),
            .comment = row.get<std::optional<std::string>>(5),
            .notify_at = row.get<std::optional<timestamp>>(6),
            .created_at = row.get<timestamp>(7),
            .updated_at = row.get<timestamp>(8)};
}

std::vector<domain::contact> read_contacts(const pg::rows& rows) {
    std::vector<domain::contact> contacts;
    contacts.reserve(rows.size());
    for (const auto row : rows) contacts.push_back(read_contact(row));
    return contacts;
}

}  // namespace

pg::query query_for(together<create_contacts> commands) {
    const contact_columns items{commands};
    auto query = insert_statement.query(commands);
    auto& arguments = query.arguments;
    arguments.add(items.cmd).add(items.company).add(items.name).add(items.email);
    arguments.add(items.comment).add(items.notify_at).add(items.first_phone).add(items.last_phone);
    arguments.add(items.phone);
    return query;
}

share share_of(const create_contacts& command) {
    share takes{.rows = command.contacts.size(), .bytes = command.response.body.size()};
    for (const auto& contact : command.contacts) {
        takes.bytes += contact.name.size() + contact.email.value_or("").size() +
                       contact.comment.value_or("").size();
        for (const auto& phone : contact.phones) takes.bytes += phone.size();
    }
    return takes;
}

task<result<domain::page<domain::contact>>> list_contacts(pg::pool& pool, domain::agency_id agency,
                                                          domain::company_id company,
                                                          domain::window part, deadline until) {
    const pg::query queries[] = {
        acting_for(agency),
        {&count_statement, {agency.value(), company.value()}},
        {&list_statement, {agency.value(), company.value(), part.after, part.size, part.offset()}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    const auto& counted = (*answer)[1];
    if (counted.empty()) co_return error{.code = errc::not_found};
    domain::page<domain::contact> page{.content = read_contacts((*answer)[2]),
                                       .number = part.number,
                                       .total_elements = counted[0].get<std::int64_t>(1)};
    page.size = part.size.value_or(page.total_elements);
    page.has_more = part.offset() + std::ssize(page.content) < page.total_elements;
    co_return page;
}

task<result<std::vector<domain::contact>>> contacts_of(
    pg::pool& pool, domain::agency_id agency, std::span<const domain::company_id> companies,
    std::int64_t limit, deadline until) {
    std::vector<std::int64_t> ids;
    for (const auto& company : companies) ids.push_back(company.value());
    const pg::query queries[] = {acting_for(agency),
                                 {&of_companies_statement, {agency.value(), ids, limit}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    co_return read_contacts(answer->back());
}

}  // namespace tenantry::store
