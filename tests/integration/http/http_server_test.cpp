// What a connection is like while everybody keeps to the rules: order, keep-alive, stopping.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http/harness.hpp"

using namespace http_harness;

BOOST_AUTO_TEST_SUITE(http_server_test)

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_another) {
    running_server server;
    client c{server.port()};
    for (int i = 0; i < 3; ++i) {
        const auto r = c.send(get("/a?n=" + std::to_string(i))).receive();
        BOOST_TEST(status(r) == "200");
        BOOST_TEST(!has(r, "Connection:"));
        BOOST_TEST(body(r) == "GET /a?n=" + std::to_string(i) + " ");
    }
    BOOST_TEST(server.counters().accepted.value() == 1u);
    BOOST_TEST(server.counters().requests.value() == 3u);
}

BOOST_AUTO_TEST_CASE(fifty_requests_in_one_write_are_answered_in_order) {
    running_server server;
    client c{server.port()};
    std::string all;
    for (int i = 0; i < 50; ++i)
        all += post("/p/" + std::to_string(i), "body " + std::to_string(i));
    c.send(all);
    for (int i = 0; i < 50; ++i) {
        const auto n = std::to_string(i);
        BOOST_TEST(body(c.receive()) == "POST /p/" + n + " body " + n);
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_arrives_byte_by_byte_is_answered) {
    running_server server;
    client c{server.port()};
    for (const char byte : "\r\n" + post("/slow", "abc", "A: b\r\n")) c.send({&byte, 1});
    BOOST_TEST(body(c.receive()) == "POST /slow abc");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_joined_and_its_trailers_are_no_headers) {
    running_server server;
    client c{server.port()};
    c.send(
        "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nHost: other\r\n\r\n" +
        get("/next"));
    BOOST_TEST(body(c.receive()) == "POST /c abcde");
    BOOST_TEST(body(c.receive()) == "GET /next ");
}

BOOST_AUTO_TEST_CASE(head_has_the_headers_of_get_and_no_body) {
    running_server server;
    client c{server.port()};
    c.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto r = c.receive(true);
    BOOST_TEST(status(r) == "200");
    BOOST_TEST(has(r, "Content-Length: 8\r\n"));
    BOOST_TEST(body(r) == "");
    BOOST_TEST(body(c.send(get("/b")).receive()) == "GET /b ");
}

BOOST_AUTO_TEST_CASE(the_request_id_comes_back) {
    running_server server;
    client c{server.port()};
    BOOST_TEST(has(c.send(get("/", "X-Request-Id: abc\r\n")).receive(), "X-Request-Id: abc\r\n"));
}

BOOST_AUTO_TEST_CASE(expect_continue_is_answered_before_the_body_is_sent) {
    running_server server;
    client c{server.port()};
    c.send("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(c.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    BOOST_TEST(body(c.send("abc").receive()) == "POST /e abc");
}

BOOST_AUTO_TEST_CASE(expect_continue_is_not_answered_when_the_body_is_there_or_refused) {
    running_server server;
    client here{server.port()};
    here.send(post("/e", "abc", "Expect: 100-continue\r\n"));
    BOOST_TEST(body(here.receive()) == "POST /e abc");
    client refused{server.port()};
    refused.send(
        "POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(status(refused.receive()) == "413");
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_asked_to_stay) {
    running_server server;
    client closing{server.port()};
    const auto r = closing.send("GET /a HTTP/1.0\r\n\r\n").receive();
    BOOST_TEST(has(r, "Connection: close\r\n"));
    BOOST_TEST(closing.at_end());
    client staying{server.port()};
    staying.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(has(staying.receive(), "Connection: keep-alive\r\n"));
    BOOST_TEST(status(staying.send("GET /b HTTP/1.0\r\n\r\n").receive()) == "200");
}

BOOST_AUTO_TEST_CASE(either_side_can_ask_to_close) {
    running_server server;
    client asking{server.port()};
    BOOST_TEST(has(asking.send(get("/a", "Connection: close\r\n")).receive(), "Connection: close"));
    BOOST_TEST(asking.at_end());
    client told{server.port()};
    BOOST_TEST(has(told.send(get("/close")).receive(), "Connection: close"));
    BOOST_TEST(told.at_end());
}

BOOST_AUTO_TEST_CASE(a_client_that_only_stopped_sending_is_answered) {
    running_server server;
    client c{server.port()};
    c.send(get("/a")).finish_sending();
    BOOST_TEST(body(c.receive()) == "GET /a ");
    BOOST_TEST(c.at_end());
}

BOOST_AUTO_TEST_CASE(an_exception_is_answered_500_and_the_connection_goes_on) {
    running_server server;
    client c{server.port()};
    const auto r = c.send(get("/throw")).receive();
    BOOST_TEST(status(r) == "500");
    BOOST_TEST(has(r, "the handler failed"));
    BOOST_TEST(status(c.send(get("/throw-int")).receive()) == "500");
    BOOST_TEST(status(c.send(get("/a")).receive()) == "200");
    BOOST_TEST(server.counters().in_flight.value() == 0u);
}

BOOST_AUTO_TEST_CASE(a_response_larger_than_the_socket_buffer_arrives_whole) {
    running_server server;
    client c{server.port()};
    BOOST_TEST(body(c.send(get("/large")).receive()).size() == echo::large_body);
    BOOST_TEST(status(c.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_in_the_middle_of_a_response_harms_nobody) {
    running_server server;
    for (int i = 0; i < 10; ++i) client{server.port()}.send(get("/large")).reset();
    client waits{server.port()};
    waits.send(get("/wait"));
    server.await_waiting();
    waits.reset();
    server.open_gate();
    client c{server.port()};
    BOOST_TEST(status(c.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(a_drain_closes_idle_connections_and_answers_those_in_flight) {
    running_server server;
    client idle{server.port()};
    idle.send(get("/a")).receive();
    client fresh{server.port()};
    client busy{server.port()};
    busy.send(get("/wait"));
    server.await_waiting();
    auto drained = server.start_drain(10s);
    BOOST_TEST(idle.at_end());
    BOOST_TEST(fresh.at_end());
    BOOST_CHECK_THROW(client{server.port()}, boost::system::system_error);
    BOOST_TEST((drained.wait_for(0s) == std::future_status::timeout));
    server.open_gate();
    const auto r = busy.receive();
    BOOST_TEST(status(r) == "200");
    BOOST_TEST(has(r, "Connection: close\r\n"));
    busy.finish_sending();
    BOOST_TEST(drained.get());
    BOOST_TEST(server.counters().connections.value() == 0u);
}

BOOST_AUTO_TEST_CASE(a_drain_gives_up_at_its_bound) {
    running_server server;
    client stuck{server.port()};
    stuck.send(get("/wait"));
    server.await_waiting();
    BOOST_TEST(!server.drain(50ms));
    BOOST_TEST(stuck.at_end());
}

BOOST_AUTO_TEST_CASE(connections_are_dealt_to_the_thread_that_has_the_fewest) {
    running_server first;
    running_server second;
    const running_listener listener{{&first.server(), &second.server()}};
    std::vector<std::unique_ptr<client>> clients;
    const auto connect = [&](int count) {
        for (int i = 0; i < count; ++i) {
            clients.push_back(std::make_unique<client>(listener.port()));
            BOOST_TEST(status(clients.back()->send(get("/a")).receive()) == "200");
        }
    };
    const auto are_open = [&](std::size_t in_first, std::size_t in_second) {
        await([&] {
            return first.server().open() == in_first && second.server().open() == in_second;
        });
    };
    connect(32);
    are_open(16, 16);
    for (std::size_t i = 1; i < clients.size(); i += 2) clients[i].reset();
    are_open(16, 0);
    connect(17);
    are_open(17, 16);
    BOOST_TEST(first.counters().requests.value() + second.counters().requests.value() == 49u);
}

BOOST_AUTO_TEST_CASE(bytes_are_counted) {
    running_server server;
    client c{server.port()};
    const auto request = get("/a");
    const auto r = c.send(request).receive();
    BOOST_TEST(server.counters().bytes_read.value() == request.size());
    await([&] { return server.counters().bytes_written.value() == r.size(); });
}

BOOST_AUTO_TEST_SUITE_END()
