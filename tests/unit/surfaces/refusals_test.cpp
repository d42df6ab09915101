// Every surface has a status, its title and a sentence for every error, its own or the usual ones.
#include <boost/beast/http/status.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "api/routes.hpp"
#include "tests/unit/surfaces/every_errc.hpp"

namespace {

using namespace tenantry;

using titles = std::set<std::string_view>;

/// What a contract calls a status other than RFC 9110, section 15, does.
const std::map<std::pair<std::string_view, unsigned>, titles> titles_of_contracts{
    {{"woodpecker", 400}, {"Bad request"}},
    {{"woodpecker", 500}, {"Internal server error"}},
    {{"inboxops", 403}, {"Forbidden", "insufficient_scope"}},
    {{"inboxops", 409}, {"Conflict", "idempotency_conflict"}},
};

titles titles_of(std::string_view surface, unsigned status) {
    const auto own = titles_of_contracts.find({surface, status});
    if (own != titles_of_contracts.end()) return own->second;
    using boost::beast::http::int_to_status;
    return {std::string_view{boost::beast::http::obsolete_reason(int_to_status(status))}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals_test)

BOOST_AUTO_TEST_CASE(every_error_has_its_status_its_title_and_a_sentence_on_every_surface) {
    for (const auto& [surface, routes] : api::every_route())
        for (const auto code : test::every_errc()) {
            const auto r = surface->describe(
                {.code = code, .subject = "What it is about.", .cause = "a secret cause"});
            BOOST_TEST_CONTEXT(surface->name << " errc " << static_cast<int>(code)) {
                BOOST_TEST(r.status >= 400u);
                BOOST_TEST(titles_of(surface->name, r.status).contains(r.title), r.title);
                BOOST_TEST(r.detail.size() > 5u);
                BOOST_TEST(r.detail.find("secret") == std::string::npos);
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()
