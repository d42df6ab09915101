// The proxy does to connections what it says.
#include "tests/support/proxy.hpp"

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/support/redis_session.hpp"
#include "tests/support/servers.hpp"

namespace {

namespace net = tenantry::net;
using namespace tenantry::test;
using namespace std::chrono_literals;

struct behind_a_proxy {
    redis_server server{};
    proxy door{server.port()};
};

bool answers(redis_session& session) {
    try {
        return session.command({"PING"}) == "+PONG";
    } catch (const boost::system::system_error&) {
        return false;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_test)

BOOST_AUTO_TEST_CASE(it_passes_on_what_is_said) {
    behind_a_proxy here;
    redis_session session{here.door.port()};
    const std::string large(1 << 20, 'x');
    BOOST_TEST(session.command({"SET", "large", large}) == "+OK");
    BOOST_TEST(session.command({"GET", "large"}) == "$1048576");
}

BOOST_AUTO_TEST_CASE(it_holds_back_each_way) {
    behind_a_proxy here;
    redis_session session{here.door.port()};
    BOOST_TEST(answers(session));
    here.door.delay(100ms);
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(answers(session));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 200ms));
}

BOOST_AUTO_TEST_CASE(it_holds_back_one_way_alone) {
    behind_a_proxy here;
    redis_session through{here.door.port()};
    redis_session beside{here.server.port()};
    here.door.delay(0ms, 300ms);
    const auto begin = std::chrono::steady_clock::now();
    auto told = std::async(std::launch::async, [&] { return through.command({"SET", "a", "b"}); });
    BOOST_TEST(eventually([&] { return beside.command({"EXISTS", "a"}) == ":1"; }));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 300ms));
    BOOST_TEST(told.get() == "+OK");
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 300ms));
}

BOOST_AUTO_TEST_CASE(what_was_received_is_delivered_though_its_sender_has_gone) {
    behind_a_proxy here;
    here.door.delay(100ms);
    {
        net::io_context io;
        tenantry::tcp_socket sender{io.get_executor()};
        sender.connect({net::ip::address_v4::loopback(), here.door.port()});
        net::write(sender, net::buffer("SET left behind\r\n", 17));
    }
    redis_session session{here.server.port()};
    BOOST_TEST(eventually([&] { return session.command({"EXISTS", "left"}) == ":1"; }));
}

BOOST_AUTO_TEST_CASE(it_cuts_and_lets_them_come_again) {
    behind_a_proxy here;
    redis_session session{here.door.port()};
    BOOST_TEST(answers(session));
    here.door.cut();
    BOOST_TEST(!answers(session));
    redis_session another{here.door.port()};
    BOOST_TEST(answers(another));
}

BOOST_AUTO_TEST_CASE(it_refuses_until_it_accepts_again) {
    behind_a_proxy here;
    here.door.refuse();
    redis_session refused{here.door.port()};
    BOOST_TEST(!answers(refused));
    here.door.accept();
    redis_session accepted{here.door.port()};
    BOOST_TEST(answers(accepted));
}

BOOST_AUTO_TEST_CASE(new_connections_go_to_the_server_that_it_was_switched_to) {
    behind_a_proxy here;
    const redis_server other{};
    redis_session before{here.door.port()};
    before.command({"SET", "where", "here"});
    here.door.switch_to(other.port());
    redis_session after{here.door.port()};
    BOOST_TEST(after.command({"EXISTS", "where"}) == ":0");
    BOOST_TEST(before.command({"EXISTS", "where"}) == ":1");
}

BOOST_AUTO_TEST_SUITE_END()
