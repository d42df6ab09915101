#include "api/application.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/guard/idempotency.hpp"
#include "api/http/problem.hpp"
#include "api/openapi/serve.hpp"
#include "common/runtime/log.hpp"

namespace tenantry::api {

namespace {

using http::verb;

bool is_unauthenticated(errc code) {
    return code == errc::missing_key || code == errc::malformed_key || code == errc::unknown_key ||
           code == errc::revoked_key || code == errc::missing_session ||
           code == errc::invalid_session;
}

/// Which of two values counts is not to be guessed: another reader on the way may take the other.
std::string_view repeated_header(const http::request_head& request) {
    constexpr std::string_view single[] = {"Authorization", "x-api-key", "x-company-id",
                                           "x-session-token", "Idempotency-Key"};
    const auto* found = std::ranges::find_if(
        single, [&](std::string_view name) { return request.count_headers(name) > 1; });
    return found == std::ranges::end(single) ? std::string_view{} : *found;
}

bool is_under(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) &&
           (prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool belongs_to(const surfaces::surface& surface, std::string_view path) {
    return std::ranges::any_of(surface.prefixes,
                               [&](std::string_view prefix) { return is_under(path, prefix); });
}

/// Both spellings: the older one that the contracts have, and the IETF's
/// (draft-ietf-httpapi-ratelimit-headers).
void add_allowance(http::response& response, const domain::allowance& a, timestamp now) {
    const auto full_at = std::chrono::system_clock::to_time_t(now + a.full_in());
    auto& headers = response.headers;
    // A burst above the minute's figure is a grace: nobody is told of more than the figure.
    const auto remaining = std::min<std::int64_t>(a.remaining(), a.limit.per_minute);
    headers.add("X-RateLimit-Limit", a.limit.per_minute);
    headers.add("X-RateLimit-Remaining", remaining);
    headers.add("X-RateLimit-Reset", full_at);
    headers.add_formatted("RateLimit-Policy", "\"minute\";q={};w=60", a.limit.per_minute);
    headers.add_formatted("RateLimit", "\"minute\";r={};t={}", remaining, a.full_in().count());
}

bool is_our_failure(unsigned status) {
    return status >= 500;
}

}  // namespace

application::application(service::environment& env, guard::authenticator& authenticator,
                         guard::rate_limiter& limiter, guard::session_guard& sessions,
                         const readiness& ready, http::cors_policy cors, access_log logged)
    : env_{env},
      authenticator_{authenticator},
      limiter_{limiter},
      sessions_{sessions},
      ready_{ready},
      cors_{std::move(cors)},
      logged_{logged} {
    const auto* first = every_route().front().surface;
    std::vector<http::route_pattern> patterns{{verb::get, "/healthz"}, {verb::get, "/readyz"}};
    entries_ = {{first, nullptr, &application::health},
                {first, nullptr, &application::readiness_response}};
    for (const auto& asset : openapi::every_asset()) {
        patterns.push_back({verb::get, asset.path});
        entries_.push_back({first, nullptr, nullptr, &asset});
    }
    for (const auto& [surface, routes] : every_route())
        for (const auto& route : routes) {
            patterns.push_back({route.method, route.path});
            entries_.push_back({surface, &route});
        }
    router_ = std::make_unique<http::router>(patterns);
}

task<http::response> application::handle(http::request& request) {
    trace seen;
    auto response = co_await route(request, seen);
    finish(request, response, seen);
    co_return response;
}

task<http::response> application::route(http::request& request, trace& seen) {
    const auto match = router_->match(request.method(), request.path());
    const auto& surface = surface_of(request.path());
    const asker by{request.path(), request.header("Accept"), request.id()};
    if (match.what == http::route_match::kind::not_found)
        co_return render(surface, {.code = errc::route_not_found}, by);
    if (request.method() == verb::options) {
        if (http::is_preflight(request))
            co_return http::preflight(cors_, request.header("Origin"), match.allow);
        co_return http::response{204, "", "", {{"Allow", match.allow}}};
    }
    if (match.what == http::route_match::kind::method_not_allowed) {
        auto refused = render(surface, {.code = errc::method_not_allowed}, by);
        refused.headers.add("Allow", match.allow);
        co_return refused;
    }
    const auto& found = entries_[match.index];
    if (found.open) co_return (this->*found.open)();
    if (found.asset) co_return openapi::serve(*found.asset, request);
    request.set_path_parameters(match.path_parameters());
    auto answered = co_await run(found, request, seen);
    if (answered) co_return std::move(*answered);
    co_return render(*found.surface, answered.error(), by);
}

task<result<http::response>> application::run(const entry& found, http::request& request,
                                              trace& seen) {
    if (const auto repeated = repeated_header(request); !repeated.empty())
        co_return error{.code = errc::malformed_request,
                        .subject = fmt::format("The header {} is given twice.", repeated)};
    auto who = co_await admit(found, request, seen);
    if (!who) co_return who.error();
    std::optional<store::idempotency_key> idempotency;
    if (found.route->method == verb::post) {
        auto key = guard::read_idempotency_key(request, *who, found.surface->idempotency);
        if (!key) co_return key.error();
        idempotency = std::move(*key);
    }
    const surfaces::exchange exchange{request, *who, env_, std::move(idempotency)};
    co_return co_await found.route->handler(exchange);
}

task<result<domain::principal>> application::admit(const entry& found, http::request& request,
                                                   trace& seen) {
    const auto key =
        guard::presented_key(request.header("Authorization"), request.header("x-api-key"));
    auto who = co_await authenticator_.authenticate(key, request.deadline());
    if (!who) co_return who.error();
    seen.agency = who->agency;
    // An excess request costs nothing but this, so it goes before whatever asks the database.
    const auto& surface = *found.surface;
    const auto limit = who->limits ? who->limits->of(surface.name, surface.limit) : surface.limit;
    seen.allowance = co_await limiter_.take(who->agency, surface.name, limit);
    if (!seen.allowance->granted)
        co_return error{.code = errc::rate_limited, .retry_after = seen.allowance->retry_after()};
    if (found.route->session_required) {
        const auto session = co_await sessions_.admit(request.header("x-session-token"),
                                                      who->agency, request.deadline());
        if (!session) co_return session.error();
    }
    if (request.has_header("x-company-id")) {
        who = co_await act_for_named(std::move(*who), request);
        if (!who) co_return who.error();
    }
    if (found.route->access == surfaces::access::write &&
        who->scope == domain::key_scope::read_only)
        co_return error{.code = errc::insufficient_scope};
    co_return who;
}

task<result<domain::principal>> application::act_for_named(domain::principal who,
                                                           http::request& request) {
    const auto id = domain::positive_integer(request.header("x-company-id"));
    if (!id) co_return error{.code = errc::not_found};
    co_return co_await authenticator_.act_for(std::move(who), domain::company_id{*id},
                                              request.deadline());
}

http::response application::health() const {
    return {.body = R"({"status":"ok"})"};
}

http::response application::readiness_response() const {
    return ready_.response();
}

http::response application::render(const surfaces::surface& surface, const error& e,
                                   const asker& by) const {
    const auto refusal = surface.describe(e);
    http::response response{.status = refusal.status};
    if (http::wants_problem_json(by.accept)) {
        response.content_type = http::problem_media_type;
        response.body = http::problem_json("about:blank", refusal.title, refusal.status,
                                           refusal.detail, by.path, e.fields);
    } else {
        response.body = surface.error_body(refusal, e, env_.clock.now());
    }
    if (e.retry_after) response.headers.add("Retry-After", e.retry_after->count());
    // RFC 9110 §11.6.1 asks for a challenge beside every 401.
    if (is_unauthenticated(e.code)) response.headers.add("WWW-Authenticate", "Bearer");
    if (is_our_failure(refusal.status) && !e.cause.empty())
        log::error("a request failed", {{"request_id", by.request_id},
                                        {"path", by.path},
                                        {"status", refusal.status},
                                        {"cause", e.cause}});
    return response;
}

http::response application::refuse(const http::protocol_refusal& refusal) {
    error e{.code = refusal.code,
            .subject = std::string{refusal.subject},
            .cause = std::string{refusal.cause}};
    const asker by{refusal.path, refusal.accept, refusal.request_id};
    auto response = render(surface_of(refusal.path), e, by);
    if (refusal.request) finish(*refusal.request, response, {});
    return response;
}

bool application::is_probe(const http::request_head& head) const {
    const auto match = router_->match(head.method(), head.path());
    return match.what == http::route_match::kind::found && entries_[match.index].open;
}

http::body_policy application::body_policy_for(const http::request_head& head) {
    const auto match = router_->match(head.method(), head.path());
    if (match.what != http::route_match::kind::found) return {.json = false};
    const auto& found = entries_[match.index];
    if (!found.route) return {.json = false};
    return {.max_bytes = found.surface->body_limit, .required = found.route->body_required};
}

const surfaces::surface& application::surface_of(std::string_view path) const {
    const auto* found = every_route().front().surface;
    std::size_t longest = 0;
    for (const auto& [surface, routes] : every_route())
        for (const auto prefix : surface->prefixes)
            if (prefix.size() > longest && is_under(path, prefix)) {
                found = surface;
                longest = prefix.size();
            }
    return *found;
}

void application::finish(const http::request_head& request, http::response& response,
                         const trace& seen) const {
    response.headers.add(http::cors_headers(cors_, request.header("Origin")));
    // What was shown to the holder of a key, maybe a key itself, is for no cache on the way.
    if (seen.agency.value() != 0) response.headers.add("Cache-Control", "no-store");
    // A caller that is not known yet is told what it would start with.
    const auto& surface = surface_of(request.path());
    if (seen.allowance || belongs_to(surface, request.path()))
        add_allowance(response,
                      seen.allowance.value_or(domain::allowance::untouched(surface.limit)),
                      env_.clock.now());
    leave_trace(request, response, seen.agency);
}

void application::leave_trace(const http::request_head& request, const http::response& response,
                              domain::agency_id agency) const {
    // A connection that is turned away has sent nothing yet.
    const auto now = std::chrono::steady_clock::now();
    const auto took =
        request.arrived() == deadline{} ? deadline::duration{} : now - request.arrived();
    metrics_.count(response.status, took);
    if (logged_ == access_log::off || (logged_ == access_log::errors && response.status < 400))
        return;
    log::access({.method = request.method_text(),
                 .target = request.target(),
                 .status = static_cast<int>(response.status),
                 .bytes = response.body.size(),
                 .took = took,
                 .request_id = request.id(),
                 .remote = request.peer(),
                 .agency_id = agency.value()});
}

}  // namespace tenantry::api
