// The use cases of one thread over a database of their own, with a clock that stands still and a
// Redis that is away.
#pragma once

#include "api/service/api_keys.hpp"
#include "api/service/companies.hpp"
#include "tests/integration/store/tenants.hpp"

namespace tenantry::test {

struct services {
    services(executor ex, tenants& on)
        : t{on},
          redis{ex, {.url = "redis://127.0.0.1:1"}},
          pusher{ex, redis},
          env{{on.api, alone},
              {on.api, reads.slow},
              commits,
              reads.companies,
              key_holders,
              {ids, on.api},
              sealer,
              time,
              pusher,
              revoked,
              std::chrono::hours{24},
              std::chrono::hours{12}} {}

    tenants& t;
    manual_clock time{noon};
    crypto::keyring_holder keys{crypto::keyring::generate(noon)};
    crypto::sealer sealer{keys};
    store::id_reserve ids;
    service::revocations revoked;
    redis::connection redis;
    service::job_pusher pusher;
    service::commit_queues commits{t.api, {}};
    store::agency_turns alone{
        {.running = 2, .waiting_of_one = store::agency_turns::alone_that_wait}};
    own_reads reads{t.api};
    store::key_holder_read key_holders{t.api, store::find_key_holders};
    service::environment env;

    domain::principal principal_of(const store::agency_ids& who) const {
        return {.agency = who.agency,
                .agency_name = "Agency",
                .user = who.owner,
                .user_name = "Michael Scott",
                .user_email = "michael@example.com",
                .key = domain::api_key_id{7}};
    }
    domain::principal first = principal_of(t.first), second = principal_of(t.second);
};

/// One request of that principal, which outlives it.
inline service::caller request_of(const domain::principal& who, const char* key = nullptr) {
    service::caller by{.who = who, .request_id = "r-1", .until = soon()};
    if (key) by.idempotency = once(key);
    return by;
}

inline std::vector<service::new_company> parsed(const std::vector<std::string>& given) {
    std::vector<service::new_company> all;
    for (const auto& name : given) all.push_back({domain::company_name::parse(name).value()});
    return all;
}

inline store::stored_response encode_nothing(std::span<const domain::company>) {
    return {};
}

struct company_and_key {
    domain::company_id company;
    service::api_key key;
};

/// Creates a company as that principal; with the key it is born with.
inline task<company_and_key> create_company(services& s, const domain::principal& who,
                                            const char* name) {
    const domain::company_filter everyone{};
    auto created = co_await service::create_companies(s.env, request_of(who), parsed(names(name)),
                                                      encode_nothing);
    BOOST_TEST_REQUIRE(created.has_value());
    auto all =
        co_await service::list_companies(s.env, request_of(who), everyone, domain::window::page(1));
    const auto company = all.value()->content.back().id;
    auto keys = co_await service::list_api_keys(s.env, request_of(who), company, 1);
    co_return company_and_key{company, keys.value().content.at(0)};
}

using service_scenario = task<> (*)(services&);

template<service_scenario Run>
task<> with_services_of(tenants& t) {
    services all{co_await net::this_coro::executor, t};
    co_await Run(all);
}

template<service_scenario Run>
void with_services() {
    with_tenants(with_services_of<Run>);
}

}  // namespace tenantry::test
