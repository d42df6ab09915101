// What the API's threads share: it is read by all, and each part of it says how it may be written.
#pragma once

#include "api/guard/rate_limiter.hpp"
#include "api/http/admission.hpp"
#include "api/readiness.hpp"
#include "api/service/revocations.hpp"
#include "common/crypto/keyring.hpp"
#include "common/crypto/sealer.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/settings.hpp"
#include "common/store/ids.hpp"

namespace tenantry::api {

struct process {
    explicit process(api_settings s)
        : settings{std::move(s)},
          keys{settings.keyring.file, settings.keyring.shared ? crypto::keyring_access::shared
                                                              : crypto::keyring_access::owner_only},
          sealer{keys},
          admission{.connections = http::places{settings.max_connections},
                    .requests = http::places{settings.max_in_flight}} {}

    const api_settings settings;
    crypto::keyring_holder keys;
    const crypto::sealer sealer;
    const wall_clock clock{};
    store::id_reserve ids;
    service::revocations revoked;
    guard::local_buckets buckets;
    http::admission admission;
    api::readiness ready;
};

}  // namespace tenantry::api
