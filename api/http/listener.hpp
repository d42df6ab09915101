// Accepts a process's connections and deals them to its servers, so that each thread serves as many
// as the others: those that one thread serves share its statements, and wait for them.
#pragma once

#include <vector>

#include "api/http/server.hpp"

namespace tenantry::http {

class listener {
public:
    /// Every member function is called on the thread that runs `context`, which outlives the
    /// listener, as the servers do: at least one.
    listener(net::io_context& context, std::vector<server*> servers);
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// Binds, to any port when that is 0, and accepts from now on. Throws
    /// boost::system::system_error when it cannot.
    void listen(const tcp::endpoint& local);

    /// The port that is listened on.
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// Accepts no more; the run of `context` can end.
    void stop();

private:
    task<> accept();
    boost::system::error_code accept_those_that_wait();
    server& least_busy() const;

    const std::vector<server*> servers_;
    tcp_acceptor acceptor_;
    steady_timer retry_;
};

}  // namespace tenantry::http
