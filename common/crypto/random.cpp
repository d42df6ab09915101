// getrandom(2) behind a small buffer a thread.
#include "common/crypto/random.hpp"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sys/random.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace tenantry::crypto {
namespace {

// Counts the forks that led to this process: a buffer filled before the last one is the parent's.
std::atomic<std::uint64_t> forks{0};

void count_forks() {
    static const int registered =
        pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
    if (registered != 0) throw std::system_error(registered, std::generic_category(), "atfork");
}

void read_source(std::span<std::byte> out) {
    while (!out.empty()) {
        const auto n = ::getrandom(out.data(), out.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        out = out.subspan(n);
    }
}

class thread_buffer {
public:
    thread_buffer() { count_forks(); }
    thread_buffer(const thread_buffer&) = delete;
    thread_buffer& operator=(const thread_buffer&) = delete;
    ~thread_buffer() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    void take(std::span<std::byte> out) {
        const auto now = forks.load(std::memory_order_relaxed);
        if (used_ + out.size() > bytes_.size() || forks_ != now) {
            read_source(bytes_);
            used_ = 0;
            forks_ = now;
        }
        std::memcpy(out.data(), bytes_.data() + used_, out.size());
        OPENSSL_cleanse(bytes_.data() + used_, out.size());
        used_ += out.size();
    }

private:
    std::array<std::byte, 1024> bytes_{};
    std::size_t used_ = bytes_.size();
    std::uint64_t forks_ = 0;
};

}  // namespace

void fill_random(std::span<std::byte> out) {
    constexpr std::size_t largest_buffered = 256;
    if (out.size() > largest_buffered) return read_source(out);
    thread_local thread_buffer buffer;
    buffer.take(out);
}

}  // namespace tenantry::crypto
