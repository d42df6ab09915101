// hiredis's event hooks. It frees its context by itself when a connection breaks, so the cleanup
// hook, which it calls on every way out, is the one place that says the context has gone.
#include "common/redis/channel.hpp"

#include <boost/container/small_vector.hpp>
#include <stdexcept>
#include <utility>

namespace tenantry::redis {
namespace {

channel& self(void* data) {
    return *static_cast<channel*>(data);
}

}  // namespace

std::shared_ptr<channel> channel::open(executor ex, const address& where,
                                       std::function<void()> on_closed) {
    auto made = std::make_shared<channel>(ex, std::move(on_closed));
    made->context_ = redisAsyncConnect(where.host.c_str(), where.port);
    if (!made->context_) throw std::bad_alloc{};
    made->attach();
    return made;
}

void channel::attach() {
    if (context_->err) {
        redisAsyncFree(std::exchange(context_, nullptr));
        return;
    }
    redisEnableKeepAlive(&context_->c);
    descriptor_.assign(context_->c.fd);
    context_->ev.data = this;
    context_->ev.addRead = [](void* data) { self(data).wait_to_read(); };
    context_->ev.addWrite = [](void* data) { self(data).wait_to_write(); };
    context_->ev.cleanup = [](void* data) { self(data).detach(); };
}

bool channel::send(std::span<const std::string_view> arguments, redisCallbackFn* callback,
                   void* data) {
    if (!context_) return false;
    boost::container::small_vector<const char*, 16> values;
    boost::container::small_vector<std::size_t, 16> lengths;
    for (const auto argument : arguments) {
        values.push_back(argument.data());
        lengths.push_back(argument.size());
    }
    return redisAsyncCommandArgv(context_, callback, data, static_cast<int>(arguments.size()),
                                 values.data(), lengths.data()) == REDIS_OK;
}

void channel::close() {
    if (context_) redisAsyncFree(context_);
}

void channel::wait_to_read() {
    if (std::exchange(reading_, true)) return;
    descriptor_.async_wait(descriptor::wait_read,
                           [me = shared_from_this()](boost::system::error_code) {
                               me->reading_ = false;
                               if (me->context_) redisAsyncHandleRead(me->context_);
                           });
}

/// A connected socket nearly always takes the bytes, so the first try needs no wait: it is put
/// behind what else is ready, to collect the commands of this turn.
void channel::wait_to_write() {
    if (std::exchange(writing_, true)) return;
    auto go = [me = shared_from_this()](auto...) { me->write(); };
    if ((context_->c.flags & REDIS_CONNECTED) && !in_write_)
        net::post(descriptor_.get_executor(), std::move(go));
    else
        descriptor_.async_wait(descriptor::wait_write, std::move(go));
}

void channel::write() {
    writing_ = false;
    if (!context_) return;
    in_write_ = true;
    redisAsyncHandleWrite(context_);
    in_write_ = false;
}

void channel::detach() {
    context_ = nullptr;
    descriptor_.release();
    net::post(descriptor_.get_executor(), std::exchange(on_closed_, nullptr));
}

}  // namespace tenantry::redis
