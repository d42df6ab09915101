// Cron expressions: what is read and what is refused, a table of ticks about clock changes, and a
// model that goes minute by minute with the C library's own time zones.
#include "common/domain/cron.hpp"

#include <rapidcheck.h>
#include <stdlib.h>
#include <time.h>
#include <boost/test/unit_test.hpp>

#include "common/runtime/timestamp_text.hpp"

using namespace tenantry;
using namespace tenantry::domain;
using namespace std::chrono;

namespace {

timestamp at(const std::string& utc) {
    tm parts{};
    const char* end = ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    BOOST_TEST_REQUIRE((end && *end == '\0'), utc);
    return timestamp{seconds{::timegm(&parts)}};
}

cron parsed(std::string_view expression) {
    auto schedule = cron::parse(expression);
    BOOST_TEST_REQUIRE(schedule.has_value(), expression);
    return *schedule;
}

time_zone zone(std::string_view name) {
    return time_zone::find(name).value();
}

/// The ticks behind an instant, in a line.
std::string ticks(std::string_view expression, std::string_view in, const std::string& after,
                  int count) {
    const auto schedule = parsed(expression);
    std::string line;
    auto tick = at(after);
    for (int i = 0; i < count; ++i) {
        tick = schedule.next_tick(tick, zone(in));
        line += (line.empty() ? "" : " ") + to_rfc3339_seconds(tick);
    }
    return line;
}

std::string refused(std::string_view expression) {
    const auto schedule = cron::parse(expression);
    return schedule ? "it was not" : reason_of(schedule.error());
}

struct expected_ticks {
    const char* expression;
    const char* zone;
    const char* after;
    std::string ticks;
};

void check(const std::vector<expected_ticks>& table) {
    for (const auto& e : table) {
        const auto count = static_cast<int>(std::ranges::count(e.ticks, ' ')) + 1;
        BOOST_TEST(ticks(e.expression, e.zone, e.after, count) == e.ticks,
                   e.expression << " in " << e.zone << " after " << e.after << ": "
                                << ticks(e.expression, e.zone, e.after, count));
    }
}

// The model: it knows nothing but what the C library's clocks show, minute by minute.

using minute_count = std::int64_t;

/// The C library's local time for as long as this lives.
class local_clock {
public:
    explicit local_clock(const std::string& zone) {
        ::setenv("TZ", zone.c_str(), 1);
        ::tzset();
    }
    local_clock(const local_clock&) = delete;
    local_clock& operator=(const local_clock&) = delete;
    ~local_clock() {
        ::unsetenv("TZ");
        ::tzset();
    }

    /// What the clocks show, as if it were UTC.
    minute_count shown(minute_count instant) const {
        const time_t t = instant * 60;
        tm parts{};
        ::localtime_r(&t, &parts);
        return ::timegm(&parts) / 60;
    }
};

/// Which values of each field match, drawn as text and as what the text says.
struct drawn_field {
    std::string text;
    std::vector<bool> matches;
    bool star;
};

drawn_field draw_field(int low, int high) {
    drawn_field field{"", std::vector<bool>(high + 1, false), false};
    const auto mark = [&](int from, int to, int step) {
        for (int value = from; value <= to; value += step) field.matches[value] = true;
    };
    switch (*rc::gen::inRange(0, 5)) {
        case 0:
            field.star = true;
            field.text = "*";
            mark(low, high, 1);
            break;
        case 1: {
            const int step = *rc::gen::inRange(1, high + 1);
            field.star = true;
            field.text = "*/" + std::to_string(step);
            mark(low, high, step);
            break;
        }
        case 2: {
            const int from = *rc::gen::inRange(low, high + 1);
            const int to = *rc::gen::inRange(from, high + 1), step = *rc::gen::inRange(1, 6);
            field.text = fmt::format("{}-{}/{}", from, to, step);
            mark(from, to, step);
            break;
        }
        default:
            for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
                const int value = *rc::gen::inRange(low, high + 1);
                field.text += (field.text.empty() ? "" : ",") + std::to_string(value);
                mark(value, value, 1);
            }
    }
    return field;
}

struct model {
    drawn_field minute = draw_field(0, 59), hour = draw_field(0, 23), day = draw_field(1, 31),
                weekday = draw_field(0, 6);

    std::string expression() const {
        return fmt::format("{} {} {} * {}", minute.text, hour.text, day.text, weekday.text);
    }
    bool matches(minute_count shown) const {
        const time_t t = shown * 60;
        tm parts{};
        ::gmtime_r(&t, &parts);
        const bool by_day = day.matches[parts.tm_mday], by_weekday = weekday.matches[parts.tm_wday];
        const bool on = day.star || weekday.star ? by_day && by_weekday : by_day || by_weekday;
        return on && hour.matches[parts.tm_hour] && minute.matches[parts.tm_min];
    }
    bool is_tick(const local_clock& clock, minute_count instant) const {
        const auto shown = clock.shown(instant), before = clock.shown(instant - 1);
        if (hour.star) return matches(shown);
        for (auto skipped = before + 1; skipped < shown; ++skipped)
            if (matches(skipped)) return true;
        if (!matches(shown)) return false;
        constexpr int longest_repetition = 180;
        for (int ago = 1; ago <= longest_repetition; ++ago)
            if (clock.shown(instant - ago) == shown) return false;
        return true;
    }
};

/// Within the three days from there on, or nothing.
std::optional<minute_count> next_of(const model& schedule, const local_clock& clock,
                                    minute_count after) {
    for (auto instant = after + 1; instant < after + 3 * 24 * 60; ++instant)
        if (schedule.is_tick(clock, instant)) return instant;
    return std::nullopt;
}

struct changing_zone {
    const char* name;
    const char* about;  ///< an instant within a day of a clock change
};
constexpr changing_zone changing_zones[] = {{"Europe/Berlin", "2027-03-28T01:00:00Z"},
                                            {"Europe/Berlin", "2026-10-25T01:00:00Z"},
                                            {"America/New_York", "2026-03-08T07:00:00Z"},
                                            {"America/New_York", "2026-11-01T06:00:00Z"},
                                            {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
                                            {"Australia/Lord_Howe", "2027-04-03T15:00:00Z"},
                                            {"Asia/Kolkata", "2026-12-31T18:30:00Z"},
                                            {"UTC", "2028-02-29T00:00:00Z"},
                                            {"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
                                            {"Pacific/Apia", "2011-12-30T10:00:00Z"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(cron_test)

BOOST_AUTO_TEST_CASE(lists_ranges_steps_and_names_are_read) {
    check({
        {"*/20 * * * *", "UTC", "2026-01-01T00:00:00Z",
         "2026-01-01T00:20:00Z 2026-01-01T00:40:00Z 2026-01-01T01:00:00Z"},
        {"10-40/10 8 * * *", "UTC", "2026-01-01T00:00:00Z",
         "2026-01-01T08:10:00Z 2026-01-01T08:20:00Z 2026-01-01T08:30:00Z 2026-01-01T08:40:00Z"
         " 2026-01-02T08:10:00Z"},
        {"5,1-2,59 0 1 * *", "UTC", "2026-01-01T00:00:00Z",
         "2026-01-01T00:01:00Z 2026-01-01T00:02:00Z 2026-01-01T00:05:00Z 2026-01-01T00:59:00Z"
         " 2026-02-01T00:01:00Z"},
        {"0 9 * Jan-mar MON", "UTC", "2026-03-23T09:00:00Z",
         "2026-03-30T09:00:00Z 2027-01-04T09:00:00Z"},
        {"0\t0  * * 7", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
        {"0 0 * * sun", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
        {"0 0 * * 5-7", "UTC", "2026-01-01T00:00:00Z",
         "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z 2026-01-04T00:00:00Z 2026-01-09T00:00:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(shorthands_are_what_they_say) {
    check({
        {"@hourly", "UTC", "2025-12-31T22:30:00Z", "2025-12-31T23:00:00Z 2026-01-01T00:00:00Z"},
        {"@daily", "UTC", "2025-12-31T22:30:00Z", "2026-01-01T00:00:00Z 2026-01-02T00:00:00Z"},
        {"@weekly", "UTC", "2025-12-31T22:30:00Z", "2026-01-04T00:00:00Z 2026-01-11T00:00:00Z"},
        {"@monthly", "UTC", "2025-12-31T22:30:00Z", "2026-01-01T00:00:00Z 2026-02-01T00:00:00Z"},
        {"@yearly", "UTC", "2025-12-31T22:30:00Z", "2026-01-01T00:00:00Z 2027-01-01T00:00:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(day_of_month_and_day_of_week_are_either_when_both_are_restricted) {
    check({
        {"0 0 13 * fri", "UTC", "2026-11-01T00:00:00Z",
         "2026-11-06T00:00:00Z 2026-11-13T00:00:00Z 2026-11-20T00:00:00Z 2026-11-27T00:00:00Z"
         " 2026-12-04T00:00:00Z 2026-12-11T00:00:00Z 2026-12-13T00:00:00Z"},
        {"0 0 */2 * fri", "UTC", "2026-11-01T00:00:00Z",
         "2026-11-13T00:00:00Z 2026-11-27T00:00:00Z 2026-12-11T00:00:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(leap_days_and_the_ends_of_years_come) {
    check({
        {"0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"},
        // 2100 is no leap year: the longest wait there is.
        {"0 0 29 2 */7", "UTC", "2072-01-01T00:00:00Z",
         "2088-02-29T00:00:00Z 2128-02-29T00:00:00Z"},
        {"59 23 31 12 *", "Asia/Kolkata", "2026-06-01T00:00:00Z",
         "2026-12-31T18:29:00Z 2027-12-31T18:29:00Z"},
        {"0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z 2026-05-31T00:00:00Z"},
        {"30 5 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(a_fixed_time_that_is_skipped_is_made_up_for_behind_the_gap) {
    check({
        // 02:00 becomes 03:00 at 01:00Z.
        {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
         "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z"},
        {"0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
         "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z 2026-03-30T00:00:00Z"},
        {"30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
         "2026-03-08T07:00:00Z 2026-03-09T06:30:00Z"},
        // 02:00 becomes 02:30 at 15:30Z.
        {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
         "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z"},
        {"45 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:45:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(a_fixed_time_that_comes_twice_counts_the_first_time) {
    check({
        // 03:00 becomes 02:00 at 01:00Z.
        {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
         "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z"},
        {"30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
         "2026-11-01T05:30:00Z 2026-11-02T06:30:00Z"},
        // 02:00 becomes 01:30 at 15:00Z.
        {"45 1 * * *", "Australia/Lord_Howe", "2027-04-03T00:00:00Z",
         "2027-04-03T14:45:00Z 2027-04-04T15:15:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(with_a_star_for_the_hour_real_time_counts) {
    check({
        {"30 * * * *", "Europe/Berlin", "2026-03-28T23:45:00Z",
         "2026-03-29T00:30:00Z 2026-03-29T01:30:00Z 2026-03-29T02:30:00Z"},
        {"30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z",
         "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T02:30:00Z"},
        // The second hour does not come in March, and twice in October.
        {"30 */2 * * *", "Europe/Berlin", "2026-03-28T23:45:00Z",
         "2026-03-29T02:30:00Z 2026-03-29T04:30:00Z"},
        {"30 */2 * * *", "Europe/Berlin", "2026-10-24T23:45:00Z",
         "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T03:30:00Z"},
        {"45 * * * *", "Australia/Lord_Howe", "2027-04-03T14:00:00Z",
         "2027-04-03T14:45:00Z 2027-04-03T15:15:00Z 2027-04-03T16:15:00Z"},
        {"*/15 * * * *", "Australia/Lord_Howe", "2026-10-03T15:00:00Z",
         "2026-10-03T15:15:00Z 2026-10-03T15:30:00Z 2026-10-03T15:45:00Z"},
        {"0 * 29 2 *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2028-02-28T23:00:00Z"},
    });
}

BOOST_AUTO_TEST_CASE(a_tick_is_strictly_after_the_instant) {
    const auto schedule = parsed("0 * * * *");
    const auto utc = zone("UTC");
    const auto hour = at("2026-01-01T10:00:00Z");
    BOOST_TEST((schedule.next_tick(hour - microseconds{1}, utc) == hour));
    BOOST_TEST((schedule.next_tick(hour, utc) == hour + hours{1}));
    const auto fixed = parsed("0 10 * * *");
    BOOST_TEST((fixed.next_tick(hour - microseconds{1}, utc) == hour));
    BOOST_TEST((fixed.next_tick(hour, utc) == hour + hours{24}));
}

BOOST_AUTO_TEST_CASE(what_is_no_expression_is_refused_by_field_and_reason) {
    const std::vector<std::pair<const char*, const char*>> table{
        {"",
         "expression: it has 0 fields, not the five minute, hour, day of month, month, day of "
         "week"},
        {"0 0 * *",
         "expression: it has 4 fields, not the five minute, hour, day of month, month, "
         "day of week"},
        {"@reboot",
         "expression: @reboot is unknown; there are @hourly, @daily, @weekly, @monthly, "
         "@yearly"},
        {"60 * * * *", "minute: 60 is not in 0 to 59"},
        {"* 24 * * *", "hour: 24 is not in 0 to 23"},
        {"* * 0 * *", "day of month: 0 is not in 1 to 31"},
        {"* * * 13 *", "month: 13 is not in 1 to 12"},
        {"* * * * 8", "day of week: 8 is not in 0 to 7"},
        {"* * L * *", "day of month: 'L' is no number"},
        {"* * 15W * *", "day of month: '15W' is no number"},
        {"* * * january *", "month: 'january' is no number and no name"},
        {"-1 * * * *", "minute: '' is no number"},
        {"1,,2 * * * *", "minute: an element of the list is empty"},
        {"30-10 * * * *", "minute: 30-10 runs backwards"},
        {"*/0 * * * *", "minute: '0' is no step; a step is in 1 to 59"},
        {"*/ * * * *", "minute: '' is no step; a step is in 1 to 59"},
        {"5/10 * * * *", "minute: 5/10: a step needs a range or * before it"},
        {"99999999999 * * * *", "minute: '99999999999' is no number"},
        {"* * 30 2 *", "day of month: none of its months has such a day"},
        {"* * 31 4,6,9,11 *", "day of month: none of its months has such a day"}};
    for (const auto& [expression, reason] : table)
        BOOST_TEST(refused(expression) == reason, expression);
    BOOST_TEST(refused("0 0 30 2 mon") == "it was not");  // Mondays in February come
}

BOOST_AUTO_TEST_CASE(an_unknown_time_zone_is_refused) {
    BOOST_TEST(reason_of(time_zone::find("Mars/Olympus").error()) ==
               "time zone: the tz database has no 'Mars/Olympus'");
    BOOST_TEST(!time_zone::find("").has_value());
    BOOST_TEST(!time_zone::find("../../etc/passwd").has_value());
}

BOOST_AUTO_TEST_CASE(property_ticks_are_those_of_a_model_that_goes_minute_by_minute) {
    const auto held = rc::check([] {
        const auto& zone_of =
            changing_zones[*rc::gen::inRange<std::size_t>(0, std::size(changing_zones))];
        const model expected;
        const auto schedule = cron::parse(expected.expression());
        RC_PRE(schedule.has_value());
        const auto about = duration_cast<minutes>(at(zone_of.about).time_since_epoch()).count();
        const minute_count after = about + *rc::gen::inRange(-2000, 300);
        const local_clock clock{zone_of.name};
        const auto tick = schedule->next_tick(timestamp{minutes{after}}, zone(zone_of.name));
        RC_LOG() << expected.expression() << " in " << zone_of.name << " after "
                 << to_rfc3339_seconds(timestamp{minutes{after}}) << ": "
                 << to_rfc3339_seconds(tick) << '\n';
        if (const auto next = next_of(expected, clock, after))
            RC_ASSERT(tick == timestamp{minutes{*next}});
        else
            RC_ASSERT(tick >= timestamp{minutes{after} + days{3}});
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
