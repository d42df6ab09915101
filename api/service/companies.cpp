#include "api/service/companies.hpp"

#include <algorithm>

#include "api/service/commands.hpp"
#include "api/service/key_vault.hpp"
#include "common/jobs/kinds.hpp"
#include "common/store/users.hpp"

namespace tenantry::service {

namespace {

/// What every new company starts.
constexpr jobs::kind first_jobs[] = {jobs::provisioning, jobs::billing};

domain::company newborn(domain::company_id id, const new_company& given,
                        const domain::principal& owner, timestamp now) {
    return {.agency = owner.agency,
            .id = id,
            .name = given.name.text(),
            .owner = owner.user_name,
            .created_at = now,
            .updated_at = now,
            .profile = given.profile};
}

struct draft {
    store::create_companies command;
    std::vector<domain::company> born{};  ///< what will be when it is done
};

/// What the statement will need, made before it is sent, but for the response: ids, keys, jobs.
draft prepare(environment& env, const caller& by, std::vector<new_company> given,
              const store::reserved_ids& ids) {
    draft made{{by.command(env.times())}};
    auto& [command, born] = made;
    born.reserve(given.size());
    command.companies.reserve(given.size());
    command.jobs.reserve(given.size() * std::size(first_jobs));
    auto job_id = ids.jobs.begin();
    for (std::size_t i = 0; i < given.size(); ++i) {
        const domain::company_id id{ids.companies[i]};
        auto key = mint_key(env.sealer, by.who.agency, domain::api_key_id{ids.api_keys[i]});
        born.push_back(newborn(id, given[i], by.who, command.times.now));
        for (const auto& kind : first_jobs)
            command.jobs.push_back({domain::job_id{*job_id++}, kind, id});
        command.companies.push_back(
            {id, std::move(given[i].name), std::move(key.row), std::move(given[i].profile)});
    }
    return made;
}

/// The founder as the agency knows them, by a turn that is over before the founding shares a
/// commit.
task<result<std::optional<domain::user>>> look_for(environment& env, const caller& by,
                                                   const domain::new_person& founder) {
    const auto database = co_await env.alone.take(by.who.agency, by.until);
    if (!database) co_return database.error();
    const store::user_filter by_external_id{.external_id = founder.external_id};
    auto found = co_await store::find_users(*database, by.who.agency, by_external_id, std::nullopt,
                                            by.until);
    if (!found) co_return found.error();
    std::optional<domain::user> known;
    if (!found->users.empty()) known = std::move(found->users.front());
    co_return known;
}

/// The founder with the new place: as the agency knows them, or as they will be brought in.
domain::user owner_of(const domain::company& company, const store::company_founder& founder,
                      std::optional<domain::user> known, timestamp now) {
    domain::user owner{.id = founder.id,
                       .external_id = founder.person.external_id,
                       .email = founder.person.email,
                       .name = founder.person.name,
                       .created_at = now};
    if (known) owner = std::move(*known);
    auto& places = owner.companies;
    const auto at = std::ranges::upper_bound(places, company.id, {}, &domain::user_company::id);
    places.insert(at, {company.id, company.name, domain::user_role::owner});
    return owner;
}

domain::company with_status(domain::company company, domain::company_status to, timestamp now) {
    company.held = to == domain::company_status::compliance_hold;
    company.updated_at = now;
    company.status_changes.push_back({to, now});
    return company;
}

}  // namespace

task<result<answer>> create_companies(environment& env, caller by,
                                      std::vector<new_company> companies, company_encoder encode) {
    if (by.who.company) co_return error{.code = errc::insufficient_scope};
    const store::id_demand demand{companies.size(), companies.size(),
                                  companies.size() * std::size(first_jobs)};
    auto ids = co_await env.ids.take(demand, by.until);
    if (!ids) co_return ids.error();
    auto made = prepare(env, by, std::move(companies), *ids);
    auto& command = made.command;
    command.response = encode(made.born);

    auto run = [&] { return env.commits.companies.run(command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    auto answered = settle(env, command, std::move(verdict), errc::name_taken);
    push_jobs(env, command, answered);
    co_return answered;
}

task<result<answer>> found_company(environment& env, caller by, new_company company,
                                   domain::new_person owner, founding_encoder encode) {
    if (by.who.company) co_return error{.code = errc::insufficient_scope};
    const store::id_demand demand{
        .companies = 1, .api_keys = 1, .jobs = std::size(first_jobs), .users = 1};
    auto ids = co_await env.ids.take(demand, by.until);
    if (!ids) co_return ids.error();
    const domain::user_id new_user{ids->users.front()};
    const std::vector<new_company> only{std::move(company)};
    // Nobody, until the statement says otherwise: most companies come with a founder of their own.
    std::optional<domain::user> known;
    for (int attempt = 1;; ++attempt) {
        auto made = prepare(env, by, only, *ids);
        auto& command = made.command;
        command.founder = store::company_founder{known ? known->id : new_user, owner};
        const auto user = owner_of(made.born.front(), *command.founder, known, command.times.now);
        command.response = encode(made.born.front(), user);
        auto verdict = co_await env.commits.companies.run(command, by.until);
        const bool again = must_look_again(verdict, store::founder_has_another_id);
        if (again && attempt < max_race_attempts) {
            auto found = co_await look_for(env, by, owner);
            if (!found) co_return found.error();
            known = std::move(*found);
            continue;
        }
        auto answered =
            settle(env, command, std::move(verdict), again ? errc::unavailable : errc::name_taken);
        push_jobs(env, command, answered);
        co_return answered;
    }
}

task<result<store::company_page>> list_companies(environment& env, caller by,
                                                 domain::company_filter filter,
                                                 domain::window part) {
    if (by.who.company) filter.only = by.who.company;
    store::wanted_companies wanted{by.who.agency, std::move(filter), part};
    co_return co_await store::list_companies(env.companies, std::move(wanted), by.until);
}

task<result<domain::company>> get_company(environment& env, caller by, domain::company_id id,
                                          bool with_status_changes) {
    if (!by.who.reaches(id)) co_return error{.code = errc::not_found};
    const store::wanted_company wanted{by.who.agency, id, with_status_changes};
    co_return co_await store::find_company(env.companies, wanted, by.until);
}

task<result<answer>> set_company_status(environment& env, caller by, domain::company_id id,
                                        domain::company_status to, changed_company_encoder encode) {
    if (!by.who.reaches(id)) co_return error{.code = errc::not_found};
    if (by.who.company) co_return error{.code = errc::insufficient_scope};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    const store::wanted_company wanted{by.who.agency, id, true};
    for (int attempt = 1;; ++attempt) {
        auto company = co_await store::find_company(env.companies, wanted, by.until);
        if (!company) co_return company.error();
        const auto times = env.times();
        store::change_company_status command{by.command(times), id, to, company->updated_at};
        command.response = encode(with_status(std::move(*company), to, times.now));
        auto verdict = co_await store::set_company_status(*database, command, by.until);
        if (attempt < max_race_attempts && race_was_lost(verdict)) continue;
        env.revoked.announce(by.who.agency);
        const bool unknown = verdict && verdict->subject.empty();
        co_return settle(env, command, std::move(verdict),
                         unknown ? errc::not_found : errc::status_unchanged);
    }
}

task<result<domain::company>> update_company(environment& env, caller by, domain::company_id id,
                                             domain::company_change change) {
    if (!by.who.reaches(id)) co_return error{.code = errc::not_found};
    if (by.who.company) co_return error{.code = errc::insufficient_scope};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    auto updated = co_await store::update_company(*database, by.command(env.times()), id,
                                                  std::move(change), by.until);
    // Its own keys are refused once it is inactive, and carry its name.
    if (updated) env.revoked.announce(by.who.agency);
    co_return updated;
}

}  // namespace tenantry::service
