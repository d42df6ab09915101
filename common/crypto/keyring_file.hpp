// The keyring's file: read whole, and written whole or not at all.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tenantry::crypto {

/// No keyring is near this size; a file that is, is another file.
inline constexpr std::size_t max_keyring_file = 1 << 20;

/// The whole file. Throws keyring_error: missing, unreadable, over `max_keyring_file` bytes, or,
/// with `owner_only`, of a mode that lets its group or others in.
std::string read_keyring_file(const std::filesystem::path& file, bool owner_only);

enum class if_exists { refuse, replace };

/// Writes a file of mode 0600 through a temporary one beside it, synced before it takes the name,
/// its directory synced after. Throws keyring_error.
void write_keyring_file(const std::filesystem::path& file, std::string_view text, if_exists then);

/// Nothing where there is no such file.
std::optional<struct stat> file_status(const std::filesystem::path& file);

}  // namespace tenantry::crypto
