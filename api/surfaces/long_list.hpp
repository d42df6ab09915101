// The text of a list that has no pages.
#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "common/runtime/pieces.hpp"

namespace tenantry::surfaces {

/// What `encode` makes of the whole list, a JSON array, in pieces. The elements outlive this.
template<class Element>
task<std::string> encode_in_pieces(std::span<const Element> all,
                                   std::string (*encode)(std::span<const Element>)) {
    if (all.size() <= elements_of_a_piece) co_return encode(all);
    std::string text{"["};
    while (!all.empty()) {
        const auto piece = all.first(std::min(elements_of_a_piece, all.size()));
        all = all.subspan(piece.size());
        const auto part = encode(piece);
        text.append(part, 1, part.size() - 2).append(all.empty() ? "]" : ",");
        co_await net::post(use_task);
    }
    co_return text;
}

}  // namespace tenantry::surfaces
