// Text whose memory is used again and again, up to a limit.
#pragma once

#include <cstddef>
#include <string>

namespace tenantry {

/// Empties `text` and keeps its memory, but gives it back if it is more than `most` bytes; to
/// assign an empty text would keep it.
inline void clear_keeping(std::string& text, std::size_t most) {
    if (text.capacity() > most) std::string{}.swap(text);
    text.clear();
}

}  // namespace tenantry
