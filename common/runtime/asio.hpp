// The Asio vocabulary of this program: every coroutine and I/O object runs on a plain io_context
// executor, because each thread owns its io_context and nothing pays for a type-erased executor.
#pragma once

#include <boost/asio.hpp>
#include <chrono>

namespace tenantry {

namespace net = boost::asio;

using executor = net::io_context::executor_type;

/// A coroutine of this program. Await it on the thread that runs its io_context.
template<class T = void>
using task = net::awaitable<T, executor>;

/// The one completion token: `auto [ec, value] = co_await operation(…, use_task);`. Test `ec` at
/// once.
inline constexpr auto use_task = net::as_tuple(net::use_awaitable_t<executor>{});

using tcp = net::ip::tcp;
using tcp_socket = net::basic_stream_socket<tcp, executor>;
using tcp_acceptor = net::basic_socket_acceptor<tcp, executor>;
using descriptor = net::posix::basic_stream_descriptor<executor>;
using steady_timer =
    net::basic_waitable_timer<std::chrono::steady_clock,
                              net::wait_traits<std::chrono::steady_clock>, executor>;
using signal_set = net::basic_signal_set<executor>;

}  // namespace tenantry
