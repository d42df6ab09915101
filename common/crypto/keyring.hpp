// The keys that this installation's secrets depend on: versioned, so that they can be rotated
// without a moment in which something cannot be opened.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"

namespace tenantry::crypto {

/// 256 bits that are wiped when they go. Not printable, on purpose: give it no
/// operator<< and no formatter.
class secret_key {
public:
    static constexpr std::size_t size = 32;

    /// Throws std::invalid_argument unless there are 32 bytes.
    explicit secret_key(std::span<const std::byte> bytes);
    static secret_key generate();
    secret_key(const secret_key&) = default;
    secret_key& operator=(const secret_key&) = default;
    ~secret_key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    std::span<const std::byte> bytes() const { return bytes_; }
    bool operator==(const secret_key& other) const;

private:
    secret_key() = default;
    std::array<std::byte, size> bytes_{};
};

/// A keyring file that cannot be used. The message names the file and what to do about it, and
/// quotes nothing from it.
struct keyring_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Who besides its owner may read the keyring file.
enum class keyring_access {
    owner_only,  ///< group and others must have no permission
    shared,      ///< permissions are the operator's business (a read-only mount of a secret)
};

/// One pepper, for hashes that are looked up by, and one or more versions of the sealing key. The
/// pepper never changes: every stored hash depends on it. A value: changes make a new keyring.
class keyring {
public:
    /// A new pepper and version 1, active.
    static keyring generate(timestamp now);

    /// Reads `{"pepper":"<base64>","active":1,"keys":[{"version":1,"key":"<base64>",
    /// "created_at":"…"}]}`, every key 32 bytes. Throws keyring_error.
    static keyring load(const std::filesystem::path& file, keyring_access access);

    /// Replaces `file` (mode 0600) in one step that a crash cannot halve. Throws keyring_error.
    void save(const std::filesystem::path& file) const;

    /// The same, but throws where `file` exists.
    void save_new(const std::filesystem::path& file) const;

    /// With one more key, not yet active: every process must have it before anyone seals with it.
    keyring with_new_version(timestamp now) const;

    /// The version that seals from now on. Throws keyring_error for an unknown one.
    keyring with_active(std::int32_t version) const;

    const secret_key& pepper() const { return pepper_; }
    std::int32_t active_version() const { return active_; }
    std::vector<std::int32_t> versions() const;

    /// Null for an unknown version.
    const secret_key* find(std::int32_t version) const;

private:
    struct entry {
        std::int32_t version;
        secret_key key;
        std::string created_at;
    };

    keyring(secret_key pepper, std::int32_t active, std::vector<entry> keys);
    static keyring parse(std::string_view json);
    std::string to_json() const;

    secret_key pepper_;
    std::int32_t active_;
    std::vector<entry> keys_;
};

/// The process's current keyring. Any thread may read it while one reloads it.
class keyring_holder {
public:
    /// A keyring of no file; it never changes.
    explicit keyring_holder(keyring fixed);

    /// Loads `file`. Throws keyring_error.
    keyring_holder(std::filesystem::path file, keyring_access access);

    std::shared_ptr<const keyring> current() const;

    struct reload_outcome {
        bool changed = false;
        std::string problem{};  ///< why a changed file was not taken; said once a change
    };

    /// Takes the file again if it is another one than before (device, inode, size, time). Keeps the
    /// old keyring when the new one cannot be read or has another pepper. Reads the disk: not for
    /// an io thread, and for one thread at a time.
    reload_outcome reload_if_changed();

private:
    struct file_stamp {
        std::uint64_t device = 0, inode = 0;
        std::int64_t size = 0, seconds = 0, nanoseconds = 0;
        bool operator==(const file_stamp&) const = default;
    };

    static file_stamp stamp_of(const std::filesystem::path& file);

    const std::filesystem::path file_;
    const keyring_access access_;
    file_stamp stamp_;
    // Not std::atomic<shared_ptr>: in g++ 12 its loads release with relaxed order, which
    // ThreadSanitizer reports, rightly.
    mutable std::mutex mutex_;
    std::shared_ptr<const keyring> current_;
};

}  // namespace tenantry::crypto
