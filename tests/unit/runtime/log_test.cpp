#include "common/runtime/log.hpp"

#include <fcntl.h>
#include <rapidcheck.h>
#include <unistd.h>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <thread>

#include "common/domain/ids.hpp"

using namespace tenantry;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

// A running log whose lines can be read back.
class captured_log {
public:
    explicit captured_log(log::level threshold, std::size_t queue_lines = 8192) {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        log::start({.threshold = threshold, .descriptor = ends_[1], .queue_lines = queue_lines});
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log() {
        log::stop();
        for (const int end : ends_) ::close(end);
    }

    int writing_end() const { return ends_[1]; }

    // Stops the log; reads while it does, since a pipe holds little.
    std::string text() {
        std::string all;
        std::jthread reader{[this, &all] {
            std::array<char, 4096> part;
            for (ssize_t n = 0; (n = ::read(ends_[0], part.data(), part.size())) > 0;)
                all.append(part.data(), n);
        }};
        log::stop();
        ::close(std::exchange(ends_[1], -1));
        reader.join();
        return all;
    }

    std::vector<json::object> lines() {
        std::vector<json::object> parsed;
        const auto all = text();
        for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1)
            parsed.push_back(json::parse(all.substr(at, all.find('\n', at) - at)).as_object());
        return parsed;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

json::object only_line(log::fields fields, std::string_view message = "m") {
    captured_log captured{log::level::info};
    log::info(message, fields);
    const auto lines = captured.lines();
    BOOST_REQUIRE(lines.size() == 1);
    return lines[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_line_is_one_json_object_with_its_fields_in_their_types) {
    const std::string text = "text";
    const auto line = only_line({{"id", tenantry::domain::company_id{7}},
                                 {"text", text},
                                 {"literal", "x"},
                                 {"yes", true},
                                 {"negative", -1},
                                 {"large", ~std::uint64_t{0}},
                                 {"half", 0.5},
                                 {"nan", std::numeric_limits<double>::quiet_NaN()},
                                 {"took", 1500us}},
                                "company created");
    BOOST_TEST(line.at("msg") == "company created");
    BOOST_TEST(line.at("level") == "info");
    BOOST_TEST(line.at("time").as_string().size() == 27);
    BOOST_TEST(line.at("id") == 7);
    BOOST_TEST(line.at("text") == "text");
    BOOST_TEST(line.at("literal") == "x");
    BOOST_TEST(line.at("yes") == true);
    BOOST_TEST(line.at("negative") == -1);
    BOOST_TEST(line.at("large").to_number<std::uint64_t>() == ~std::uint64_t{0});
    BOOST_TEST(line.at("half") == 0.5);
    BOOST_TEST(line.at("nan").is_null());
    BOOST_TEST(line.at("took_ms") == 1.5);
}

BOOST_AUTO_TEST_CASE(levels_below_the_threshold_are_not_written) {
    captured_log captured{log::level::warn};
    BOOST_TEST(!log::enabled(log::level::info));
    log::trace("no");
    log::debug("no");
    log::info("no");
    log::access({.method = "GET",
                 .target = "/",
                 .status = 200,
                 .bytes = 0,
                 .took = 1ms,
                 .request_id = "r",
                 .remote = "::1"});
    log::warn("yes");
    log::error("yes");
    BOOST_TEST(captured.lines().size() == 2);
}

BOOST_AUTO_TEST_CASE(off_is_off) {
    captured_log captured{log::level::off};
    log::error("no");
    BOOST_TEST(captured.text() == "");
}

BOOST_AUTO_TEST_CASE(keys_are_redacted_in_messages_and_fields) {
    const auto line = only_line({{"header", "Bearer ixk_7abc"}}, "got ixk_7abc");
    BOOST_TEST(line.at("msg") == "got ixk_…");
    BOOST_TEST(line.at("header") == "Bearer ixk_…");
}

BOOST_AUTO_TEST_CASE(control_characters_and_bad_utf8_make_valid_json) {
    BOOST_TEST(only_line({}, "a\"b\\c\nd\x01\x7f é").at("msg") == "a\"b\\c\nd\x01\x7f é");
    BOOST_TEST(only_line({}, "a\xff\xc3z").at("msg") == "a\uFFFD\uFFFDz");
    BOOST_TEST(only_line({}, "\xed\xa0\x80").at("msg") == "\uFFFD\uFFFD\uFFFD");
}

BOOST_AUTO_TEST_CASE(property_any_bytes_make_a_line_that_parses) {
    BOOST_TEST(rc::check([](const std::string& bytes) {
        captured_log captured{log::level::info};
        log::info(bytes, {{"field", bytes}});
        const auto lines = captured.lines();
        RC_ASSERT(lines.size() == 1U);
        RC_ASSERT(lines[0].at("msg") == lines[0].at("field"));
    }));
}

BOOST_AUTO_TEST_CASE(an_access_line_has_an_agency_only_where_there_is_one) {
    captured_log captured{log::level::info};
    log::access_line line{.method = "POST",
                          .target = "/rest/v2/agency/companies",
                          .status = 201,
                          .bytes = 99,
                          .took = 2ms,
                          .request_id = "r1",
                          .remote = "127.0.0.1"};
    log::access(line);
    line.agency_id = 7;
    log::access(line);
    const auto lines = captured.lines();
    BOOST_REQUIRE(lines.size() == 2);
    BOOST_TEST(lines[0].at("status") == 201);
    BOOST_TEST(lines[0].at("took_ms") == 2.0);
    BOOST_TEST(lines[0].at("request_id") == "r1");
    BOOST_TEST(!lines[0].contains("agency_id"));
    BOOST_TEST(lines[1].at("agency_id") == 7);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_come_out_whole_and_all) {
    captured_log captured{log::level::info, 100'000};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([t] {
                for (int i = 0; i < 100; ++i) log::info("line", {{"thread", t}, {"i", i}});
            });
    }
    BOOST_TEST(captured.lines().size() == 400);
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_oldest_lines_and_counts_them) {
    // Nobody reads yet: the writer gathers 64 KiB, blocks on the full pipe, and lines of a kilobyte
    // pile up behind it.
    constexpr std::size_t queue = 8, gathered = 65, written = 1000;
    captured_log captured{log::level::info, queue};
    const int capacity = ::fcntl(captured.writing_end(), F_GETPIPE_SZ);
    BOOST_REQUIRE(capacity > 0);
    const std::string blank(capacity, ' '), kilobyte(1024, 'x');
    BOOST_REQUIRE(::write(captured.writing_end(), blank.data(), blank.size()) == capacity);
    for (std::size_t i = 1; i <= written; ++i) log::info(kilobyte, {{"i", i}});
    const auto dropped = log::dropped();
    BOOST_TEST(dropped >= written - queue - gathered);
    const auto lines = captured.lines();
    BOOST_TEST(lines.back().at("i") == written);
    BOOST_TEST(lines.size() + dropped == written);
}

BOOST_AUTO_TEST_CASE(without_a_log_nothing_happens) {
    log::error("nobody hears this");
    log::write(log::level::error, "nor this", {});
    BOOST_TEST(log::dropped() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
