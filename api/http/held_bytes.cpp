#include "api/http/held_bytes.hpp"

namespace tenantry::http {

bool held_bytes::holding::hold(std::size_t bytes) {
    unlink();
    count(std::min(bytes, of_.most_ / 2));
    while (of_.held_ > of_.most_ && !of_.waiting_.empty()) {
        auto& slowest = of_.waiting_.front();
        slowest.release();
        slowest.whose_.give_up();
    }
    of_.waiting_.push_back(*this);
    return of_.held_ <= of_.most_;
}

void held_bytes::holding::release() {
    unlink();
    count(0);
}

void held_bytes::holding::count(std::size_t bytes) {
    of_.held_ = of_.held_ - bytes_ + bytes;
    bytes_ = bytes;
}

}  // namespace tenantry::http
