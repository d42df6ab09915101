// Reads PostgreSQL's binary format, strictly: another type or width than the caller's is a bug.
#include "common/pg/rows.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "common/pg/wire.hpp"

namespace tenantry::pg {
namespace detail {
namespace {

[[noreturn]] void mismatch(const field& from, const char* wanted) {
    throw std::logic_error(from.length < 0 ? fmt::format("NULL read as {}", wanted)
                                           : fmt::format("type {} of {} bytes read as {}",
                                                         from.type, from.length, wanted));
}

void expect(const field& from, unsigned type, std::size_t width, const char* wanted) {
    if (from.type != type || from.length != static_cast<std::int32_t>(width))
        mismatch(from, wanted);
}

/// The server sends a type of the user's own as text when it is an enum, the only kind used here.
bool is_text(unsigned type) {
    switch (type) {
        case oid::text:
        case oid::varchar:
        case oid::bpchar:
        case oid::name:
        case oid::unknown:
        case oid::json:
        case oid::jsonb:
            return true;
        default:
            return type >= oid::first_user_defined;
    }
}

}  // namespace

template<>
bool decode<bool>(const field& from) {
    expect(from, oid::boolean, 1, "bool");
    return *from.data != 0;
}

template<>
std::int16_t decode<std::int16_t>(const field& from) {
    expect(from, oid::int2, 2, "int16");
    return wire::load<std::int16_t>(from.data);
}

template<>
std::int32_t decode<std::int32_t>(const field& from) {
    expect(from, oid::int4, 4, "int32");
    return wire::load<std::int32_t>(from.data);
}

template<>
std::int64_t decode<std::int64_t>(const field& from) {
    expect(from, oid::int8, 8, "int64");
    return wire::load<std::int64_t>(from.data);
}

template<>
double decode<double>(const field& from) {
    expect(from, oid::float8, 8, "double");
    return std::bit_cast<double>(wire::load<std::int64_t>(from.data));
}

template<>
timestamp decode<timestamp>(const field& from) {
    expect(from, oid::timestamptz, 8, "timestamp");
    return wire::to_timestamp(wire::load<std::int64_t>(from.data));
}

template<>
std::string_view decode<std::string_view>(const field& from) {
    if (from.length < 0 || !is_text(from.type)) mismatch(from, "text");
    std::string_view value{from.data, static_cast<std::size_t>(from.length)};
    if (from.type != oid::jsonb) return value;
    if (!value.starts_with(wire::jsonb_version)) mismatch(from, "jsonb of version 1");
    return value.substr(1);
}

template<>
std::string decode<std::string>(const field& from) {
    return std::string{decode<std::string_view>(from)};
}

template<>
bytes decode<bytes>(const field& from) {
    if (from.length < 0 || from.type != oid::bytea) mismatch(from, "bytea");
    return {reinterpret_cast<const std::byte*>(from.data), static_cast<std::size_t>(from.length)};
}

template<>
std::vector<std::byte> decode<std::vector<std::byte>>(const field& from) {
    const auto view = decode<bytes>(from);
    return {view.begin(), view.end()};
}

/// Of array_send: dimensions, a flag for nulls, the element type; then of each dimension its length
/// and lower bound; then the elements, each behind its length.
array_reader::array_reader(const field& array)
    : type_{0}, at_{array.data}, end_{array.data + array.length} {
    constexpr int prefix = 12, dimension = 8;
    if (array.length < prefix) mismatch(array, "an array");
    const auto dimensions = wire::load<std::int32_t>(at_);
    type_ = wire::load<std::uint32_t>(at_ + 8);
    at_ += prefix;
    if (dimensions == 0) return;
    if (dimensions != 1 || array.length < prefix + dimension)
        mismatch(array, "an array of one dimension");
    left_ = wire::load<std::uint32_t>(at_);
    at_ += dimension;
}

field array_reader::next() {
    const auto room = end_ - at_;
    const std::int32_t length = room < 4 ? std::int32_t{-2} : wire::load<std::int32_t>(at_);
    if (length < -1 || length > room - 4) throw std::logic_error("an array value ends too early");
    const field element{type_, at_ + 4, length};
    at_ += 4 + (length < 0 ? 0 : length);
    --left_;
    return element;
}

}  // namespace detail

detail::field row::field_at(int column) const {
    if (column < 0 || column >= PQnfields(result_))
        throw std::logic_error(fmt::format("column {} of {}", column, PQnfields(result_)));
    const bool null = PQgetisnull(result_, index_, column) != 0;
    return {PQftype(result_, column), PQgetvalue(result_, index_, column),
            null ? -1 : PQgetlength(result_, index_, column)};
}

void row::expect_columns(std::size_t count) const {
    const auto columns = static_cast<std::size_t>(PQnfields(result_));
    if (columns != count)
        throw std::logic_error(fmt::format("a row of {} columns read as {}", columns, count));
}

row rows::operator[](std::size_t i) const {
    if (i >= size()) throw std::logic_error(fmt::format("row {} of {}", i, size()));
    return {result_.get(), static_cast<int>(i)};
}

std::size_t rows::affected() const {
    const char* digits = PQcmdTuples(result_.get());
    std::size_t count = 0;
    std::from_chars(digits, digits + std::strlen(digits), count);
    return count;
}

}  // namespace tenantry::pg
