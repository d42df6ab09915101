#include "api/service/contacts.hpp"

#include "api/service/commands.hpp"
#include "common/store/contacts.hpp"

namespace tenantry::service {

task<result<answer>> create_contacts(environment& env, caller by, domain::company_id company,
                                     std::vector<domain::new_contact> contacts,
                                     contacts_encoder encode) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    store::create_contacts command{by.command(env.times()), company, std::move(contacts)};
    command.response = encode(command.contacts.size());
    auto run = [&] { return env.commits.contacts.run(command, by.until); };
    auto verdict = co_await run_to_verdict(run);
    co_return settle(env, command, std::move(verdict), errc::not_found);
}

task<result<domain::page<domain::contact>>> list_contacts(environment& env, caller by,
                                                          domain::company_id company,
                                                          domain::window part) {
    if (!by.who.reaches(company)) co_return error{.code = errc::not_found};
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::list_contacts(*database, by.who.agency, company, part, by.until);
}

task<result<std::vector<domain::contact>>> contacts_of(environment& env, caller by,
                                                       std::vector<domain::company_id> companies) {
    std::erase_if(companies, [&](auto company) { return !by.who.reaches(company); });
    const auto database = co_await env.alone.take(by);
    if (!database) co_return database.error();
    co_return co_await store::contacts_of(*database, by.who.agency, companies, max_contacts_shown,
                                          by.until);
}

}  // namespace tenantry::service
