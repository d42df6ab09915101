#include "api/http/message.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <stdexcept>

using namespace tenantry::http;

namespace {

std::string serialized(const response& what, response_facts facts = {}) {
    facts.request_id = "r-1";
    facts.now = 784111777;
    std::string out;
    serialize(what, facts, out);
    return out;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_test)

BOOST_AUTO_TEST_CASE(a_target_splits_into_path_and_query) {
    request r;
    make_request(r, verb::get, "/a/b?x=1&y=2");
    BOOST_TEST(r.path() == "/a/b");
    BOOST_TEST(r.raw_query() == "x=1&y=2");
    BOOST_TEST(r.target() == "/a/b?x=1&y=2");
    BOOST_TEST(r.method_text() == "GET");
}

BOOST_AUTO_TEST_CASE(an_absolute_target_counts_from_its_path) {
    request r;
    make_request(r, verb::get, "http://example.com:80/a?x=1");
    BOOST_TEST(r.path() == "/a");
    BOOST_TEST(r.query("x").value() == "1");
    make_request(r, verb::get, "HTTPS://example.com?x=2");
    BOOST_TEST(r.path() == "/");
    BOOST_TEST(r.query("x").value() == "2");
}

BOOST_AUTO_TEST_CASE(an_asterisk_is_a_target_of_options_alone) {
    request r;
    make_request(r, verb::options, "*");
    BOOST_TEST(r.path() == "*");
    BOOST_CHECK_THROW(make_request(r, verb::get, "*"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(malformed_targets_are_refused) {
    for (const char* target :
         {"", "a", "host:443", "ftp://h/", "/a#b", "/%", "/%4", "/%zz", "/a?x=%g0", "/%00",
          "/?x=%00", "/%ff", "/%c3", "/\xff", "/%ed%a0%80"}) {
        request r;
        BOOST_TEST_CONTEXT(target) {
            BOOST_CHECK_THROW(make_request(r, verb::get, target), std::invalid_argument);
        }
    }
}

BOOST_AUTO_TEST_CASE(escapes_in_a_path_are_decoded_but_never_make_a_segment) {
    request r;
    make_request(r, verb::get, "/%61%2fb/%25/%C3%A9");
    BOOST_TEST(r.path() == "/a%2Fb/%25/\xc3\xa9");
    const std::string_view matched[] = {"a%2Fb", "%25", "plain"};
    r.set_path_parameters(matched);
    BOOST_TEST(r.path_parameter(0) == "a/b");
    BOOST_TEST(r.path_parameter(1) == "%");
    BOOST_TEST(r.path_parameter(2) == "plain");
    BOOST_TEST(r.path_parameter(3) == "");
    BOOST_TEST(r.path_parameter(max_path_parameters) == "");
}

BOOST_AUTO_TEST_CASE(a_query_value_is_the_first_and_decoded) {
    request r;
    make_request(r, verb::get, "/?a=1&a=2&b=x+y%2Bz&c&d=&e%20f=%C3%A9&=g&h=i=j");
    BOOST_TEST(r.query("a").value() == "1");
    BOOST_TEST(r.query("b").value() == "x y+z");
    BOOST_TEST(r.query("c").value() == "");
    BOOST_TEST(r.query("d").value() == "");
    BOOST_TEST(r.query("e f").value() == "\xc3\xa9");
    BOOST_TEST(r.query("h").value() == "i=j");
    BOOST_TEST(!r.query("x").has_value());
}

BOOST_AUTO_TEST_CASE(headers_are_found_in_any_case_and_the_first_counts) {
    request r;
    make_request(r, verb::get, "/", {{"X-Api-Key", "one"}, {"x-api-key", "two"}, {"Empty", ""}});
    BOOST_TEST(r.header("x-API-key") == "one");
    BOOST_TEST(r.has_header("EMPTY"));
    BOOST_TEST(r.header("empty") == "");
    BOOST_TEST(!r.has_header("X-Api-Ke"));
}

BOOST_AUTO_TEST_CASE(a_request_id_is_echoed_when_visible_and_at_most_128_characters) {
    request r;
    make_request(r, verb::get, "/", {{"X-Request-Id", std::string(max_request_id, 'x')}});
    BOOST_TEST(r.id() == std::string(max_request_id, 'x'));
    for (const std::string& bad :
         {std::string{}, std::string(max_request_id + 1, 'x'), std::string{"a b"},
          std::string{"a\x7f"}, std::string{"\xc3\xa9"}, std::string{"a\r\nb"}}) {
        make_request(r, verb::get, "/", {{"X-Request-Id", bad}});
        BOOST_TEST(r.id().size() == 32u);
        BOOST_TEST(r.id() != bad);
    }
}

BOOST_AUTO_TEST_CASE(made_request_ids_differ_beyond_one_refill_of_the_random_pool) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(make_request_id());
    BOOST_TEST(ids.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_cleared_request_keeps_nothing_but_its_peer) {
    request r;
    r.set_peer("127.0.0.1");
    make_request(r, verb::post, "/%61?x=1", {{"A", "b"}}, "body");
    const std::string_view matched[] = {"m"};
    r.set_path_parameters(matched);
    r.clear();
    BOOST_TEST(r.target() == "");
    BOOST_TEST(r.path() == "");
    BOOST_TEST(r.body() == "");
    BOOST_TEST(r.id() == "");
    BOOST_TEST(r.path_parameter(0) == "");
    BOOST_TEST(!r.has_header("A"));
    BOOST_TEST(!r.query("x").has_value());
    BOOST_TEST(r.peer() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_cleared_request_gives_back_the_memory_of_a_long_body) {
    request r;
    make_request(r, verb::post, "/", {}, std::string(1024, 'x'));
    const auto usual = r.mutable_body().capacity();
    r.clear();
    BOOST_TEST(r.mutable_body().capacity() == usual);
    make_request(r, verb::post, "/", {}, std::string(usual + 1, 'x'));
    r.clear();
    BOOST_TEST(r.mutable_body().capacity() < 1024u);
}

BOOST_AUTO_TEST_CASE(a_response_is_these_bytes) {
    const response r{.status = 201, .body = "{}", .headers = {{"Location", "/a/1"}}};
    BOOST_TEST(serialized(r) ==
               "HTTP/1.1 201 Created\r\n"
               "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
               "Content-Type: application/json\r\n"
               "Content-Length: 2\r\n"
               "X-Request-Id: r-1\r\n"
               "Location: /a/1\r\n"
               "\r\n"
               "{}");
}

BOOST_AUTO_TEST_CASE(a_head_response_has_the_length_of_the_body_it_leaves_out) {
    const auto text = serialized({.body = "{}"}, {.head = true});
    BOOST_TEST(contains(text, "Content-Length: 2\r\n"));
    BOOST_TEST(contains(text, "Content-Type: application/json\r\n"));
    BOOST_TEST(text.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(no_content_and_not_modified_have_neither_body_nor_length) {
    for (const unsigned status : {204u, 304u}) {
        const auto text = serialized({.status = status, .body = "ignored"});
        BOOST_TEST(!contains(text, "Content-"));
        BOOST_TEST(text.ends_with("\r\n\r\n"));
    }
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_large_body_is_given_back) {
    request r;
    r.mutable_body().assign(1024 * 1024, 'x');
    r.clear();
    BOOST_TEST(r.mutable_body().capacity() < 1024u);
    r.mutable_body().assign(1024, 'x');
    r.clear();
    BOOST_TEST(r.mutable_body().capacity() >= 1024u);
}

BOOST_AUTO_TEST_CASE(a_head_of_any_form_leaves_little_memory_behind) {
    constexpr std::size_t most_left = 6 * 1024;
    const std::string long_text(15'000, 'x');
    request r;
    for (int i = 0; i < 4000; ++i) r.add_header("a", "");
    r.clear();
    BOOST_TEST(r.held_memory() < most_left);
    make_request(r, verb::get, "/%41" + long_text, {{"X-Request-Id", std::string(128, 'x')}});
    const auto path = r.path();
    const std::string escaped = "a%2F" + long_text;
    const std::string_view parameters[] = {path, escaped};
    r.set_path_parameters(parameters);
    r.clear();
    BOOST_TEST(r.held_memory() < most_left);
}

BOOST_AUTO_TEST_CASE(a_connections_thousandth_request_takes_no_more_memory_than_its_first) {
    request r;
    for (int i = 0; i < 1000; ++i) {
        r.clear();
        BOOST_REQUIRE_NO_THROW(r.memory()->allocate(100));
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_has_a_length_and_no_type) {
    const auto text = serialized({.status = 200});
    BOOST_TEST(contains(text, "Content-Length: 0\r\n"));
    BOOST_TEST(!contains(text, "Content-Type"));
}

BOOST_AUTO_TEST_CASE(connection_is_said_only_when_it_is_not_the_default) {
    BOOST_TEST(!contains(serialized({}), "Connection"));
    BOOST_TEST(contains(serialized({}, {.keep_alive = false}), "Connection: close\r\n"));
    BOOST_TEST(contains(serialized({.close = true}), "Connection: close\r\n"));
    BOOST_TEST(contains(serialized({}, {.http_1_0 = true}), "Connection: keep-alive\r\n"));
    BOOST_TEST(
        contains(serialized({}, {.http_1_0 = true, .keep_alive = false}), "Connection: close\r\n"));
}

BOOST_AUTO_TEST_CASE(no_header_value_can_end_its_line) {
    const response r{.content_type = "text/plain\r\nA: b",
                     .body = "x",
                     .headers = {{"X", std::string{"a\r\nSet-Cookie: c\n\0d\te", 21}},
                                 {"Y\r\nZ", "v"},
                                 {"", "v"},
                                 {"a b", "v"}}};
    const auto text = serialized(r);
    BOOST_TEST(contains(text, "\r\nContent-Type: text/plain  A: b\r\n"));
    BOOST_TEST(contains(text, "\r\nX: a  Set-Cookie: c  d\te\r\n"));
    BOOST_TEST(!contains(text, "Z"));
    BOOST_TEST(!contains(text, "\r\n: v"));
    BOOST_TEST(!contains(text, "a b"));
}

BOOST_AUTO_TEST_CASE(header_lines_are_found_by_their_name) {
    header_lines lines{{"A", "1"}, {"A", "2"}, {"AB", "x: y"}};
    lines.add("N", -5);
    lines.add_formatted("F", "{}-{}", 1, "two");
    lines.add(header_lines{{"Z", ""}});
    BOOST_TEST(lines.find("A").value() == "1");
    BOOST_TEST(lines.find("AB").value() == "x: y");
    BOOST_TEST(lines.find("N").value() == "-5");
    BOOST_TEST(lines.find("F").value() == "1-two");
    BOOST_TEST(lines.find("Z").value() == "");
    BOOST_TEST(!lines.find("B").has_value());
    BOOST_TEST(lines.text().starts_with("\r\nA: 1\r\nA: 2"));
}

BOOST_AUTO_TEST_CASE(the_date_follows_the_clock) {
    std::string out;
    serialize({}, {.now = 0}, out);
    BOOST_TEST(contains(out, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
    out.clear();
    serialize({}, {.now = 951782400}, out);
    BOOST_TEST(contains(out, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
