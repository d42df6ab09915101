// What a statement answered: owns libpq's result and reads its binary columns as C++ values.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/pg/params.hpp"
#include "common/runtime/clock.hpp"

namespace tenantry::pg {

namespace detail {

/// One column of one row, or one element of an array. A negative length is NULL.
struct field {
    unsigned type;
    const char* data;
    std::int32_t length;
};

template<class T>
inline constexpr bool is_vector = false;
template<class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template<>
inline constexpr bool is_vector<std::vector<std::byte>> = false;

/// Walks the elements of an array value.
class array_reader {
public:
    explicit array_reader(const field& array);
    std::size_t size() const { return left_; }
    field next();

private:
    unsigned type_;
    std::size_t left_ = 0;
    const char* at_;
    const char* end_;
};

/// Defined for the scalars that row::get names.
template<class T>
T decode(const field&);

template<class T>
T read(const field& from) {
    if constexpr (is_optional<T>) {
        if (from.length < 0) return std::nullopt;
        return read<typename T::value_type>(from);
    } else if constexpr (is_vector<T>) {
        T values;
        array_reader elements{from};
        values.reserve(elements.size());
        while (elements.size() > 0) values.push_back(read<typename T::value_type>(elements.next()));
        return values;
    } else {
        return decode<T>(from);
    }
}

}  // namespace detail

/// A view of one row; valid as long as its `rows`.
class row {
public:
    row(const PGresult* result, int index) : result_{result}, index_{index} {}

    /// The column, counted from 0, as T: bool, int16, int32, int64, double, timestamp;
    /// std::string_view or std::string of text, varchar, char(n), name, json, jsonb or an enum;
    /// `bytes` or std::vector<std::byte> of bytea; std::optional of any of these for a column that
    /// may be NULL; std::vector of any of these for an array. Views live as long as the rows.
    /// Throws std::logic_error when the server's type is another one, or a NULL has no optional.
    template<class T>
    T get(int column) const {
        return detail::read<T>(field_at(column));
    }

    bool is_null(int column) const { return field_at(column).length < 0; }

    /// The whole row: `auto [id, name] = row.as<std::int64_t, std::string>();`.
    /// Throws std::logic_error too when there are more or fewer columns.
    template<class... T>
    std::tuple<T...> as() const {
        expect_columns(sizeof...(T));
        return [this]<int... Column>(std::integer_sequence<int, Column...>) {
            return std::tuple<T...>{get<T>(Column)...};
        }
        (std::make_integer_sequence<int, sizeof...(T)>{});
    }

    /// The whole row into variables or members, in column order. Throws as `as` does.
    template<class... T>
    void read(T&... out) const {
        expect_columns(sizeof...(T));
        int column = 0;
        ((out = get<T>(column++)), ...);
    }

private:
    detail::field field_at(int column) const;
    void expect_columns(std::size_t count) const;

    const PGresult* result_;
    int index_;
};

struct clear_result {
    void operator()(PGresult* r) const { PQclear(r); }
};
using result_ptr = std::unique_ptr<PGresult, clear_result>;

class rows {
public:
    class iterator {
    public:
        using difference_type = std::ptrdiff_t;
        using value_type = row;
        iterator() = default;
        iterator(const PGresult* result, int index) : result_{result}, index_{index} {}
        row operator*() const { return {result_, index_}; }
        iterator& operator++() { return ++index_, *this; }
        iterator operator++(int) { return {result_, index_++}; }
        bool operator==(const iterator&) const = default;

    private:
        const PGresult* result_ = nullptr;
        int index_ = 0;
    };

    /// No rows.
    rows() = default;
    /// Takes over a result of binary format.
    explicit rows(result_ptr result) : result_{std::move(result)} {}

    std::size_t size() const { return PQntuples(result_.get()); }
    bool empty() const { return size() == 0; }
    /// Throws std::logic_error past the end.
    row operator[](std::size_t i) const;
    iterator begin() const { return {result_.get(), 0}; }
    iterator end() const { return {result_.get(), PQntuples(result_.get())}; }

    /// Rows inserted, updated, deleted or selected; 0 for a statement that counts none.
    std::size_t affected() const;

private:
    result_ptr result_;
};

}  // namespace tenantry::pg
