// Writes instants without the C library's locale, its time zone, or an allocation.
#include "common/runtime/timestamp_text.hpp"

namespace tenantry {
namespace {

template<class Number>
void put(rfc3339_text& text, std::size_t at, std::size_t digits, Number number) {
    while (digits-- > 0) {
        text[at + digits] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
}

}  // namespace

rfc3339_text rfc3339(timestamp instant) {
    using namespace std::chrono;
    const auto midnight = floor<days>(instant);
    const year_month_day day{midnight};
    const hh_mm_ss time{instant - midnight};
    rfc3339_text text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                      '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'};
    put(text, 0, 4, int{day.year()});
    put(text, 5, 2, unsigned{day.month()});
    put(text, 8, 2, unsigned{day.day()});
    put(text, 11, 2, time.hours().count());
    put(text, 14, 2, time.minutes().count());
    put(text, 17, 2, time.seconds().count());
    put(text, 20, 6, time.subseconds().count());
    return text;
}

std::string to_rfc3339(timestamp instant) {
    const auto text = rfc3339(instant);
    return {text.data(), text.size()};
}

std::string to_rfc3339_seconds(timestamp instant) {
    constexpr std::size_t to_the_second = 19;
    const auto text = rfc3339(instant);
    return std::string{text.data(), to_the_second} + 'Z';
}

}  // namespace tenantry
