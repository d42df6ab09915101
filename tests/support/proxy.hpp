// A TCP proxy that is good and bad on demand: what stands between the programs and their servers
// when the network is to fail.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

namespace tenantry::test {

/// Forwards connections of the loopback, on a thread of its own. Each member returns when what it
/// says holds.
class proxy {
public:
    explicit proxy(std::uint16_t target);
    proxy(const proxy&) = delete;
    proxy& operator=(const proxy&) = delete;
    ~proxy();

    std::uint16_t port() const { return port_; }

    /// Holds back every chunk for so long; 0 passes it on at once. What was received is delivered
    /// even if its sender has gone meanwhile, as on a real network.
    void delay(std::chrono::milliseconds to_server, std::chrono::milliseconds to_client);
    void delay(std::chrono::milliseconds either_way) { delay(either_way, either_way); }
    /// Resets every connection; what was on its way is lost.
    void cut();
    /// Cuts, and resets whoever connects until accept().
    void refuse();
    void accept();
    /// New connections go to this port from now on; those that there are stay.
    void switch_to(std::uint16_t target);

private:
    class state;

    void tell(std::function<void()> what);

    std::unique_ptr<state> state_;
    std::uint16_t port_;
    std::thread thread_;
};

}  // namespace tenantry::test
