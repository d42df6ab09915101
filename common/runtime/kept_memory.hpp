// Text and sequences whose memory is used again and again, up to a limit.
#pragma once

#include <cstddef>

namespace tenantry {

/// Empties a text or a vector and keeps its memory, but gives it back if it has room for more than
/// `most` elements; to assign an empty one would keep it.
template<class Sequence>
void clear_keeping(Sequence& all, std::size_t most) {
    if (all.capacity() > most) Sequence{}.swap(all);
    all.clear();
}

}  // namespace tenantry
