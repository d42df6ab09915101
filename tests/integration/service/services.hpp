// The use cases of one thread over a database of their own, with a clock that stands still and a
// Redis that is away.
#pragma once

#include "api/service/companies.hpp"
#include "tests/integration/store/tenants.hpp"

namespace tenantry::test {

struct services {
    services(executor ex, tenants& on)
        : t{on}, redis{ex, {.url = "redis://127.0.0.1:1"}}, env{on.api,
                                                                ids,
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
    service::job_pusher pusher{redis};
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
