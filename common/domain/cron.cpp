// Parses by a table of the five fields; finds ticks on the wall first, and then in time.
#include "common/domain/cron.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <stdexcept>
#include <vector>

namespace tenantry::domain {
namespace {

using namespace std::chrono;

struct field_rule {
    std::string_view name;
    unsigned low, high;
    std::span<const std::string_view> words{};  ///< the first one stands for `low`
};

constexpr std::string_view month_words[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view weekday_words[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr unsigned second_sunday = 7;
constexpr std::array fields{field_rule{"minute", 0, 59}, field_rule{"hour", 0, 23},
                            field_rule{"day of month", 1, 31},
                            field_rule{"month", 1, 12, month_words},
                            field_rule{"day of week", 0, second_sunday, weekday_words}};

struct shorthand {
    std::string_view word, expression;
};
constexpr shorthand shorthands[] = {{"@hourly", "0 * * * *"},
                                    {"@daily", "0 0 * * *"},
                                    {"@weekly", "0 0 * * 0"},
                                    {"@monthly", "0 0 1 * *"},
                                    {"@yearly", "0 0 1 1 *"}};

/// A 29th of February on a certain day of the week may be 40 years away.
constexpr years longest_wait{50};

error refusal(std::string_view place, std::string detail) {
    error e{.code = errc::invalid_value, .subject = std::string{place}};
    e.fields.push_back({std::string{place}, std::move(detail)});
    return e;
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (auto end = text.find(at); end != text.npos; end = text.find(at)) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> words;
    for (auto from = text.find_first_not_of(blanks); from != text.npos;
         from = text.find_first_not_of(blanks)) {
        text.remove_prefix(from);
        words.push_back(text.substr(0, text.find_first_of(blanks)));
        text.remove_prefix(words.back().size());
    }
    return words;
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<unsigned> by_word(std::string_view text, const field_rule& rule) {
    const auto same = [](char a, char b) { return (a | 0x20) == b; };
    for (std::size_t i = 0; i < rule.words.size(); ++i)
        if (std::ranges::equal(text, rule.words[i], same))
            return rule.low + static_cast<unsigned>(i);
    return std::nullopt;
}

result<unsigned> parse_value(std::string_view text, const field_rule& rule) {
    if (const auto value = by_word(text, rule)) return *value;
    const auto value = number(text);
    if (!value)
        return refusal(rule.name, fmt::format("'{}' is no number{}", text,
                                              rule.words.empty() ? "" : " and no name"));
    if (*value < rule.low || *value > rule.high)
        return refusal(rule.name,
                       fmt::format("{} is not in {} to {}", *value, rule.low, rule.high));
    return *value;
}

struct value_range {
    unsigned first, last;
};

result<value_range> parse_range(std::string_view text, const field_rule& rule) {
    if (text == "*") return value_range{rule.low, rule.high};
    const auto dash = text.find('-');
    const auto first = parse_value(text.substr(0, dash), rule);
    if (!first) return first.error();
    if (dash == text.npos) return value_range{*first, *first};
    const auto last = parse_value(text.substr(dash + 1), rule);
    if (!last) return last.error();
    if (*last < *first) return refusal(rule.name, fmt::format("{} runs backwards", text));
    return value_range{*first, *last};
}

/// One element of a list, as bits.
result<std::uint64_t> parse_element(std::string_view text, const field_rule& rule) {
    if (text.empty()) return refusal(rule.name, "an element of the list is empty");
    const auto slash = text.find('/');
    const auto base = text.substr(0, slash);
    const auto range = parse_range(base, rule);
    if (!range) return range.error();
    unsigned step = 1;
    if (slash != text.npos) {
        const auto given = number(text.substr(slash + 1));
        if (!given || *given < 1 || *given > rule.high)
            return refusal(rule.name, fmt::format("'{}' is no step; a step is in 1 to {}",
                                                  text.substr(slash + 1), rule.high));
        if (base != "*" && base.find('-') == base.npos)
            return refusal(rule.name, fmt::format("{}: a step needs a range or * before it", text));
        step = *given;
    }
    std::uint64_t bits = 0;
    for (auto value = range->first; value <= range->last; value += step)
        bits |= std::uint64_t{1} << value;
    return bits;
}

result<std::uint64_t> parse_field(std::string_view text, const field_rule& rule) {
    std::uint64_t bits = 0;
    for (const auto element : split(text, ',')) {
        const auto more = parse_element(element, rule);
        if (!more) return more.error();
        bits |= *more;
    }
    return bits;
}

result<std::string_view> without_shorthand(std::string_view expression) {
    const auto words = words_of(expression);
    if (words.size() != 1 || !words[0].starts_with('@')) return expression;
    std::vector<std::string_view> known;
    for (const auto& each : shorthands) {
        if (each.word == words[0]) return each.expression;
        known.push_back(each.word);
    }
    return refusal("expression",
                   fmt::format("{} is unknown; there are {}", words[0], fmt::join(known, ", ")));
}

bool has(std::uint64_t bits, unsigned value) {
    return (bits >> value & 1) != 0;
}

/// The first value from `from` on; 64 when there is none.
unsigned next_value(std::uint64_t bits, unsigned from) {
    return static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

}  // namespace

result<time_zone> time_zone::find(std::string_view name) {
    try {
        return time_zone{date::locate_zone(name)};
    } catch (const std::runtime_error&) {
        return refusal("time zone", fmt::format("the tz database has no '{}'", name));
    }
}

time_zone::stretch time_zone::stretch_at(timestamp instant) const {
    const auto info = zone_->get_info(floor<seconds>(instant));
    return {info.offset, info.end};
}

sys_seconds time_zone::first_instant(wall_minute shown) const {
    const date::local_seconds local{shown.time_since_epoch()};
    const auto info = zone_->get_info(local);
    if (info.result == date::local_info::nonexistent) return info.first.end;
    return sys_seconds{local.time_since_epoch() - info.first.offset};
}

result<cron> cron::parse(std::string_view expression) {
    const auto plain = without_shorthand(expression);
    if (!plain) return plain.error();
    const auto words = words_of(*plain);
    if (words.size() != fields.size())
        return refusal("expression",
                       fmt::format("it has {} fields, not the five minute, hour, day of month, "
                                   "month, day of week",
                                   words.size()));
    cron parsed;
    std::uint64_t* const into[] = {&parsed.minutes_, &parsed.hours_, &parsed.days_, &parsed.months_,
                                   &parsed.weekdays_};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto bits = parse_field(words[i], fields[i]);
        if (!bits) return bits.error();
        *into[i] = *bits;
    }
    if (has(parsed.weekdays_, second_sunday)) parsed.weekdays_ |= 1;
    parsed.any_hour_ = words[1].starts_with('*');
    parsed.any_day_ = words[2].starts_with('*');
    parsed.any_weekday_ = words[4].starts_with('*');
    if (!parsed.ever_comes()) return refusal("day of month", "none of its months has such a day");
    return parsed;
}

bool cron::ever_comes() const {
    if (!any_day_ && !any_weekday_) return true;
    constexpr year leap_year{2024};
    for (unsigned m = 1; m <= 12; ++m) {
        const year_month_day_last last{leap_year / month{m} / std::chrono::last};
        if (has(months_, m) && next_value(days_, 1) <= unsigned{last.day()}) return true;
    }
    return false;
}

bool cron::is_on(year_month_day date) const {
    const bool by_day = has(days_, unsigned{date.day()});
    const bool by_weekday = has(weekdays_, weekday{wall_day{date}}.c_encoding());
    return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

wall_day cron::next_day(wall_day from) const {
    const auto limit = from + longest_wait;
    for (auto day = from; day < limit;) {
        const year_month_day date{day};
        if (!has(months_, unsigned{date.month()}))
            day = wall_day{(date.year() / date.month() + months{1}) / 1};
        else if (is_on(date))
            return day;
        else
            day += days{1};
    }
    throw std::logic_error("a schedule that never comes");
}

std::optional<minutes> cron::next_time(minutes of_day) const {
    const auto hour = static_cast<unsigned>(floor<hours>(of_day).count());
    const auto minute = static_cast<unsigned>((of_day - hours{hour}).count());
    if (has(hours_, hour))
        if (const auto m = next_value(minutes_, minute); m < 60) return hours{hour} + minutes{m};
    const auto h = next_value(hours_, hour + 1);
    if (h >= 24) return std::nullopt;
    return hours{h} + minutes{next_value(minutes_, 0)};
}

wall_minute cron::next_match(wall_minute from) const {
    const auto today = floor<days>(from);
    auto day = next_day(today);
    if (day == today) {
        if (const auto time = next_time(from - today)) return today + *time;
        day = next_day(today + days{1});
    }
    return day + next_time(minutes{0}).value();
}

timestamp cron::next_tick(timestamp after, const time_zone& zone) const {
    return any_hour_ ? next_by_real_time(after, zone) : next_by_the_wall(after, zone);
}

// Instants rise with what the wall shows, but for the second pass of a repeated hour: there one
// match after another is already over, until the wall shows what it had not shown before.
timestamp cron::next_by_the_wall(timestamp after, const time_zone& zone) const {
    const auto shown = after + zone.stretch_at(after).offset;
    for (auto match = next_match(wall_minute{floor<minutes>(shown).time_since_epoch()});;
         match = next_match(match + minutes{1}))
        if (const auto at = zone.first_instant(match); at > after) return at;
}

timestamp cron::next_by_real_time(timestamp after, const time_zone& zone) const {
    for (timestamp from = after + microseconds{1};;) {
        const auto [offset, end] = zone.stretch_at(from);
        const auto match = next_match(wall_minute{ceil<minutes>(from + offset).time_since_epoch()});
        const sys_seconds at{match.time_since_epoch() - offset};
        if (at < end) return at;
        from = end;
    }
}

std::string reason_of(const error& refusal) {
    return fmt::format("{}: {}", refusal.fields.at(0).pointer, refusal.fields.at(0).detail);
}

}  // namespace tenantry::domain
