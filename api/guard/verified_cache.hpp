// What a thread verified a moment ago, keys and sessions, so that a busy client does not cost a
// query a request.
#pragma once

#include <chrono>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "api/service/revocations.hpp"
#include "common/store/command.hpp"

namespace tenantry::guard {

/// Used by one thread. A value is found by a keyed hash of the text that was verified. Keeps two
/// generations of at most half the size each: when the young one is full it becomes the old one,
/// and what was not asked for since is forgotten.
template<class Value>
class verified_cache {
public:
    using time_point = std::chrono::steady_clock::time_point;

    verified_cache(const service::revocations& revoked, std::chrono::milliseconds time_to_live,
                   std::size_t size)
        : revoked_{revoked}, time_to_live_{time_to_live}, half_{size / 2} {}

    /// Null when it has to be looked up. Valid until the next call.
    const Value* find(const store::digest& hash, domain::agency_id agency, time_point now) {
        auto found = young_.find(hash);
        if (found == young_.end()) {
            auto old = old_.extract(hash);
            if (old.empty()) return nullptr;
            make_room();
            found = young_.insert(std::move(old)).position;
        }
        const auto& e = found->second;
        if (e.expires > now && e.seen == revoked_.current(agency) && revoked_.listening())
            return &e.value;
        young_.erase(found);
        return nullptr;
    }

    /// `seen` is the agency's epoch from before the lookup, so that a revocation during it is not
    /// missed.
    void insert(const store::digest& hash, Value value, service::revocations::epoch seen,
                time_point now) {
        if (half_ == 0 || !revoked_.listening()) return;
        make_room();
        young_.insert_or_assign(hash, entry{std::move(value), seen, now + time_to_live_});
    }

    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct entry {
        Value value;
        service::revocations::epoch seen;
        time_point expires;
    };
    /// An HMAC is as good as random: any eight of its bytes are a hash.
    struct first_bytes {
        std::size_t operator()(const store::digest& d) const {
            std::size_t h = 0;
            std::memcpy(&h, d.data(), sizeof h);
            return h;
        }
    };
    using generation = std::unordered_map<store::digest, entry, first_bytes>;

    void make_room() {
        if (young_.size() < half_) return;
        old_ = std::move(young_);
        young_ = {};
    }

    const service::revocations& revoked_;
    const std::chrono::milliseconds time_to_live_;
    const std::size_t half_;
    generation young_, old_;
};

}  // namespace tenantry::guard
