// The wall clock as a dependency, so that a test can be at any date.
#pragma once

#include <chrono>

namespace tenantry {

/// UTC with microseconds, the resolution of PostgreSQL's timestamptz.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

class clock {
public:
    virtual ~clock() = default;
    virtual timestamp now() const = 0;
};

class wall_clock final : public clock {
public:
    timestamp now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now());
    }
};

class manual_clock final : public clock {
public:
    explicit manual_clock(timestamp start) : now_(start) {}
    timestamp now() const override { return now_; }
    void advance(std::chrono::microseconds by) { now_ += by; }

private:
    timestamp now_;
};

}  // namespace tenantry
