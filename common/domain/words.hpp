// The one place where an enumeration of the domain meets its words, so that writing and reading
// cannot disagree.
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tenantry::domain {

template<class Enum, std::size_t N>
using word_table = std::array<std::pair<Enum, std::string_view>, N>;

template<class Enum, std::size_t N>
std::string_view word_of(const word_table<Enum, N>& words, Enum value) {
    for (const auto& [each, word] : words)
        if (each == value) return word;
    throw std::logic_error("an enumerator without its word");
}

template<class Enum, std::size_t N>
std::optional<Enum> from_word(const word_table<Enum, N>& words, std::string_view text) {
    for (const auto& [each, word] : words)
        if (word == text) return each;
    return std::nullopt;
}

}  // namespace tenantry::domain
