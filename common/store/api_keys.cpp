#include "common/store/api_keys.hpp"

#include <algorithm>

#include "common/store/company_reference.hpp"
#include "common/store/failure.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::store {

namespace {

#define KEY_COLUMNS                                                                        \
    "agency_id, api_key_id, company_id, label, lookup_hash, sealed_key, keyring_version, " \
    "scope, created_at, revoked_at"
#define VISIBLE                                                                         \
    " FROM tenantry.api_key WHERE agency_id = $1 AND company_id = $2 AND user_id = $3 " \
    "AND (revoked_at IS NULL OR revoked_at > $4) AND ($5 OR scope = 'read_only') "

constexpr pg::statement list_statement{
    "list_api_keys", "SELECT " KEY_COLUMNS VISIBLE "ORDER BY api_key_id LIMIT $6 OFFSET $7"};
constexpr pg::statement count_statement{"count_api_keys", "SELECT count(*)" VISIBLE};
constexpr pg::statement company_exists_statement{
    "company_exists", "SELECT 1 FROM tenantry.company WHERE agency_id = $1 AND company_id = $2"};
constexpr pg::statement list_all_statement{
    "list_all_api_keys",
    "SELECT " KEY_COLUMNS " FROM tenantry.api_key WHERE agency_id = $1 ORDER BY api_key_id"};

const command_statement insert_statement("insert_api_key",
                                         R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::bytea[],
                         $20::bytea[], $21::int[])
        AS t(cmd, api_key_id, company_id, label, scope, lookup_hash, sealed_key, keyring_version)
), refused AS (
    SELECT cmd, NULL::text AS subject
    FROM item JOIN command USING (cmd) LEFT JOIN )" COMPANY_OF_ITEM R"( AS c ON true
    WHERE item.company_id IS NOT NULL AND c.company_id IS NULL
))",
                                         R"(api_key AS (
    INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, label, scope, lookup_hash, sealed_key,
                                  keyring_version, created_at)
    SELECT agency_id, api_key_id, company_id, user_id, label, scope, lookup_hash, sealed_key, item.keyring_version, dated
    FROM accepted JOIN item USING (cmd)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
    SELECT agency_id, dated, 'api_key.created', user_id, nullif(actor_key_id, 0), company_id, item.api_key_id, request_id
    FROM accepted JOIN item USING (cmd)
))");

const command_statement replace_statement("replace_api_key",
                                          R"(item AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::timestamptz[], $19::bytea[],
                         $20::bytea[], $21::int[])
        AS t(cmd, company_id, old_key_id, api_key_id, old_key_ends, lookup_hash, sealed_key, keyring_version)
), old AS MATERIALIZED (
    SELECT cmd, k.label, k.scope
    FROM item JOIN command USING (cmd)
        JOIN tenantry.api_key k ON k.agency_id = command.agency_id AND k.api_key_id = item.old_key_id
                               AND k.company_id = item.company_id
    WHERE k.revoked_at IS NULL
    FOR UPDATE OF k
), refused AS (
    SELECT cmd, NULL::text AS subject FROM item WHERE NOT EXISTS (SELECT FROM old WHERE old.cmd = item.cmd)
))",
                                          R"(ended AS (
    UPDATE tenantry.api_key k SET revoked_at = least(k.revoked_at, item.old_key_ends)
    FROM accepted JOIN item USING (cmd)
    WHERE k.agency_id = accepted.agency_id AND k.api_key_id = item.old_key_id
    RETURNING pg_notify('tenantry_revocation', k.agency_id::text)
), api_key AS (
    INSERT INTO tenantry.api_key (agency_id, api_key_id, company_id, user_id, label, scope, lookup_hash, sealed_key,
                                  keyring_version, created_at)
    SELECT agency_id, item.api_key_id, company_id, user_id, old.label, old.scope, lookup_hash, sealed_key,
           item.keyring_version, dated
    FROM accepted JOIN item USING (cmd) JOIN old USING (cmd)
), audit AS (
    INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id,
                                      details)
    SELECT agency_id, dated, 'api_key.rotated', user_id, actor_key_id, company_id, item.api_key_id, request_id,
           jsonb_build_object('replaces', item.old_key_id, 'until', item.old_key_ends)
    FROM accepted JOIN item USING (cmd)
))");

constexpr pg::statement revoke_statement{"revoke_api_key",
                                         R"(WITH revoked AS (
        UPDATE tenantry.api_key SET revoked_at = $4
        WHERE agency_id = $1 AND api_key_id = $2 AND ($3::bigint IS NULL OR company_id = $3)
          AND (revoked_at IS NULL OR revoked_at > $4)
        RETURNING agency_id, api_key_id, company_id
    ), audit AS (
        INSERT INTO tenantry.audit_event (agency_id, at, action, user_id, api_key_id, company_id, subject_id, request_id)
        SELECT agency_id, $4, 'api_key.revoked', nullif($5::bigint, 0), nullif($6::bigint, 0), company_id, api_key_id, $7
        FROM revoked
    )
    SELECT pg_notify('tenantry_revocation', agency_id::text) FROM revoked)"};

constexpr pg::statement find_sealed_otherwise_statement{
    "find_keys_sealed_otherwise",
    "SELECT " KEY_COLUMNS " FROM tenantry.api_key WHERE keyring_version <> $1 LIMIT $2"};

constexpr pg::statement reseal_statement{
    "reseal_api_keys",
    R"(UPDATE tenantry.api_key k SET sealed_key = new.sealed_key, keyring_version = new.keyring_version
    FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::int[])
        AS new(agency_id, api_key_id, sealed_key, keyring_version)
    WHERE k.agency_id = new.agency_id AND k.api_key_id = new.api_key_id)"};

digest read_digest(pg::bytes bytes) {
    digest d{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), d.size()), d.begin());
    return d;
}

sealed_api_key read_key(const pg::row& row) {
    sealed_api_key key{.agency = domain::agency_id{row.get<std::int64_t>(0)},
                       .id = domain::api_key_id{row.get<std::int64_t>(1)},
                       .company = std::nullopt,
                       .label = row.get<std::optional<std::string>>(3),
                       .lookup_hash = read_digest(row.get<pg::bytes>(4)),
                       .sealed_key = row.get<std::vector<std::byte>>(5),
                       .keyring_version = row.get<std::int32_t>(6),
                       .scope = domain::parse_key_scope(row.get<std::string_view>(7)).value(),
                       .created_at = row.get<timestamp>(8),
                       .revoked_at = row.get<std::optional<timestamp>>(9)};
    if (auto company = row.get<std::optional<std::int64_t>>(2))
        key.company = domain::company_id{*company};
    return key;
}

std::vector<sealed_api_key> read_keys(const pg::rows& rows) {
    std::vector<sealed_api_key> keys;
    keys.reserve(rows.size());
    for (const auto row : rows) keys.push_back(read_key(row));
    return keys;
}

/// Minted keys as columns.
struct key_columns {
    std::vector<pg::bytes> lookup_hash{}, sealed_key{};
    std::vector<std::int32_t> keyring_version{};

    void add(const new_api_key& key) {
        lookup_hash.push_back(pg::bytes{key.lookup_hash});
        sealed_key.push_back(pg::bytes{key.sealed_key});
        keyring_version.push_back(key.keyring_version);
    }
    void add_to(pg::params& arguments) const {
        arguments.add(lookup_hash).add(sealed_key).add(keyring_version);
    }
};

}  // namespace

task<result<company_keys>> list_api_keys(pg::pool& pool, domain::agency_id agency,
                                         domain::company_id company, domain::user_id creator,
                                         bool any_scope, timestamp now, std::int64_t page_number,
                                         deadline until) {
    const pg::query queries[] = {
        acting_for(agency),
        {&company_exists_statement, {agency.value(), company.value()}},
        {&count_statement, {agency.value(), company.value(), creator.value(), now, any_scope}},
        {&list_statement,
         {agency.value(), company.value(), creator.value(), now, any_scope, domain::page_size,
          (page_number - 1) * domain::page_size}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    company_keys found{.company_exists = !(*answer)[1].empty()};
    found.keys.number = page_number;
    found.keys.total_elements = (*answer)[2][0].get<std::int64_t>(0);
    found.keys.content = read_keys((*answer)[3]);
    co_return found;
}

task<result<std::vector<sealed_api_key>>> list_all_api_keys(pg::pool& pool,
                                                            domain::agency_id agency,
                                                            deadline until) {
    const pg::query queries[] = {acting_for(agency), {&list_all_statement, {agency.value()}}};
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    co_return read_keys(answer->back());
}

pg::query query_for(together<create_api_key> commands) {
    std::vector<std::int64_t> cmd, id;
    std::vector<std::optional<std::int64_t>> company;
    std::vector<std::optional<std::string_view>> label;
    std::vector<std::string_view> scope;
    key_columns keys;
    for (const auto* command : commands) {
        cmd.push_back(std::ssize(cmd) + 1);
        id.push_back(command->key.id.value());
        company.emplace_back();
        if (command->company) company.back() = command->company->value();
        label.push_back(command->label);
        scope.push_back(to_string(command->scope));
        keys.add(command->key);
    }
    auto query = insert_statement.query(commands);
    query.arguments.add(cmd).add(id).add(company).add(label).add(scope);
    keys.add_to(query.arguments);
    return query;
}

share share_of(const create_api_key& command) {
    return {.bytes = command.response.body.size() + command.key.sealed_key.size()};
}

task<pg::result<verdict>> replace_api_key(pg::pool& pool, const rotate_api_key& command,
                                          deadline until) {
    auto query = replace_statement.query(command);
    auto& arguments = query.arguments;
    arguments.add(one(std::int64_t{1})).add(one(command.company.value()));
    arguments.add(one(command.old_key.value())).add(one(command.key.id.value()));
    arguments.add(one(command.old_key_ends));
    key_columns keys;
    keys.add(command.key);
    keys.add_to(arguments);
    return run_command(pool, command.agency, std::move(query), until);
}

task<result<void>> revoke_api_key(pg::pool& pool, command by,
                                  std::optional<domain::company_id> company, domain::api_key_id id,
                                  deadline until) {
    std::optional<std::int64_t> limit;
    if (company) limit = company->value();
    const pg::query queries[] = {
        acting_for(by.agency),
        {&revoke_statement,
         {by.agency.value(), id.value(), limit, by.times.now, by.user.value(), by.actor_key.value(),
          by.request_id}},
    };
    auto answer = co_await pool.run(queries, until);
    if (!answer) co_return to_error(answer.error());
    if (answer->back().empty()) co_return error{.code = errc::not_found};
    co_return result<void>{};
}

task<result<std::vector<sealed_api_key>>> find_keys_sealed_otherwise(pg::pool& pool,
                                                                     std::int32_t version,
                                                                     int at_most, deadline until) {
    auto answer =
        co_await pool.run(find_sealed_otherwise_statement, {version, std::int64_t{at_most}}, until);
    if (!answer) co_return to_error(answer.error());
    co_return read_keys(*answer);
}

task<result<void>> reseal_api_keys(pg::pool& pool, std::span<const sealed_api_key> resealed,
                                   deadline until) {
    std::vector<std::int64_t> agencies, ids;
    std::vector<pg::bytes> seals;
    std::vector<std::int32_t> versions;
    for (const auto& key : resealed) {
        agencies.push_back(key.agency.value());
        ids.push_back(key.id.value());
        seals.push_back(pg::bytes{key.sealed_key});
        versions.push_back(key.keyring_version);
    }
    auto answer = co_await pool.run(reseal_statement, {agencies, ids, seals, versions}, until);
    if (!answer) co_return to_error(answer.error());
    co_return result<void>{};
}

}  // namespace tenantry::store
