// Companies in the database.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/domain/company.hpp"
#include "common/domain/page.hpp"
#include "common/store/command.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::store {

/// A minted API key as it is kept: nothing here opens it without the keyring.
struct new_api_key {
    domain::api_key_id id;
    digest lookup_hash;
    std::vector<std::byte> sealed_key;
    std::int32_t keyring_version;
};

struct new_company {
    domain::company_id id;
    domain::company_name name;
    new_api_key first_key;
};

/// One request's companies, all or none, with the jobs they start.
struct create_companies : command {
    std::vector<new_company> companies{};
    std::vector<new_job> jobs{};
};

/// Creates them in ONE round trip and ONE commit: companies, keys, jobs, idempotency records and
/// audit events. Each command gets its verdict; `refused` is a name that its agency already has,
/// with that name as `subject`. When several commands are given and one of them loses a race on a
/// name, the whole statement fails (see lost_a_race): run them again. No two commands of a span may
/// share an Idempotency-Key, or a name within an agency: whoever gathers them keeps those apart.
task<pg::result<std::vector<verdict>>> insert_companies(pg::pool& pool,
                                                        std::span<const create_companies> commands,
                                                        command_times times, deadline until);

/// What insert_companies sends behind acting_for, for the benchmark that holds it against the bare
/// database.
pg::query insert_companies_query(std::span<const create_companies> commands, command_times times);

struct company_filter {
    std::optional<bool> active;
    std::optional<domain::company_id> only;
};

/// The page of that number, by id; beyond the last page it is empty.
task<result<domain::page<domain::company>>> list_companies(pg::pool& pool, domain::agency_id agency,
                                                           company_filter filter,
                                                           std::int64_t page_number,
                                                           deadline until);

/// `not_found` when this agency has none of that id.
task<result<domain::company>> find_company(pg::pool& pool, domain::agency_id agency,
                                           domain::company_id id, deadline until);

/// Applies the change and records who made it. `not_found`; `name_taken` with the name as
/// `subject`.
task<result<domain::company>> update_company(pg::pool& pool, command by, domain::company_id id,
                                             domain::company_change change, timestamp now,
                                             deadline until);

}  // namespace tenantry::store
