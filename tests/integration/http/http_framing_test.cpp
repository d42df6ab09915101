// Requests that two readers could read differently, the raw material of request smuggling: each is
// refused and the connection closed, so nothing behind it is ever read as a request.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http/harness.hpp"

using namespace http_harness;

namespace {

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

std::string with(std::string_view headers, std::string_view body = {}) {
    return "POST /p HTTP/1.1\r\nHost: h\r\n" + std::string{headers} + "\r\n" + std::string{body};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_framing_test)

BOOST_AUTO_TEST_CASE(ambiguous_or_malformed_requests_are_400_and_end_the_connection) {
    const std::string nul{"A: a\0b\r\n", 8};
    const std::pair<const char*, std::string> table[] = {
        {"length then coding",
         with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding then length",
         with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
        {"two lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")},
        {"equal lengths", with("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")},
        {"a list of lengths", with("Content-Length: 3, 3\r\n", "abc")},
        {"a signed length", with("Content-Length: +3\r\n", "abc")},
        {"a negative length", with("Content-Length: -3\r\n", "abc")},
        {"a hex length", with("Content-Length: 0x3\r\n", "abc")},
        {"an empty length", with("Content-Length:\r\n", "abc")},
        {"a huge length", with("Content-Length: 99999999999999999999\r\n", "abc")},
        {"two codings",
         with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"a coding before chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        {"a coding after chunked", with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        {"identity", with("Transfer-Encoding: identity\r\n", "abc")},
        {"identity and a length",
         with("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc")},
        {"a misspelt coding", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        {"an empty coding", with("Transfer-Encoding:\r\n", "0\r\n\r\n")},
        {"a coding in 1.0", "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"a space before the colon", with("Content-Length : 3\r\n", "abc")},
        {"a space before the name", with(" Content-Length: 3\r\n", "abc")},
        {"a folded line", with("A: b\r\n c\r\n")},
        {"a folded coding", with("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
        {"a folded line with a tab", with("A: b\r\n\tc\r\n")},
        {"nul in a value", with(nul)},
        {"nul in a name", with(std::string{"A\0: b\r\n", 7})},
        {"a bare CR in a value", with("A: b\rc\r\n")},
        {"LF only", "GET /p HTTP/1.1\nHost: h\n\n"},
        {"LF only in the headers", "GET /p HTTP/1.1\r\nHost: h\n\r\n"},
        {"a header without a colon", with("Content-Length\r\n")},
        {"a header without a name", with(": 3\r\n")},
        {"no host", "GET /p HTTP/1.1\r\n\r\n"},
        {"two hosts", "GET /p HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        {"an unknown version", "GET /p HTTP/2.0\r\nHost: h\r\n\r\n"},
        {"an old version", "GET /p HTTP/0.9\r\nHost: h\r\n\r\n"},
        {"no version", "GET /p\r\nHost: h\r\n\r\n"},
        {"lower case version", "GET /p http/1.1\r\nHost: h\r\n\r\n"},
        {"two spaces", "GET  /p HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"no method", " /p HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a tunnel", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"an invalid escape", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a TLS hello", std::string{"\x16\x03\x01\x02\x00\x01", 6}},
        {"a chunk size that is no hex", with("Transfer-Encoding: chunked\r\n", "xyz\r\nabc\r\n")},
        {"a chunk size of 17 digits",
         with("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n")},
        {"a chunk longer than said",
         with("Transfer-Encoding: chunked\r\n", "3\r\nabcdef\r\n0\r\n\r\n")},
        {"a chunk that ends in LF", with("Transfer-Encoding: chunked\r\n", "3\nabc\n0\n\n\r\n")},
    };
    running_server server;
    for (const auto& [name, request] : table) {
        BOOST_TEST_CONTEXT(name) {
            client c{server.port()};
            c.send(request + smuggled);
            c.finish_sending();
            const auto all = c.receive_all();
            BOOST_TEST(status(all) == "400");
            BOOST_TEST(has(all, "Connection: close\r\n"));
            BOOST_TEST(!has(all, "200 OK"));
            BOOST_TEST(!has(all, "smuggled"));
        }
    }
    BOOST_TEST(server.counters().requests.value() == 0u);
}

BOOST_AUTO_TEST_CASE(unknown_codings_are_named_as_such) {
    running_server server;
    client c{server.port()};
    c.send(with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"));
    BOOST_TEST(body(c.receive())
                   .starts_with(std::to_string(static_cast<int>(errc::unknown_encoding)) + "|"));
}

BOOST_AUTO_TEST_CASE(a_refusal_knows_the_path_so_that_its_surface_can_word_it) {
    running_server server;
    client c{server.port()};
    c.send("POST /v1/%61?x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n");
    BOOST_TEST(has(c.receive(), "|/v1/a|"));
}

BOOST_AUTO_TEST_CASE(what_is_unusual_but_unambiguous_is_served) {
    const std::pair<const char*, std::string> table[] = {
        {"an empty line before", "\r\n\r\nGET /p HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"no space after the colon", "GET /p HTTP/1.1\r\nHost:h\r\nA:b\r\n\r\n"},
        {"blanks around a value", with("Content-Length: \t 3 \t\r\n", "abc")},
        {"an empty value", with("A:\r\nContent-Length: 0\r\n")},
        {"an empty host", "GET /p HTTP/1.1\r\nHost:\r\n\r\n"},
        {"an absolute target", "GET http://h/p HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"an unknown method", "BREW /p HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"upper case chunked", with("Transfer-Encoding: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n")},
        {"leading zeros of a chunk",
         with("Transfer-Encoding: chunked\r\n", "0003\r\nabc\r\n0\r\n\r\n")},
    };
    running_server server;
    for (const auto& [name, request] : table) {
        BOOST_TEST_CONTEXT(name) {
            client c{server.port()};
            BOOST_TEST(status(c.send(request).receive()) == "200");
            BOOST_TEST(body(c.send(get("/next")).receive()) == "GET /next ");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
