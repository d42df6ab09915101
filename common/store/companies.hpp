// Companies in the database.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/domain/company.hpp"
#include "common/domain/page.hpp"
#include "common/domain/user.hpp"
#include "common/store/agency_turns.hpp"
#include "common/store/commit_queue.hpp"
#include "common/store/company_count.hpp"
#include "common/store/jobs.hpp"
#include "common/store/kept_pages.hpp"
#include "common/store/shared_read.hpp"

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
    domain::company_profile profile{};
};

/// Who owns new companies, where that is not the user who commands it.
struct company_founder {
    /// A new id, or that of the user whom the agency knows by `person.external_id`.
    domain::user_id id;
    domain::new_person person;
};

/// One request's companies, all or none, with the jobs they start.
struct create_companies : command {
    std::vector<new_company> companies{};
    std::vector<new_job> jobs{};
    std::optional<company_founder> founder{};
};

/// For run_together: companies, keys, jobs, idempotency records and audit events. `refused` is a
/// name that its agency already has, with that name as `subject`. No two commands may share a name
/// within an agency. A founder becomes the companies' owner and a member of them by the same
/// commit, and a user of the agency if need be; `refused` with `founder_has_another_id` as
/// `subject` when the agency knows the external id by another user's id by now: look again. Two of
/// an agency that bring in one external id are a race, see lost_a_race, and no two commands may.
pg::query query_for(together<create_companies> commands);
inline constexpr std::string_view founder_has_another_id{};  ///< no company's name is empty

/// For a commit_queue.
share share_of(const create_companies& command);

/// In order, each with its version if it is quickly read.
task<result<std::vector<versioned_page>>> read_pages(pg::pool& pool,
                                                     std::vector<wanted_companies> wanted,
                                                     deadline until);

/// `with_status_changes` as in a company_filter.
struct wanted_company {
    domain::agency_id agency;
    domain::company_id id;
    bool with_status_changes = false;

    bool operator==(const wanted_company&) const = default;
};

/// In order; nothing where that agency has none of that id.
task<result<std::vector<std::optional<domain::company>>>> find_companies(
    pg::pool& pool, std::vector<wanted_company> wanted, deadline until);

/// What one thread's requests read, whoever asks.
struct company_reads {
    /// `room_for_pages` is bytes; `slow_reads` takes turns for what is not quickly read.
    company_reads(pg::pool& pool, agency_turns& slow_reads, std::size_t room_for_pages)
        : database{pool},
          slow{slow_reads},
          each{pool, find_companies},
          pages{pool, read_pages, pages_together},
          versions{pool, find_versions},
          kept{room_for_pages} {}

    /// Each of them is what many single companies are.
    static constexpr std::size_t pages_together = 8;

    pg::pool& database;
    agency_turns& slow;
    shared_read<wanted_company, std::optional<domain::company>> each;
    shared_read<wanted_companies, versioned_page> pages;  ///< that are quickly read
    shared_read<domain::agency_id, std::int64_t> versions;
    kept_pages kept;
};

/// One company. `not_found` when this agency has none of that id.
task<result<domain::company>> find_company(company_reads& reads, wanted_company wanted,
                                           deadline until);

/// One page. One that could take its time, as the result of a search, is no other reader's wait,
/// and such of one agency wait for each other.
task<result<company_page>> list_companies(company_reads& reads, wanted_companies wanted,
                                          deadline until);

/// Applies the change and records who made it. `not_found`; `name_taken` with the name as
/// `subject`; `invalid_value` when its custom fields would grow beyond domain::max_custom_fields.
task<result<domain::company>> update_company(pg::pool& pool, command by, domain::company_id id,
                                             domain::company_change change, deadline until);

struct change_company_status : command {
    domain::company_id company;
    domain::company_status to;
    timestamp seen;  ///< updated_at of the company that the response tells of
};

/// Puts the company on hold or releases it, and announces that its keys have changed. `refused`
/// with an empty subject when the agency has no such active company, with a subject when it is in
/// that status already; `lost_race` when the company is no longer the one that was seen: read it
/// again.
task<pg::result<verdict>> set_company_status(pg::pool& pool, const change_company_status& command,
                                             deadline until);

}  // namespace tenantry::store
