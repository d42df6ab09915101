// Random bytes that nobody can guess: keys, nonces, tokens.
#pragma once

#include <cstddef>
#include <span>

namespace tenantry::crypto {

/// Fills `out` from the operating system's random source, through a buffer of the calling thread
/// (a system call a key would cost more than the key). Bytes are wiped from the buffer as they are
/// handed out, and a forked child never repeats its parent's. Throws std::system_error when the
/// source fails.
void fill_random(std::span<std::byte> out);

}  // namespace tenantry::crypto
