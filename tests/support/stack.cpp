#include "tests/support/stack.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace tenantry::test {

namespace {

flags merged(flags base, const flags& more) {
    for (const auto& [name, value] : more) base[name] = value;
    return base;
}

database_urls urls_of(const database& d) {
    return {d.owner_url(), d.api_url(), d.worker_url()};
}

std::string without_newline(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

stack::stack()
    : database_{std::make_unique<database>()}, urls_{urls_of(*database_)}, sql_{urls_.owner} {
    prepare();
}

stack::stack(database_urls urls, bool append_only)
    : urls_{std::move(urls)}, redis_{append_only}, sql_{urls_.owner} {
    prepare();
}

void stack::prepare() {
    if (admin({"keyring", "init"}).status != 0) throw std::runtime_error("no keyring");
    // The time of day causes nothing in a test that does not ask for it.
    sql_.execute("UPDATE tenantry.periodic_job SET paused_at = now()");
}

outcome stack::admin(std::vector<std::string> words) const {
    return run_program("tenantry-admin", std::move(words),
                       {{"TENANTRY_DATABASE_URL", urls_.owner},
                        {"TENANTRY_REDIS_URL", redis_.url()},
                        {"TENANTRY_KEYRING", keyring_.string()}});
}

agency_account stack::make_agency(const std::string& name, const std::string& owner,
                                  const std::string& plan) const {
    const auto made = admin({"agency", "create", "--name", name, "--owner", owner, "--email",
                             "owner@agency.example", "--plan", plan, "--print-key-only"});
    if (made.status != 0) throw std::runtime_error("no agency: " + made.output);
    const auto id = sql_session{urls_.owner}.number("SELECT max(agency_id) FROM tenantry.agency");
    return {id, without_newline(made.output)};
}

std::string stack::make_key(std::int64_t agency, std::vector<std::string> more) const {
    std::vector<std::string> words{"key", "create", "--agency", std::to_string(agency)};
    words.insert(words.end(), more.begin(), more.end());
    const auto made = admin(words);
    if (made.status != 0) throw std::runtime_error("no key: " + made.output);
    return without_newline(made.output.substr(made.output.find("ixk_")));
}

due_jobs pauses(std::int64_t agency, int ms, int count) {
    return {.agency = agency,
            .kind = "pause",
            .payload = fmt::format(R"({{"ms": {}}})", ms),
            .count = count};
}

void stack::add_jobs(const due_jobs& jobs) {
    sql_.execute(fmt::format(
        "INSERT INTO tenantry.job (agency_id, job_id, queue, kind, company_id, payload, "
        "steps_total, crashes, created_at, run_at) SELECT {}, nextval('tenantry.job_id_seq'), "
        "'{}', '{}', {}, {}, {}, {}, now(), now() FROM generate_series(1, {})",
        jobs.agency, jobs.queue, jobs.kind, jobs.company ? std::to_string(*jobs.company) : "NULL",
        jobs.payload.empty() ? "NULL" : "'" + jobs.payload + "'", jobs.steps, jobs.crashes,
        jobs.count));
}

std::filesystem::path stack::new_log(std::string_view name) {
    return directory_.path() / fmt::format("{}-{}.log", name, ++logs_);
}

program stack::start_api(const flags& more, std::string_view readiness,
                         const variables& environment, std::vector<std::string> under) {
    const flags base{{"database-url", urls_.api},
                     {"redis-url", redis_.url()},
                     {"keyring", keyring_.string()},
                     {"http-port", "0"}};
    program api{"tenantry-api", merged(base, more), new_log("api"), environment, std::move(under)};
    api.await_log("\"serving\"");
    client probe{api.http_port(), ""};
    if (!eventually([&] { return probe.get("/readyz").text("/status") == readiness; }))
        throw std::runtime_error("/readyz does not say " + std::string{readiness});
    return api;
}

program stack::start_worker(const flags& more, std::string_view awaited,
                            const variables& environment) {
    const flags base{{"lease", "3s"},       {"heartbeat", "1s"},         {"sweep", "250ms"},
                     {"job-timeout", "2s"}, {"relay-interval", "100ms"}, {"read-block", "200ms"}};
    return launch_worker(merged(base, more), awaited, environment);
}

program stack::start_default_worker(const variables& environment) {
    return launch_worker({}, "\"working\"", environment);
}

program stack::launch_worker(const flags& settings, std::string_view awaited,
                             const variables& environment) {
    const flags servers{{"database-url", urls_.worker}, {"redis-url", redis_.url()}};
    program worker{"tenantry-worker", merged(servers, settings), new_log("worker"), environment};
    if (!awaited.empty()) worker.await_log(awaited);
    return worker;
}

double metric(const program& of, const std::string& series) {
    const auto text = "\n" + client{of.metrics_port(), ""}.get("/metrics").body;
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + series.size() + 2));
}

}  // namespace tenantry::test
