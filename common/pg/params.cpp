// Writes values in PostgreSQL's binary format (its send/receive functions; arrays: array_recv).
#include "common/pg/params.hpp"

#include <bit>
#include <boost/numeric/conversion/cast.hpp>

#include "common/pg/wire.hpp"

namespace tenantry::pg {
namespace detail {

void put(std::string& out, bool value) {
    out.push_back(value ? 1 : 0);
}
void put(std::string& out, std::int32_t value) {
    wire::append(out, value);
}
void put(std::string& out, std::int64_t value) {
    wire::append(out, value);
}
void put(std::string& out, double value) {
    wire::append(out, std::bit_cast<std::int64_t>(value));
}
void put(std::string& out, std::string_view value) {
    out.append(value);
}
void put(std::string& out, timestamp value) {
    wire::append(out, wire::from_timestamp(value));
}

void put(std::string& out, bytes value) {
    out.append(reinterpret_cast<const char*>(value.data()), value.size());
}

void put(std::string& out, json_text value) {
    out.append(value.text);
}

}  // namespace detail

void params::begin_null(unsigned type) {
    slots_.push_back({type, -1, buffer_.size()});
}

void params::finish(unsigned type, std::size_t offset) {
    slots_.push_back({type, boost::numeric_cast<std::int32_t>(buffer_.size() - offset), offset});
}

void params::begin_array(unsigned element_type, std::size_t count, bool may_hold_nulls) {
    const std::int32_t dimensions = count == 0 ? 0 : 1;
    wire::append(buffer_, dimensions);
    wire::append(buffer_, std::int32_t{may_hold_nulls});
    wire::append(buffer_, element_type);
    if (dimensions == 0) return;
    wire::append(buffer_, boost::numeric_cast<std::int32_t>(count));
    wire::append(buffer_, std::int32_t{1});  // SQL arrays count from 1
}

std::size_t params::begin_element() {
    wire::append(buffer_, std::int32_t{0});
    return buffer_.size();
}

void params::end_element(std::size_t mark) {
    const auto length = boost::numeric_cast<std::int32_t>(buffer_.size() - mark);
    boost::endian::endian_store<std::int32_t, sizeof length, boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(buffer_.data() + mark - sizeof length), length);
}

void params::add_null_element() {
    wire::append(buffer_, std::int32_t{-1});
}

}  // namespace tenantry::pg
