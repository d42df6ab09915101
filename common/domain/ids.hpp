// One type an identity, so that a company's id cannot stand where an agency's is meant.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>

namespace tenantry::domain {

/// A 64-bit identity. `Tag` only tells one kind from another.
template<class Tag>
class id {
public:
    explicit constexpr id(std::int64_t value) : value_(value) {}
    constexpr std::int64_t value() const { return value_; }
    constexpr auto operator<=>(const id&) const = default;
    friend std::ostream& operator<<(std::ostream& out, id i) { return out << i.value_; }

private:
    std::int64_t value_;
};

using agency_id = id<struct agency_tag>;
using user_id = id<struct user_tag>;
using company_id = id<struct company_tag>;
using api_key_id = id<struct api_key_tag>;
using job_id = id<struct job_tag>;
using location_id = id<struct location_tag>;
using contact_id = id<struct contact_tag>;

}  // namespace tenantry::domain

template<class Tag>
struct std::hash<tenantry::domain::id<Tag>> {
    std::size_t operator()(tenantry::domain::id<Tag> i) const noexcept {
        return std::hash<std::int64_t>{}(i.value());
    }
};

template<class Tag>
struct fmt::formatter<tenantry::domain::id<Tag>> : fmt::formatter<std::int64_t> {
    template<class Context>
    auto format(tenantry::domain::id<Tag> i, Context& context) const {
        return fmt::formatter<std::int64_t>::format(i.value(), context);
    }
};
