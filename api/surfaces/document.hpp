// How a response's JSON is made: its pieces lie in one block of memory, which is the thread's and
// is used for each document anew.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/runtime/clock.hpp"
#include "common/runtime/timestamp_text.hpp"

namespace tenantry::surfaces {

/// Where the pieces of a document lie, until it is text.
class document_memory {
public:
    document_memory() : has_block_{!std::exchange(block_taken, true)} {
        if (!has_block_) {
            pieces_.emplace();
            return;
        }
        if (!block) block = std::make_unique_for_overwrite<unsigned char[]>(block_size);
        pieces_.emplace(block.get(), block_size);
    }
    ~document_memory() {
        if (has_block_) block_taken = false;
    }
    document_memory(const document_memory&) = delete;
    document_memory& operator=(const document_memory&) = delete;

    boost::json::storage_ptr storage() { return &*pieces_; }

private:
    /// A page of 50 companies; a larger document goes on in memory of its own.
    static constexpr std::size_t block_size = 64 * 1024;
    /// Not in place, where each thread of the program would have it.
    static inline thread_local std::unique_ptr<unsigned char[]> block;
    static inline thread_local bool block_taken = false;

    bool has_block_;
    std::optional<boost::json::monotonic_resource> pieces_{};
};

/// The text of the value, object or array that `make(parts…, storage)` makes of that storage.
template<class Make, class... Parts>
std::string document(Make make, const Parts&... parts) {
    document_memory memory;
    return boost::json::serialize(make(parts..., memory.storage()));
}

/// What `encode(each, storage)` makes of each.
template<class Range, class Encode>
boost::json::array array_of(const Range& all, Encode encode, boost::json::storage_ptr memory) {
    boost::json::array entries(memory);
    entries.reserve(all.size());
    for (const auto& each : all) entries.push_back(encode(each, memory));
    return entries;
}

/// A member that is there also when it has no value.
inline boost::json::value text_or_null(const std::optional<std::string>& text,
                                       boost::json::storage_ptr memory) {
    return text ? boost::json::value(*text, std::move(memory)) : boost::json::value(nullptr);
}
inline boost::json::value time_or_null(const std::optional<timestamp>& instant,
                                       boost::json::storage_ptr memory) {
    return instant ? boost::json::value(to_rfc3339(*instant), std::move(memory))
                   : boost::json::value(nullptr);
}
template<class Id>
boost::json::value id_or_null(const std::optional<Id>& id) {
    return id ? boost::json::value(id->value()) : boost::json::value(nullptr);
}

}  // namespace tenantry::surfaces
