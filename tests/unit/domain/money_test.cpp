#include "common/domain/money.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace tenantry::domain;

namespace {

constexpr currency usd{"USD"}, eur{"EUR"};
constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();

}  // namespace

BOOST_AUTO_TEST_SUITE(money_test)

BOOST_AUTO_TEST_CASE(amounts_of_one_currency_add_and_multiply) {
    BOOST_TEST((money{1050, usd} + money{-50, usd} == money{1000, usd}));
    BOOST_TEST((money{1050, usd} - money{1100, usd} == money{-50, usd}));
    BOOST_TEST((money{1050, usd} * 3 == money{3150, usd}));
    BOOST_TEST((-money{5, usd} == money{-5, usd}));
}

BOOST_AUTO_TEST_CASE(two_currencies_never_meet) {
    BOOST_CHECK_THROW((money{1, usd} + money{1, eur}), std::logic_error);
    BOOST_CHECK_THROW((money{1, usd} - money{1, eur}), std::logic_error);
    BOOST_TEST((money{1, usd} != money{1, eur}));
}

BOOST_AUTO_TEST_CASE(an_overflow_throws_instead_of_wrapping) {
    BOOST_TEST((money{most - 1, usd} + money{1, usd}).minor == most);
    BOOST_CHECK_THROW((money{most, usd} + money{1, usd}), std::overflow_error);
    BOOST_CHECK_THROW((money{least, usd} - money{1, usd}), std::overflow_error);
    BOOST_CHECK_THROW((money{most, usd} * 2), std::overflow_error);
    BOOST_CHECK_THROW((-money{least, usd}), std::overflow_error);
}

BOOST_AUTO_TEST_CASE(a_currency_is_three_capital_letters) {
    BOOST_TEST(usd.code() == "USD");
    for (const auto* bad : {"", "US", "USDT", "usd", "U$D"})
        BOOST_CHECK_THROW(currency{bad}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
