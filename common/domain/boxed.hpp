// A part of a value that most values go without: where it is empty it takes no room.
#pragma once

#include <memory>
#include <utility>

namespace tenantry::domain {

/// Holds a `T`, which tells by `empty()` whether it is worth keeping, and is read like one. Copies
/// share what they hold, since nothing changes it.
template<class T>
class boxed {
public:
    boxed() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    boxed(T value) : held_{value.empty() ? nullptr : std::make_shared<const T>(std::move(value))} {}

    const T& operator*() const {
        static const T none{};
        return held_ ? *held_ : none;
    }
    const T* operator->() const { return &**this; }
    bool empty() const { return !held_; }

    bool operator==(const boxed& other) const { return **this == *other; }

private:
    std::shared_ptr<const T> held_;
};

}  // namespace tenantry::domain
