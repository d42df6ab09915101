// The redis:// scheme as its provisional IANA registration describes it, without TLS.
#include "common/redis/url.hpp"

#include <boost/url.hpp>
#include <charconv>
#include <stdexcept>

namespace tenantry::redis {
namespace {

[[noreturn]] void refuse(const char* why) {
    throw std::invalid_argument(std::string{"redis URL: "} + why);
}

int database_of(const std::string& path) {
    if (path.empty() || path == "/") return 0;
    int number = -1;
    const char* end = path.data() + path.size();
    const auto [stop, ec] = std::from_chars(path.data() + 1, end, number);
    if (ec != std::errc{} || stop != end || number < 0) refuse("the path is no database number");
    return number;
}

}  // namespace

address parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed) refuse("not a URL");
    const boost::urls::url_view url = *parsed;
    if (url.scheme() != "redis") refuse("the scheme is not redis");
    if (url.encoded_host().empty()) refuse("no host");
    if (url.has_query() || url.has_fragment()) refuse("a query or fragment means nothing here");
    address a{url.host_address()};
    if (url.has_port() && !url.port().empty()) {
        if (url.port_number() == 0) refuse("no such port");
        a.port = url.port_number();
    }
    a.user = url.user();
    a.password = url.password();
    if (!a.user.empty() && a.password.empty()) refuse("a user without a password");
    a.database = database_of(url.path());
    return a;
}

}  // namespace tenantry::redis
