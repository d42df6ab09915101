// Long computations in pieces, between which the thread does what else there is to do: what reads
// or writes as much as an agency has would hold up everybody else's requests.
#pragma once

#include <cstddef>

#include "common/runtime/asio.hpp"

namespace tenantry {

/// So much is done in a fraction of a millisecond.
inline constexpr std::size_t elements_of_a_piece = 256;

/// Calls `each` with every element of the range, which outlives this.
template<class Range, class Each>
task<> in_pieces(Range& all, Each each) {
    std::size_t done = 0;
    for (auto&& element : all) {
        if (++done % elements_of_a_piece == 0) co_await net::post(use_task);
        each(element);
    }
}

}  // namespace tenantry
