// Stands between libpq and PostgreSQL and counts what crosses: the honest number of round trips.
#pragma once

#include <array>
#include <boost/url.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/servers.hpp"

namespace tenantry::test {

/// Counts the messages of one type in a stream of PostgreSQL's protocol, version 3: a type byte and
/// a length that counts itself (chapter "Message Flow").
class message_counter {
public:
    /// `startup`: the stream begins with a message that has no type byte.
    message_counter(char type, bool startup) : type_{type}, startup_{startup} {}

    void read(const char* data, std::size_t size) {
        buffer_.append(data, size);
        while (true) {
            const std::size_t head = startup_ ? 0 : 1;
            if (buffer_.size() < head + 4) return;
            std::uint32_t length = 0;
            for (std::size_t i = 0; i < 4; ++i)
                length = length << 8 | static_cast<unsigned char>(buffer_[head + i]);
            if (buffer_.size() < head + length) return;
            if (!startup_ && buffer_[0] == type_) ++count;
            startup_ = false;
            buffer_.erase(0, head + length);
        }
    }

    int count = 0;

private:
    char type_;
    bool startup_;
    std::string buffer_;
};

/// Serves one connection.
class counting_proxy {
public:
    counting_proxy(executor ex, const std::string& database_url)
        : door_{ex, tcp::endpoint{net::ip::address_v4::loopback(), 0}},
          client_{ex},
          server_{ex},
          real_{database_url} {}

    /// The database's URL through the proxy, without TLS, which it could not read.
    std::string url() const {
        auto url = real_;
        url.set_port_number(door_.local_endpoint().port());
        url.set_query("sslmode=disable&gssencmode=disable");
        return std::string{url.buffer()};
    }

    /// What one exchange is made of; all three are 1 for one round trip and one transaction.
    struct counts {
        int trips = 0;    ///< times that the client spoke after the server had
        int syncs = 0;    ///< Sync messages: each ends an implicit transaction
        int readies = 0;  ///< ReadyForQuery messages: each answers a Sync
    };
    counts seen() const { return {trips_, syncs_.count, readies_.count}; }
    void forget() { trips_ = syncs_.count = readies_.count = 0; }

    /// Carries bytes until either side closes; keeps the proxy until then.
    static task<> serve(std::shared_ptr<counting_proxy> self) {
        const auto ex = co_await net::this_coro::executor;
        auto [ec] = co_await self->door_.async_accept(self->client_, use_task);
        if (ec) co_return;
        const tcp::endpoint there{net::ip::make_address(std::string{self->real_.host()}),
                                  self->real_.port_number()};
        auto [failed] = co_await self->server_.async_connect(there, use_task);
        if (failed) co_return;
        net::co_spawn(ex, carry_answers(self), net::detached);
        co_await self->carry_requests();
    }

private:
    task<> carry_requests() {
        std::array<char, 65536> buffer;
        while (true) {
            auto [ec, n] = co_await client_.async_read_some(net::buffer(buffer), use_task);
            if (ec) break;
            if (server_spoke_last_) ++trips_;
            server_spoke_last_ = false;
            syncs_.read(buffer.data(), n);
            co_await net::async_write(server_, net::buffer(buffer.data(), n), use_task);
        }
        close();
    }

    static task<> carry_answers(std::shared_ptr<counting_proxy> self) {
        std::array<char, 65536> buffer;
        while (true) {
            auto [ec, n] = co_await self->server_.async_read_some(net::buffer(buffer), use_task);
            if (ec) break;
            self->server_spoke_last_ = true;
            self->readies_.read(buffer.data(), n);
            co_await net::async_write(self->client_, net::buffer(buffer.data(), n), use_task);
        }
        self->close();
    }

    void close() {
        boost::system::error_code ignored;
        client_.close(ignored);
        server_.close(ignored);
    }

    tcp_acceptor door_;
    tcp_socket client_, server_;
    boost::urls::url real_;
    message_counter syncs_{'S', true}, readies_{'Z', false};
    int trips_ = 0;
    bool server_spoke_last_ = true;
};

}  // namespace tenantry::test
