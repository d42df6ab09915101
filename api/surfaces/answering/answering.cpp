#include "api/surfaces/answering/answering.hpp"

#include "api/service/locations.hpp"
#include "api/service/organizations.hpp"
#include "api/service/users.hpp"
#include "api/surfaces/answering/decode.hpp"
#include "api/surfaces/answering/encode.hpp"
#include "api/surfaces/long_list.hpp"

namespace tenantry::surfaces::answering {

namespace {

constexpr std::string_view prefixes[] = {"/api/v1/organizations", "/api/v1/users",
                                         "/api/v1/locations"};

/// The error with the field that it is about, which a use case does not know.
error at_field(error e) {
    const auto name = e.code == errc::name_taken          ? "/name"
                      : e.code == errc::external_id_taken ? "/external_id"
                      : e.code == errc::last_owner        ? "/role"
                                                          : "";
    if (*name && e.fields.empty()) e.fields.push_back({name, describe(e).detail});
    return e;
}

}  // namespace

const surface definition{"answering", prefixes, describe, encode_error};

task<result<http::response>> list_organizations(exchange x) {
    auto found = co_await service::list_organizations(x.env, x.caller());
    if (!found) co_return found.error();
    const std::span<const domain::organization> all{*found};
    auto text = co_await encode_in_pieces(all, encode_organizations);
    co_return ok(std::move(text));
}

task<result<http::response>> get_organization(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    auto found = co_await service::get_organization(x.env, x.caller(), *id);
    if (!found) co_return found.error();
    co_return ok(encode_organization(*found));
}

task<result<http::response>> create_organization(exchange x) {
    auto command = decode_create_organization(x.request);
    if (!command) co_return command.error();
    auto answer = co_await service::found_company(x.env, x.caller(), std::move(command->company),
                                                  std::move(command->owner), encode_founded);
    if (!answer) co_return at_field(answer.error());
    co_return to_response(std::move(answer));
}

task<result<http::response>> update_organization(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    auto change = decode_update_organization(x.request);
    if (!change) co_return change.error();
    auto updated =
        co_await service::update_organization(x.env, x.caller(), *id, std::move(*change));
    if (!updated) co_return at_field(updated.error());
    co_return ok(encode_organization(*updated));
}

task<result<http::response>> delete_organization(exchange x) {
    const auto id = path_id<domain::company_id>(x.request, 0);
    if (!id) co_return id.error();
    auto closed = co_await service::close_organization(x.env, x.caller(), *id);
    if (!closed) co_return closed.error();
    co_return no_content();
}

task<result<http::response>> list_users(exchange x) {
    const auto organization = decode_organization_id(x.request);
    if (!organization) co_return organization.error();
    auto found = co_await service::list_users(x.env, x.caller(), *organization);
    if (!found) co_return found.error();
    const std::span<const domain::user> all{*found};
    auto text = co_await encode_in_pieces(all, encode_users);
    co_return ok(std::move(text));
}

task<result<http::response>> get_user(exchange x) {
    auto id = decode_external_id(x.request);
    if (!id) co_return id.error();
    auto found = co_await service::get_user(x.env, x.caller(), std::move(*id));
    if (!found) co_return found.error();
    co_return ok(encode_user(*found));
}

task<result<http::response>> create_user(exchange x) {
    auto command = decode_create_user(x.request);
    if (!command) co_return command.error();
    auto answer =
        co_await service::create_user(x.env, x.caller(), std::move(command->person),
                                      command->organization, command->role, encode_created_user);
    if (!answer) co_return at_field(answer.error());
    co_return to_response(std::move(answer));
}

task<result<http::response>> list_locations(exchange x) {
    const auto organization = decode_organization_id(x.request);
    if (!organization) co_return organization.error();
    auto found = co_await service::list_locations(x.env, x.caller(), *organization);
    if (!found) co_return found.error();
    const std::span<const domain::location> all{*found};
    auto text = co_await encode_in_pieces(all, encode_locations);
    co_return ok(std::move(text));
}

task<result<http::response>> get_location(exchange x) {
    const auto id = path_id<domain::location_id>(x.request, 0);
    if (!id) co_return id.error();
    auto found = co_await service::get_location(x.env, x.caller(), *id);
    if (!found) co_return found.error();
    co_return ok(encode_location(*found));
}

task<result<http::response>> create_location(exchange x) {
    auto command = decode_create_location(x.request);
    if (!command) co_return command.error();
    auto answer =
        co_await service::create_location(x.env, x.caller(), command->organization,
                                          std::move(command->location), encode_created_location);
    co_return to_response(std::move(answer));
}

task<result<http::response>> update_location(exchange x) {
    const auto id = path_id<domain::location_id>(x.request, 0);
    if (!id) co_return id.error();
    auto change = decode_update_location(x.request);
    if (!change) co_return change.error();
    auto updated = co_await service::update_location(x.env, x.caller(), *id, std::move(*change));
    if (!updated) co_return updated.error();
    co_return ok(encode_location(*updated));
}

task<result<http::response>> delete_location(exchange x) {
    const auto id = path_id<domain::location_id>(x.request, 0);
    if (!id) co_return id.error();
    auto deleted = co_await service::delete_location(x.env, x.caller(), *id);
    if (!deleted) co_return deleted.error();
    co_return no_content();
}

}  // namespace tenantry::surfaces::answering
