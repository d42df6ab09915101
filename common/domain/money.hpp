// Amounts of money: integer minor units with their currency, never a floating-point number.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace tenantry::domain {

/// An ISO 4217 code, three capital letters.
class currency {
public:
    /// Throws std::invalid_argument: a currency comes from configuration, never from a client.
    explicit constexpr currency(std::string_view code) {
        if (code.size() != code_.size())
            throw std::invalid_argument("a currency has three letters");
        for (std::size_t i = 0; i < code_.size(); ++i) {
            if (code[i] < 'A' || code[i] > 'Z')
                throw std::invalid_argument("a currency is three capital letters");
            code_[i] = code[i];
        }
    }
    constexpr std::string_view code() const { return {code_.data(), code_.size()}; }
    constexpr bool operator==(const currency&) const = default;

private:
    std::array<char, 3> code_{};
};

/// An amount in the currency's minor unit (cents). Arithmetic throws std::overflow_error, and
/// std::logic_error where two currencies meet: both are bugs or exhaustion, never a client's doing.
struct money {
    std::int64_t minor;
    domain::currency currency;

    constexpr bool operator==(const money&) const = default;
};

namespace detail {
constexpr void require_one_currency(const money& a, const money& b) {
    if (a.currency != b.currency) throw std::logic_error("two currencies in one sum");
}
}  // namespace detail

constexpr money operator+(const money& a, const money& b) {
    detail::require_one_currency(a, b);
    money sum = a;
    if (__builtin_add_overflow(a.minor, b.minor, &sum.minor))
        throw std::overflow_error("money: sum out of range");
    return sum;
}

constexpr money operator-(const money& a, const money& b) {
    detail::require_one_currency(a, b);
    money difference = a;
    if (__builtin_sub_overflow(a.minor, b.minor, &difference.minor))
        throw std::overflow_error("money: difference out of range");
    return difference;
}

constexpr money operator-(const money& a) {
    return money{0, a.currency} - a;
}

constexpr money operator*(const money& a, std::int64_t quantity) {
    money product = a;
    if (__builtin_mul_overflow(a.minor, quantity, &product.minor))
        throw std::overflow_error("money: product out of range");
    return product;
}

}  // namespace tenantry::domain
