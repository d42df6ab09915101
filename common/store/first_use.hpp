// Whose Idempotency-Key is in use in this process.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "common/store/command.hpp"

namespace tenantry::store {

/// Holds a request's Idempotency-Key for as long as it lives, whichever thread serves it: a second
/// use waits for nothing and is told at once that the first is still running. A request without a
/// key holds nothing. Two processes meet in the database (`verdict::in_progress`).
class first_use {
public:
    first_use(domain::agency_id agency, const std::optional<idempotency_key>& given);
    first_use(first_use&& other) noexcept;
    first_use(const first_use&) = delete;
    first_use& operator=(const first_use&) = delete;
    ~first_use();

    /// False of a second use.
    explicit operator bool() const { return !is_second_; }

private:
    using keys = std::set<std::tuple<std::int64_t, std::string, std::string>>;
    struct of_process;
    static of_process& in_use();

    std::optional<keys::iterator> mine_{};
    bool is_second_ = false;
};

}  // namespace tenantry::store
