// System calls around the keyring file.
#include "common/crypto/keyring_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/crypto/keyring.hpp"

namespace tenantry::crypto {
namespace {

class open_file {
public:
    open_file(const std::filesystem::path& path, int flags, mode_t mode = 0)
        : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
    throw keyring_error(fmt::format("keyring {}: {}: {}", file.string(), what, strerror(errno)));
}

void write_all(int fd, std::string_view text, const std::filesystem::path& file) {
    while (!text.empty()) {
        const auto n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(file, "cannot write");
        text.remove_prefix(n);
    }
}

void sync_directory_of(const std::filesystem::path& file) {
    const auto parent = file.has_parent_path() ? file.parent_path() : ".";
    const open_file directory{parent, O_RDONLY | O_DIRECTORY};
    if (!directory || ::fsync(directory.get()) != 0) fail(file, "cannot sync the directory");
}

}  // namespace

std::string read_keyring_file(const std::filesystem::path& file, bool owner_only) {
    const open_file in{file, O_RDONLY};
    if (!in && errno == ENOENT)
        throw keyring_error(
            fmt::format("keyring {}: there is no such file; make one with `tenantry-admin "
                        "keyring init`",
                        file.string()));
    struct stat info {};
    if (!in || ::fstat(in.get(), &info) != 0) fail(file, "cannot open");
    if (owner_only && (info.st_mode & 077) != 0)
        throw keyring_error(
            fmt::format("keyring {0}: mode {1:04o} lets others than its owner in; `chmod 600 {0}`, "
                        "or set keyring-access to shared",
                        file.string(), info.st_mode & 07777));
    if (info.st_size > static_cast<off_t>(max_keyring_file))
        throw keyring_error(fmt::format("keyring {}: too large to be one", file.string()));
    std::string text(info.st_size, '\0');
    for (std::size_t filled = 0; filled < text.size();) {
        const auto n = ::read(in.get(), text.data() + filled, text.size() - filled);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(file, "cannot read");
        if (n == 0) text.resize(filled);
        filled += n;
    }
    return text;
}

void write_keyring_file(const std::filesystem::path& file, std::string_view text, if_exists then) {
    auto temporary = file;
    temporary += fmt::format(".{}.new", ::getpid());
    struct unlink_at_end {
        const std::filesystem::path& path;
        ~unlink_at_end() { ::unlink(path.c_str()); }
    } const cleanup{temporary};
    const open_file out{temporary, O_WRONLY | O_CREAT | O_EXCL, 0600};
    if (!out) fail(file, "cannot create " + temporary.string());
    write_all(out.get(), text, file);
    if (::fsync(out.get()) != 0) fail(file, "cannot sync");
    const unsigned flags = then == if_exists::refuse ? RENAME_NOREPLACE : 0;
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.c_str(), flags) != 0)
        fail(file, "cannot put the file in place");
    sync_directory_of(file);
}

std::optional<struct stat> file_status(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return std::nullopt;
    return info;
}

}  // namespace tenantry::crypto
