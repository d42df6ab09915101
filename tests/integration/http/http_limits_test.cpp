// Every limit of the server, at its edge.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <list>

#include "tests/integration/http/harness.hpp"

using namespace http_harness;

namespace {

/// A GET whose head is `size` bytes.
std::string get_of(std::size_t size) {
    const auto least = get("/", "A: \r\n").size();
    return get("/", "A: " + std::string(size - least, 'a') + "\r\n");
}

/// A GET whose head is `size` bytes, nearly all of them target.
std::string get_of_target(std::size_t size) {
    return get('/' + std::string(size - get("/").size(), 'a'));
}

std::string chunked(std::string_view body, std::size_t chunk) {
    std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    while (!body.empty()) {
        const auto part = body.substr(0, chunk);
        body.remove_prefix(part.size());
        char size[32];
        std::snprintf(size, sizeof size, "%zx\r\n", part.size());
        text += size + std::string{part} + "\r\n";
    }
    return text + "0\r\n\r\n";
}

std::shared_ptr<http::admission> admitting(std::size_t connections, std::size_t requests) {
    return std::shared_ptr<http::admission>{new http::admission{
        .connections = http::places{connections}, .requests = http::places{requests}}};
}

std::string answer_to(running_server& server, std::string_view request) {
    client c{server.port()};
    return c.send(request).receive();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_limits_test)

BOOST_AUTO_TEST_CASE(headers_at_the_limit_pass_and_one_byte_more_is_431) {
    running_server server;
    const std::size_t limit = http::settings{}.header_limit;
    BOOST_TEST(status(answer_to(server, get_of(limit))) == "200");
    BOOST_TEST(status(answer_to(server, get_of(limit + 1))) == "431");
    BOOST_TEST(status(answer_to(server, get_of_target(limit))) == "200");
    BOOST_TEST(status(answer_to(server, get_of_target(limit + 1))) == "431");
    BOOST_TEST(status(answer_to(server, get_of(10 * limit))) == "431");
}

BOOST_AUTO_TEST_CASE(the_header_limit_counts_what_came_in_earlier_packets) {
    running_server server{{.header_limit = 512}};
    for (const std::size_t size : {512u, 513u}) {
        client c{server.port()};
        for (const char byte : get_of_target(size)) c.send({&byte, 1});
        BOOST_TEST(status(c.receive()) == (size == 512 ? "200" : "431"));
    }
    std::string many = get("/");
    many.resize(many.size() - 2);
    while (many.size() < 600) many += "A: b\r\n";
    BOOST_TEST(status(answer_to(server, many + "\r\n")) == "431");
}

BOOST_AUTO_TEST_CASE(a_body_at_the_limit_passes_and_one_byte_more_is_413) {
    running_server server{{.body_limit = 100'000}};
    const std::string most(100'000, 'b');
    BOOST_TEST(status(answer_to(server, post("/", most))) == "200");
    BOOST_TEST(status(answer_to(server, post("/", most + 'b'))) == "413");
    for (const std::size_t chunk : {1'000u, 99'999u, 200'000u}) {
        BOOST_TEST(status(answer_to(server, chunked(most, chunk))) == "200");
        BOOST_TEST(status(answer_to(server, chunked(most + 'b', chunk))) == "413");
    }
}

BOOST_AUTO_TEST_CASE(a_body_policy_overrides_the_limit) {
    running_server server{{.body_limit = 10}, {.max_bytes = 20, .json = false}};
    BOOST_TEST(status(answer_to(server, post("/", std::string(20, 'b')))) == "200");
    BOOST_TEST(status(answer_to(server, post("/", std::string(21, 'b')))) == "413");
}

BOOST_AUTO_TEST_CASE(a_refused_client_that_is_still_sending_sees_the_response_and_no_reset) {
    running_server server;
    client c{server.port()};
    const auto r = c.send(post("/", std::string(3 * 1024 * 1024, 'b'))).receive();
    BOOST_TEST(status(r) == "413");
    BOOST_TEST(has(r, "Connection: close\r\n"));
    BOOST_TEST(c.at_end());
    BOOST_TEST(!c.was_reset());
}

BOOST_AUTO_TEST_CASE(a_client_that_never_stops_sending_is_cut_off_at_the_linger_limit) {
    running_server server{{.linger_limit = 100'000}};
    client c{server.port()};
    c.send("GET / HTTP/9.9\r\n\r\n");
    const auto before = server.counters().bytes_read.value();
    for (int i = 0; i < 100; ++i) c.send(std::string(100'000, 'x'));
    c.receive_all();
    BOOST_TEST(server.counters().bytes_read.value() - before < 200'000u);
}

BOOST_AUTO_TEST_CASE(endless_chunk_extensions_and_trailers_are_refused) {
    running_server server;
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    BOOST_TEST(status(answer_to(server, head + "1;" + std::string(100'000, 'x'))) == "431");
    BOOST_TEST(status(answer_to(server, head + "0\r\nA: " + std::string(100'000, 'x'))) == "431");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_required_needs_a_length) {
    running_server server{{}, {.required = true, .json = true}};
    const std::string json = "Content-Type: application/json\r\n";
    BOOST_TEST(status(answer_to(server, "POST / HTTP/1.1\r\nHost: h\r\n" + json + "\r\n")) ==
               "411");
    BOOST_TEST(status(answer_to(server, "PATCH / HTTP/1.1\r\nHost: h\r\n\r\n")) == "411");
    BOOST_TEST(status(answer_to(server, get("/"))) == "200");
    BOOST_TEST(status(answer_to(server, post("/", "", json))) == "200");
    BOOST_TEST(status(answer_to(server, post("/", "{}", json))) == "200");
    BOOST_TEST(status(answer_to(server, "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n")) == "200");
}

BOOST_AUTO_TEST_CASE(a_body_of_another_media_type_is_415_and_of_another_encoding_400) {
    running_server server{{}, {.json = true}};
    const auto typed = [&](std::string_view type) {
        return answer_to(server, post("/", "{}", "Content-Type: " + std::string{type} + "\r\n"));
    };
    BOOST_TEST(status(typed("application/json")) == "200");
    BOOST_TEST(status(typed("application/x+json; charset=utf-8")) == "200");
    BOOST_TEST(status(typed("text/plain")) == "415");
    BOOST_TEST(status(answer_to(server, post("/", "{}"))) == "415");
    BOOST_TEST(status(answer_to(server, post("/", ""))) == "200");
    const auto unknown = std::to_string(static_cast<int>(errc::unknown_encoding)) + '|';
    BOOST_TEST(body(typed("application/json; charset=latin1")).starts_with(unknown));
    const auto coded =
        post("/", "{}", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n");
    BOOST_TEST(body(answer_to(server, coded)).starts_with(unknown));
    const auto identity =
        post("/", "{}", "Content-Type: application/json\r\nContent-Encoding: identity\r\n");
    BOOST_TEST(status(answer_to(server, identity)) == "200");
}

BOOST_AUTO_TEST_CASE(a_slow_header_is_408_and_closed) {
    running_server server{quick()};
    client c{server.port()};
    const auto r = c.send("GET / HTTP/1.1\r\nHo").receive();
    BOOST_TEST(status(r) == "408");
    BOOST_TEST(has(r, "Connection: close\r\n"));
    BOOST_TEST(c.at_end());
}

BOOST_AUTO_TEST_CASE(a_dripping_header_is_408_although_bytes_keep_coming) {
    running_server server{quick()};
    client c{server.port()};
    const auto start = std::chrono::steady_clock::now();
    c.send("GET / HTTP/1.1\r\nA: ");
    const auto drip = std::async(std::launch::async, [&] {
        for (int i = 0; i < 100 && server.counters().refused.value() == 0; ++i) {
            c.send("a");
            std::this_thread::sleep_for(5ms);  // this client is slow: that is what it is for
        }
    });
    drip.wait();
    BOOST_TEST(status(c.receive()) == "408");
    BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
}

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_is_closed_without_a_word) {
    running_server server{quick()};
    client silent{server.port()};
    BOOST_TEST(silent.receive_all() == "");
    client blank{server.port()};
    BOOST_TEST(blank.send("\r\n\r\n\r").receive_all() == "");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
    running_server server{quick()};
    client c{server.port()};
    BOOST_TEST(status(c.send(get("/a")).receive()) == "200");
    BOOST_TEST(c.at_end());
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_408_and_closed) {
    running_server server{quick()};
    for (const char* head :
         {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\na"}) {
        client c{server.port()};
        const auto r = c.send("POST / HTTP/1.1\r\nHost: h\r\n" + std::string{head}).receive();
        BOOST_TEST(status(r) == "408");
        BOOST_TEST(c.at_end());
    }
}

BOOST_AUTO_TEST_CASE(a_slow_handler_is_not_the_clients_fault) {
    running_server server{quick()};
    client c{server.port()};
    c.send(get("/wait"));
    server.await_waiting();
    client other{server.port()};
    BOOST_TEST(other.receive_all() == "");  // meanwhile every timeout of another client has passed
    server.open_gate();
    BOOST_TEST(status(c.receive()) == "200");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_cut_off) {
    running_server server{quick()};
    client c{server.port(), 4096};
    c.send(get("/large"));
    await([&] { return server.counters().bytes_written.value() > 0; });
    BOOST_TEST(server.counters().connections.value() == 1u);
    await([&] { return server.counters().connections.value() == 0; });
    BOOST_TEST(c.receive_all().size() < echo::large_body);
}

BOOST_AUTO_TEST_CASE(of_responses_that_nobody_takes_only_so_much_is_kept) {
    running_server server{{.unsent_limit = 2 * echo::large_body}};
    std::list<client> slow;
    for (int i = 0; i < 3; ++i)
        slow.emplace_back(server.port(), 4096).send(get("/large", "Connection: close\r\n"));
    await([&] { return server.counters().refused.value() == 1; });
    BOOST_TEST(std::ranges::count_if(
                   slow, [](auto& c) { return c.receive_all().size() > echo::large_body; }) == 2);
    client last{server.port(), 4096};
    BOOST_TEST(body(last.send(get("/large")).receive()).size() == echo::large_body);
    BOOST_TEST(server.counters().refused.value() == 1u);
}

BOOST_AUTO_TEST_CASE(of_bodies_that_arrive_only_so_much_is_kept) {
    running_server server{{.unanswered_limit = 256 * 1024}};
    const auto begin_body = [&](client& c) {
        const auto before = server.counters().bytes_read.value();
        c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n" +
               std::string(100'000, 'x'));
        await([&] { return server.counters().bytes_read.value() > before + 100'000; });
    };
    client first{server.port()}, second{server.port()}, third{server.port()};
    for (auto* each : {&first, &second, &third}) begin_body(*each);
    BOOST_TEST(status(first.receive()) == "408");
    BOOST_TEST(first.at_end());
    BOOST_TEST(status(second.send("x").receive()) == "200");
    BOOST_TEST(status(third.send("x").receive()) == "200");
    BOOST_TEST(status(client{server.port()}.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(a_large_body_that_finds_no_room_is_503) {
    running_server server{{.retry_after = 3s, .unanswered_limit = 150 * 1024}};
    const auto post = [](const char* path) {
        return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{}", path,
                           std::string(100'000, 'x'));
    };
    client busy{server.port()}, another{server.port()};
    busy.send(post("/wait"));  // its body is still wanted
    server.await_waiting();
    another.send(post("/wait"));
    server.await_waiting();
    const auto refused = client{server.port()}.send(post("/a")).receive();
    BOOST_TEST(status(refused) == "503");
    BOOST_TEST(has(refused, "Retry-After: 3"));
    server.open_gate();
    BOOST_TEST(status(busy.receive()) == "200");
    BOOST_TEST(status(another.receive()) == "200");
    BOOST_TEST(status(client{server.port()}.send(post("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(servers_that_admit_together_count_together) {
    const auto shared = admitting(2, 1);
    running_server one{{}, shared};
    running_server another{{}, shared};
    client busy{one.port()};
    busy.send(get("/wait"));
    one.await_waiting();
    auto second = std::make_unique<client>(another.port());
    BOOST_TEST(status(second->send(get("/a")).receive()) == "503");
    client third{another.port()};
    BOOST_TEST(has(third.send(get("/a")).receive(), "too many connections"));
    one.open_gate();
    BOOST_TEST(status(busy.receive()) == "200");
    BOOST_TEST(status(second->send(get("/a")).receive()) == "200");
    second.reset();
    await([&] { return another.counters().connections.value() == 0; });
    BOOST_TEST(status(client{one.port()}.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_503_with_retry_after) {
    running_server server{{.retry_after = 3s}, admitting(2, 100)};
    client first{server.port()};
    client second{server.port()};
    BOOST_TEST(status(first.send(get("/a")).receive()) == "200");
    BOOST_TEST(status(second.send(get("/a")).receive()) == "200");
    client third{server.port()};
    const auto r = third.send(get("/a")).receive();
    BOOST_TEST(status(r) == "503");
    BOOST_TEST(has(r, "Retry-After: 3\r\n"));
    BOOST_TEST(has(r, "Connection: close\r\n"));
    BOOST_TEST(has(r, "X-Request-Id: "));
    BOOST_TEST(third.at_end());
    BOOST_TEST(!third.was_reset());
    BOOST_TEST(server.counters().connections.value() == 2u);
    BOOST_TEST(status(first.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_CASE(one_request_in_flight_too_many_is_503_and_the_connection_goes_on) {
    running_server server{{}, admitting(100, 1)};
    client busy{server.port()};
    busy.send(get("/wait"));
    server.await_waiting();
    BOOST_TEST(server.counters().in_flight.value() == 1u);
    client other{server.port()};
    const auto r = other.send(post("/a", "body")).receive();
    BOOST_TEST(status(r) == "503");
    BOOST_TEST(has(r, "Retry-After: 1\r\n"));
    BOOST_TEST(!has(r, "Connection: close"));
    BOOST_TEST(status(other.send(get("/probe")).receive()) == "200");
    server.open_gate();
    BOOST_TEST(status(busy.receive()) == "200");
    BOOST_TEST(status(other.send(get("/a")).receive()) == "200");
}

BOOST_AUTO_TEST_SUITE_END()
