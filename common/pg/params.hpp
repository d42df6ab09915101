// The arguments of a statement in PostgreSQL's binary format, each with its type, packed into one
// buffer: a call site reads `params{agency_id, name, ids}`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/pg/oid.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::pg {

using bytes = std::span<const std::byte>;

/// Bytes that a caller holds as characters; sent as bytea.
struct bytea {
    explicit bytea(std::string_view s) : data{std::as_bytes(std::span{s})} {}
    explicit bytea(bytes b) : data{b} {}
    bytes data;
};

/// Text that is JSON already; sent as json, which keeps it as it is.
struct json_text {
    std::string_view text;
};

namespace detail {

template<class T>
inline constexpr bool is_optional = false;
template<class T>
inline constexpr bool is_optional<std::optional<T>> = true;

void put(std::string& out, bool value);
void put(std::string& out, std::int32_t value);
void put(std::string& out, std::int64_t value);
void put(std::string& out, double value);
void put(std::string& out, std::string_view value);
void put(std::string& out, bytes value);
void put(std::string& out, json_text value);
void put(std::string& out, timestamp value);

template<unsigned Scalar, unsigned Array>
struct oids {
    static constexpr unsigned scalar = Scalar, array = Array;
};
template<class T>
struct type_of {};
template<>
struct type_of<bool> : oids<oid::boolean, oid::boolean_array> {};
template<>
struct type_of<std::int32_t> : oids<oid::int4, oid::int4_array> {};
template<>
struct type_of<std::int64_t> : oids<oid::int8, oid::int8_array> {};
template<>
struct type_of<double> : oids<oid::float8, oid::float8_array> {};
template<>
struct type_of<std::string_view> : oids<oid::text, oid::text_array> {};
template<>
struct type_of<bytes> : oids<oid::bytea, oid::bytea_array> {};
template<>
struct type_of<json_text> : oids<oid::json, oid::json_array> {};
template<>
struct type_of<timestamp> : oids<oid::timestamptz, oid::timestamptz_array> {};

template<class T>
concept text_like = std::convertible_to<const T&, std::string_view>;
template<class T>
concept bytes_like = std::convertible_to<const T&, bytes>;
template<class T>
concept exact = requires {
    type_of<T>::scalar;
};
template<class T>
concept scalar = exact<T> || text_like<T> || bytes_like<T> || std::same_as<T, bytea>;

/// The type that a scalar is written as: every string as a view, every run of bytes as a span.
template<scalar T>
auto canonical(const T& value) {
    if constexpr (exact<T>)
        return value;
    else if constexpr (std::same_as<T, bytea>)
        return value.data;
    else if constexpr (bytes_like<T>)
        return bytes{value};
    else
        return std::string_view{value};
}
template<scalar T>
using canonical_type = decltype(canonical(std::declval<const T&>()));

template<class T>
struct element {
    using type = T;
};
template<class T>
struct element<std::optional<T>> {
    using type = T;
};
template<class R>
using element_type = typename element<std::ranges::range_value_t<R>>::type;

template<class R>
concept array = !scalar<R> && std::ranges::contiguous_range<const R> && scalar<element_type<R>>;

}  // namespace detail

/// The arguments $1, $2, … of one execution. Takes bool, int32, int64, double, timestamp, anything
/// that converts to std::string_view (text) or to `bytes` (bytea), `bytea`, `json_text`; contiguous
/// ranges of those, or of optionals of those, as arrays; an optional of any of these, empty for
/// NULL; and std::nullopt, a NULL whose type the server infers.
class params {
public:
    params() = default;

    template<class... T>
    requires(sizeof...(T) != 1 || (!std::same_as<std::remove_cvref_t<T>, params> && ...))
        // NOLINTNEXTLINE(google-explicit-constructor)
        params(const T&... values) {
        reserve(sizeof...(T), usual_size * sizeof...(T));
        (add(values), ...);
    }

    /// Room for so many arguments, of so many bytes together.
    void reserve(std::size_t arguments, std::size_t size) {
        slots_.reserve(arguments);
        buffer_.reserve(size);
    }

    /// Appends one argument behind those already there.
    template<class T>
    params& add(const T& value) {
        if constexpr (std::same_as<T, std::nullopt_t>)
            begin_null(oid::unspecified);
        else if constexpr (detail::is_optional<T>)
            value ? void(add(*value)) : begin_null(type<typename T::value_type>());
        else
            add_value(value);
        return *this;
    }

    std::size_t size() const { return slots_.size(); }
    unsigned type_of(std::size_t i) const { return slots_[i].type; }
    bool is_null(std::size_t i) const { return slots_[i].length < 0; }
    /// The encoded argument, without a length in front; valid until the next add().
    std::string_view encoded(std::size_t i) const {
        return is_null(i) ? std::string_view{}
                          : std::string_view{buffer_}.substr(slots_[i].offset, slots_[i].length);
    }

private:
    static constexpr std::size_t usual_size = 16;

    struct slot {
        unsigned type;
        std::int32_t length;  ///< -1 is NULL
        std::size_t offset;
    };

    template<class T>
    static constexpr unsigned type() {
        if constexpr (detail::scalar<T>)
            return detail::type_of<detail::canonical_type<T>>::scalar;
        else
            return detail::type_of<detail::canonical_type<detail::element_type<T>>>::array;
    }

    template<class T>
    requires(detail::scalar<T> || detail::array<T>) void add_value(const T& value) {
        const auto offset = buffer_.size();
        if constexpr (detail::scalar<T>)
            detail::put(buffer_, detail::canonical(value));
        else
            add_elements(value);
        finish(type<T>(), offset);
    }

    template<detail::array R>
    void add_elements(const R& range) {
        using value_type = std::ranges::range_value_t<R>;
        using stored = detail::type_of<detail::canonical_type<detail::element_type<R>>>;
        begin_array(stored::scalar, std::ranges::size(range), detail::is_optional<value_type>);
        for (const auto& value : range) {
            if constexpr (detail::is_optional<value_type>)
                value ? add_element(*value) : add_null_element();
            else
                add_element(value);
        }
    }

    template<class T>
    void add_element(const T& value) {
        const auto mark = begin_element();
        detail::put(buffer_, detail::canonical(value));
        end_element(mark);
    }

    void begin_null(unsigned type);
    void finish(unsigned type, std::size_t offset);
    void begin_array(unsigned element_type, std::size_t count, bool may_hold_nulls);
    std::size_t begin_element();
    void end_element(std::size_t mark);
    void add_null_element();

    std::string buffer_;
    std::vector<slot> slots_;
};

/// Room for so many rows in columns that will be arguments.
template<class... Columns>
void reserve_all(std::size_t rows, Columns&... columns) {
    (columns.reserve(rows), ...);
}

}  // namespace tenantry::pg
