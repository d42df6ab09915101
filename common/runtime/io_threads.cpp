// Runs io_contexts, one a thread.
#include "common/runtime/io_threads.hpp"

#include <pthread.h>

#include <exception>
#include <functional>

#include "common/runtime/log.hpp"

namespace tenantry {
namespace {

void run(net::io_context& context, std::string name) {
    constexpr std::size_t longest_name = 15;
    ::pthread_setname_np(::pthread_self(), name.substr(0, longest_name).c_str());
    try {
        context.run();
    } catch (const std::exception& escaped) {
        log::error("an exception escaped from a handler", {{"what", escaped.what()}});
        log::stop();
        std::terminate();
    }
}

}  // namespace

io_threads::io_threads(std::size_t count, std::string name) : name_(std::move(name)) {
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<loop>());
}

io_threads::~io_threads() {
    stop();
    join();
}

void io_threads::start() {
    for (std::size_t i = 0; i < loops_.size(); ++i)
        loops_[i]->thread =
            std::thread{run, std::ref(loops_[i]->context), name_ + "-" + std::to_string(i)};
}

void io_threads::finish() {
    // On the thread itself: the guard is not for two threads.
    for (const auto& each : loops_) net::post(each->context, [&each] { each->guard.reset(); });
}

void io_threads::stop() {
    for (const auto& each : loops_) each->context.stop();
}

void io_threads::join() {
    for (const auto& each : loops_)
        if (each->thread.joinable()) each->thread.join();
}

}  // namespace tenantry
