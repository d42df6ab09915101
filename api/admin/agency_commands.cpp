// tenantry-admin agency …
#include <fmt/format.h>

#include "api/admin/console.hpp"
#include "api/admin/issue_key.hpp"
#include "common/domain/text.hpp"
#include "common/store/agencies.hpp"
#include "common/store/company_count.hpp"

namespace tenantry::admin {

namespace {

/// A name as the API would take it. Throws command_error.
std::string named(const arguments& with, const std::string& option) {
    constexpr std::size_t longest = 255;
    auto tidied = domain::tidy(with.get(option), longest);
    if (!tidied) throw command_error("--" + option + " must be a name of 1 to 255 characters");
    return std::move(*tidied);
}

task<void> create(console& on, const arguments& with) {
    const store::new_agency wanted{.name = named(with, "name"),
                                   .plan = with.find("plan").value_or("standard"),
                                   .owner_name = named(with, "owner"),
                                   .owner_email = named(with, "email")};
    on.sealer();  // an agency without a key is of no use: fail before it is made
    const auto made =
        value_of(co_await store::insert_agency(on.database(), wanted, on.now(), on.until()));
    const key_request first{.agency = made.agency, .user = made.owner, .label = "first key"};
    const auto key = co_await issue_key(on, first);
    if (with.has("print-key-only")) {
        fmt::print("{}\n", key.text);
        co_return;
    }
    fmt::print("agency   {}  {}\nowner    {}  {} <{}>\nplan     {}\nkey      {}  {}\n", made.agency,
               wanted.name, made.owner, wanted.owner_name, wanted.owner_email, wanted.plan, key.id,
               key.text);
}

task<void> list(console& on, const arguments&) {
    const auto agencies = value_of(co_await store::list_agencies(on.database(), on.until()));
    fmt::print("{:>8}  {:>10}  {:<12}  {}\n", "AGENCY", "COMPANIES", "PLAN", "NAME");
    for (const auto& a : agencies)
        fmt::print("{:>8}  {:>10}  {:<12}  {}\n", a.id.value(), a.companies, a.plan, a.name);
}

task<void> recount(console& on, const arguments&) {
    const auto wrong = value_of(co_await store::recount_companies(on.database(), on.until()));
    fmt::print("the companies of {} agencies had been counted wrong, and are counted right\n",
               wrong);
}

}  // namespace

std::vector<command> agency_commands() {
    return {{"agency create",
             "make an agency, its owner and its first API key, which is printed",
             {{"name", "the agency's name", true},
              {"owner", "the owner's name, which its companies will show", true},
              {"email", "the owner's e-mail address", true},
              {"plan", "a plan's code (default: standard)"},
              {"print-key-only", "print nothing but the key", false, true}},
             create},
            {"agency list", "all agencies", {}, list},
            {"agency recount",
             "count all agencies' companies anew, after programs from before the counts ran beside "
             "the migration; totals of lists go by the counts",
             {},
             recount}};
}

}  // namespace tenantry::admin
