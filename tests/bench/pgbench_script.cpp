// Prints the transaction that creates companies as a pgbench script: the program's own statements
// with arguments of its own making, so that the bare database is measured with just what the
// program sends; or the options that its sessions are opened with (PGOPTIONS).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/jobs/kinds.hpp"
#include "common/pg/connection.hpp"
#include "common/pg/wire.hpp"
#include "common/store/companies.hpp"
#include "common/store/tenant.hpp"

namespace tenantry::bench {
namespace {

/// The sample's ids, and the numbers in its names and hashes, count from here, which no other
/// number reaches. pgbench replaces them by its own, of as many digits.
constexpr std::int64_t first = 1'000'000'000'000'000;
constexpr std::string_view beginning = "100000000000";
constexpr std::size_t digits = 16;

/// From `run`, which the command line gives, and the client's own count of transactions.
constexpr std::string_view header = R"(\set n :n + {0}
\set id {1} + :run * 1000000000000 + :client_id * 10000000000 + :n
\startpipeline
)";
constexpr std::string_view footer = "\\endpipeline\n";

struct caller {
    domain::agency_id agency;
    domain::user_id user;
    domain::api_key_id key;
};

/// 32 bytes that have the number in them.
store::digest sample_digest(std::int64_t id) {
    store::digest made{};
    const auto padded = fmt::format("{:x>32}", id);
    std::ranges::copy(std::as_bytes(std::span{padded}), made.begin());
    return made;
}

store::new_company sample_company(std::int64_t id) {
    constexpr std::size_t sealed_size = 78;  // nonce, key text and tag
    auto name = domain::company_name::parse(fmt::format("Bench {}", id)).value();
    return {domain::company_id{id},
            std::move(name),
            {.id = domain::api_key_id{id},
             .lookup_hash = sample_digest(id),
             .sealed_key = std::vector(sealed_size, std::byte{'x'}),
             .keyring_version = 1}};
}

/// As contract 2 answers the creation. Behind each colon is no letter: pgbench would take it for a
/// variable's name.
std::string body_of(const std::vector<store::new_company>& companies) {
    std::vector<std::string> created;
    for (const auto& each : companies)
        created.push_back(
            fmt::format(R"({{"id":{},"name":"{}","owner":"Bench Owner","active": true}})",
                        each.id.value(), each.name.text()));
    return fmt::format(R"({{"companies":[{}]}})", fmt::join(created, ","));
}

store::create_companies sample(const caller& by, int companies, bool with_key) {
    store::create_companies command{{.agency = by.agency,
                                     .user = by.user,
                                     .actor_key = by.key,
                                     .request_id = "3f0c9a52-7d1e-4b8a-9c55-0123456789ab"}};
    auto job = first;
    for (int i = 0; i < companies; ++i) {
        command.companies.push_back(sample_company(first + i));
        for (const auto& kind : {jobs::provisioning, jobs::billing})
            command.jobs.push_back({domain::job_id{job++}, kind, command.companies.back().id});
    }
    if (!with_key) return command;
    command.idempotency = {.endpoint = "POST /rest/v2/agency/companies",
                           .key = fmt::format("bench-{}", first),
                           .request_hash = sample_digest(first)};
    command.response.body = body_of(command.companies);
    return command;
}

std::string number(std::int64_t value) {
    return value < first ? std::to_string(value) : fmt::format("(:id::bigint + {})", value - first);
}

std::string text(std::string_view value) {
    const auto at = value.find(beginning);
    if (at == value.npos) return fmt::format("'{}'", value);
    std::int64_t id = 0;
    std::from_chars(value.data() + at, value.data() + at + digits, id);
    return fmt::format("('{}' || {} || {})", value.substr(0, at), number(id),
                       text(value.substr(at + digits)));
}

/// A hash that differs for each id is as random as a real one.
std::string bytes(std::string_view value) {
    const auto raw = text(value) + "::bytea";
    return value.size() == sizeof(store::digest) ? fmt::format("sha256({})", raw) : raw;
}

/// The sample is dated at PostgreSQL's epoch: what it holds is the distance from now.
std::string instant(std::string_view value) {
    return fmt::format("(now() + {} * interval '1 us')",
                       pg::wire::load<std::int64_t>(value.data()));
}

std::string scalar(unsigned type, std::string_view value) {
    switch (type) {
        case pg::oid::int4:
            return std::to_string(pg::wire::load<std::int32_t>(value.data()));
        case pg::oid::int8:
            return number(pg::wire::load<std::int64_t>(value.data()));
        case pg::oid::text:
            return text(value);
        case pg::oid::bytea:
            return bytes(value);
        case pg::oid::timestamptz:
            return instant(value);
    }
    throw std::logic_error(fmt::format("no expression for the type {}", type));
}

/// The binary format of a one-dimensional array (PostgreSQL, array_send): dimensions, whether it
/// has nulls, the element type, length, lower bound, then each element behind its size.
std::string array(std::string_view binary) {
    constexpr std::size_t word = sizeof(std::int32_t), header_size = 5 * word;
    const auto type = pg::wire::load<std::uint32_t>(binary.data() + 2 * word);
    std::vector<std::string> elements;
    for (binary.remove_prefix(header_size); !binary.empty();) {
        const auto size = pg::wire::load<std::int32_t>(binary.data());
        binary.remove_prefix(word);
        elements.push_back(size < 0 ? "NULL" : scalar(type, binary.substr(0, size)));
        binary.remove_prefix(std::max(size, 0));
    }
    return fmt::format("ARRAY[{}]", fmt::join(elements, ","));
}

std::string expression(const pg::params& arguments, std::size_t i) {
    switch (const auto type = arguments.type_of(i)) {
        case pg::oid::int4_array:
        case pg::oid::int8_array:
        case pg::oid::text_array:
        case pg::oid::bytea_array:
        case pg::oid::json_array:
        case pg::oid::timestamptz_array:
            return array(arguments.encoded(i));
        default:
            return scalar(type, arguments.encoded(i));
    }
}

/// The statement with an expression in the place of each $n.
std::string inlined(const pg::query& query) {
    std::string sql;
    for (std::string_view rest = query.statement->sql; !rest.empty();) {
        const auto dollar = std::min(rest.find('$'), rest.size());
        sql += rest.substr(0, dollar);
        rest.remove_prefix(dollar);
        if (rest.empty()) break;
        std::size_t n = 0;
        const auto* end = std::from_chars(rest.data() + 1, rest.data() + rest.size(), n).ptr;
        sql += expression(query.arguments, n - 1);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    }
    return sql;
}

void print_script(const caller& by, int companies, bool with_key) {
    auto command = sample(by, companies, with_key);
    command.times = {pg::wire::epoch, pg::wire::epoch + std::chrono::hours{24}};
    const store::create_companies* const commands[] = {&command};
    const auto ids_taken = std::max(command.companies.size(), command.jobs.size());
    std::cout << fmt::format(header, ids_taken, first);
    for (const auto& query : {store::acting_for(by.agency),
                              store::query_for(store::together<store::create_companies>{commands})})
        std::cout << inlined(query) << ";\n";
    std::cout << footer;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) try {
    using namespace tenantry;
    constexpr std::string_view with_key = "with-key", planner_options = "planner-options";
    if (argc == 2 && argv[1] == planner_options) {
        std::cout << pg::planner_options << '\n';
        return EXIT_SUCCESS;
    }
    if (argc != 5 && !(argc == 6 && argv[5] == with_key)) {
        std::cerr << "Usage: tenantry-bench-pgbench_script AGENCY_ID USER_ID API_KEY_ID COMPANIES "
                     "[with-key]\n"
                     "   or: tenantry-bench-pgbench_script planner-options\n"
                     "Run it with pgbench -M prepared -D n=0 -D run=NUMBER, with a number for each "
                     "run.\n";
        return EXIT_FAILURE;
    }
    const bench::caller by{domain::agency_id{std::stoll(argv[1])},
                           domain::user_id{std::stoll(argv[2])},
                           domain::api_key_id{std::stoll(argv[3])}};
    bench::print_script(by, std::stoi(argv[4]), argc == 6);
    return EXIT_SUCCESS;
} catch (const std::exception& e) {
    std::cerr << "tenantry-bench-pgbench_script: " << e.what() << '\n';
    return EXIT_FAILURE;
}
