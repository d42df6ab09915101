// A part of a list: which one is asked for, and what it holds. Surfaces number their pages or hand
// out a cursor; both are read from the same list, ordered by id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::domain {

/// Elements of one page of a numbered list (contract 2).
inline constexpr std::int64_t page_size = 50;

/// The highest page number that is accepted: its offset still fits 64 bits many times over.
inline constexpr std::int64_t max_page = 1'000'000'000;

/// Which part of a list is asked for.
struct window {
    std::optional<std::int64_t> size = page_size;  ///< elements at most; none: all of them
    std::int64_t number = 1;                       ///< of the page, from 1
    std::int64_t after = 0;                        ///< only ids above this one
    bool counted = true;                           ///< whether the list's length is asked for too

    static window page(std::int64_t number, std::int64_t size = page_size) {
        return {.size = size, .number = number};
    }
    /// What follows the id that a cursor names; a first part follows 0.
    static window following(std::int64_t after, std::int64_t size) {
        return {.size = size, .after = after, .counted = false};
    }
    static window everything() { return {.size = std::nullopt, .counted = false}; }

    std::int64_t offset() const { return (number - 1) * size.value_or(0); }

    bool operator==(const window&) const = default;
};

template<class T>
struct page {
    std::vector<T> content{};
    std::int64_t number = 1;          ///< counted from 1
    std::int64_t total_elements = 0;  ///< when it was asked for
    std::int64_t size = page_size;    ///< elements at most
    bool has_more = false;            ///< the list goes on behind this part

    std::int64_t total_pages() const { return (total_elements + size - 1) / size; }
};

/// The text of a cursor that stands behind that id: opaque to clients, so that it may change.
std::string cursor_after(std::int64_t id);

/// The id that a cursor stands behind; nothing when the text is not what cursor_after writes.
std::optional<std::int64_t> read_cursor(std::string_view text);

}  // namespace tenantry::domain
