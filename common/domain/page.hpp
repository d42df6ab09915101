// A numbered page of a list.
#pragma once

#include <cstdint>
#include <vector>

namespace tenantry::domain {

/// Elements of one page of a numbered list (contract 2).
inline constexpr std::int64_t page_size = 50;

/// The highest page number that is accepted: its offset still fits 64 bits many times over.
inline constexpr std::int64_t max_page = 1'000'000'000;

template<class T>
struct page {
    std::vector<T> content{};
    std::int64_t number = 1;  ///< counted from 1
    std::int64_t total_elements = 0;

    std::int64_t total_pages() const { return (total_elements + page_size - 1) / page_size; }
};

}  // namespace tenantry::domain
