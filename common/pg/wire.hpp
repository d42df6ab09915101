// The binary format's own facts that writing a parameter and reading a column share: byte order and
// PostgreSQL's epoch.
#pragma once

#include <bit>
#include <boost/endian/conversion.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "common/runtime/clock.hpp"

namespace tenantry::pg::wire {

/// jsonb travels behind its format version.
inline constexpr char jsonb_version = 1;

/// 2000-01-01, from which timestamptz counts its microseconds.
inline constexpr timestamp epoch{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

template<class Int>
void append(std::string& out, Int value) {
    const Int big = boost::endian::native_to_big(value);
    out.append(reinterpret_cast<const char*>(&big), sizeof big);
}

template<class Int>
Int load(const char* from) {
    return boost::endian::endian_load<Int, sizeof(Int), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(from));
}

/// The ends of the C++ range stand for -infinity and infinity, which the server writes the same
/// way.
inline std::int64_t from_timestamp(timestamp t) {
    if (t == timestamp::max() || t == timestamp::min()) return t.time_since_epoch().count();
    return (t - epoch).count();
}

inline timestamp to_timestamp(std::int64_t wire) {
    const timestamp unshifted{std::chrono::microseconds{wire}};
    if (unshifted == timestamp::max() || unshifted == timestamp::min()) return unshifted;
    return unshifted + epoch.time_since_epoch();
}

}  // namespace tenantry::pg::wire
