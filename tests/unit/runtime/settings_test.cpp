#include "common/runtime/settings.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

using namespace tenantry;
using namespace std::chrono_literals;

namespace {

using words = std::vector<const char*>;

const words stores{"--database-url", "postgresql://localhost/tenantry", "--keyring", "/k.json"};

template<class Settings>
loaded<Settings> run(loaded<Settings> (*load)(int, const char* const*, const char* const*),
                     words flags, words variables) {
    flags.insert(flags.begin(), "program");
    variables.push_back(nullptr);
    return load(static_cast<int>(flags.size()), flags.data(), variables.data());
}

words with_stores(words flags) {
    flags.insert(flags.end(), stores.begin(), stores.end());
    return flags;
}

loaded<api_settings> api(const words& flags, const words& variables = {}) {
    return run(load_api_settings, with_stores(flags), variables);
}

loaded<worker_settings> worker(words flags, const words& variables = {}) {
    flags.insert(flags.end(), stores.begin(), stores.begin() + 2);
    return run(load_worker_settings, flags, variables);
}

template<class Settings>
std::string refusal(const loaded<Settings>& outcome) {
    const auto* exit = std::get_if<early_exit>(&outcome);
    return exit && exit->status == 2 ? exit->text : "none";
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::string served(const worker_settings& s) {
    std::string text;
    for (const auto& each : s.queues) text += fmt::format("{} {}, ", each.queue, each.batches);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_AUTO_TEST_CASE(the_defaults_are_the_documented_ones) {
    const auto s = std::get<api_settings>(api({}));
    BOOST_TEST(s.http_address.to_string() == "127.0.0.1");
    BOOST_TEST(s.http_port == 8080);
    BOOST_TEST(s.metrics_port == 9101);
    BOOST_TEST(s.redis_url == "redis://127.0.0.1:6379");
    BOOST_TEST(s.threads >= 1);
    BOOST_TEST(s.database_connections == 5);
    BOOST_TEST(s.max_connections == 10'000);
    BOOST_TEST(s.max_in_flight == 1024);
    BOOST_TEST(s.header_limit == 16 * 1024);
    BOOST_TEST(s.body_limit == 1024 * 1024);
    BOOST_TEST((s.request_timeout == 10s && s.body_timeout == 20s && s.keep_alive_timeout == 75s));
    BOOST_TEST((s.idempotency_ttl == 24h && s.key_cache_ttl == 60s && s.drain_timeout == 15s));
    BOOST_TEST(s.page_cache_size == 768u * 1024);
    BOOST_TEST((s.session_ttl == 12h));
    BOOST_TEST((s.log_level == log::level::info && s.access_log == access_log::on));
    BOOST_TEST(s.keyring.file == "/k.json");
    BOOST_TEST(!s.keyring.shared);
    BOOST_TEST(s.cors_origins.empty());
    BOOST_TEST(s.warnings.empty());
    const auto w = std::get<worker_settings>(worker({}));
    BOOST_TEST(w.metrics_port == 9102);
    BOOST_TEST((w.lease == 30s && w.heartbeat == 10s && w.sweep == 4s && w.job_timeout == 20s));
    BOOST_TEST((w.relay_interval == 500ms && w.read_block == 1s));
    BOOST_TEST(w.batch_size == 256u);
    BOOST_TEST(served(w) == "provisioning 4, billing 4, maintenance 1, ");
    BOOST_TEST(contains(w.worker_name, "-"));
}

BOOST_AUTO_TEST_CASE(queues_are_named_with_their_batches_or_have_the_usual_number) {
    BOOST_TEST(served(std::get<worker_settings>(worker({"--queues=billing"}))) == "billing 4, ");
    BOOST_TEST(served(std::get<worker_settings>(
                   worker({"--queues=a=1,b,c=256", "--concurrency=7"}))) == "a 1, b 7, c 256, ");
    for (const auto* wrong : {"--queues=a=0", "--queues=a=257", "--queues==1",
                              "--queues=a=", "--queues=a=x", "--queues=,"})
        BOOST_TEST(std::holds_alternative<early_exit>(worker({wrong})), wrong);
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_a_variable_and_a_variable_over_the_default) {
    const auto both = std::get<api_settings>(
        api({"--http-port=1234"}, {"TENANTRY_HTTP_PORT=99", "TENANTRY_THREADS=3"}));
    BOOST_TEST(both.http_port == 1234);
    BOOST_TEST(both.threads == 3);
    BOOST_TEST(std::get<api_settings>(api({}, {"TENANTRY_HTTP_PORT="})).http_port == 8080);
}

BOOST_AUTO_TEST_CASE(durations_and_sizes_are_read_in_their_units) {
    const auto s = std::get<api_settings>(
        api({"--body-limit", "4096", "--header-limit", "8KiB", "--request-timeout", "250ms",
             "--idempotency-ttl", "7d", "--drain-timeout", "5m", "--keep-alive-timeout", "1h"}));
    BOOST_TEST((s.body_limit == 4096 && s.header_limit == 8192));
    BOOST_TEST((s.request_timeout == 250ms && s.idempotency_ttl == 168h));
    BOOST_TEST((s.drain_timeout == 5min && s.keep_alive_timeout == 1h));
}

BOOST_AUTO_TEST_CASE(a_value_at_its_limit_is_taken_and_one_beyond_is_refused) {
    const std::vector<std::array<const char*, 3>> limits{{"--http-port", "65535", "65536"},
                                                         {"--http-port", "0", "-1"},
                                                         {"--threads", "64", "65"},
                                                         {"--database-connections", "1", "0"},
                                                         {"--database-connections", "64", "65"},
                                                         {"--body-limit", "64MiB", "67108865"},
                                                         {"--header-limit", "1KiB", "1023"},
                                                         {"--request-timeout", "100ms", "99ms"},
                                                         {"--drain-timeout", "10m", "601s"},
                                                         {"--idempotency-ttl", "30d", "721h"}};
    for (const auto& [flag, good, bad] : limits) {
        BOOST_TEST(std::holds_alternative<api_settings>(api({flag, good})), flag << good);
        BOOST_TEST(refusal(api({flag, bad})) != "none", flag << bad);
    }
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_named_with_its_setting_and_what_is_allowed) {
    BOOST_TEST(refusal(api({"--http-port", "eighty"})) ==
               "tenantry-api: --http-port: 'eighty' is not allowed; allowed: 0 to 65535\n");
    BOOST_TEST(
        refusal(api({}, {"TENANTRY_REQUEST_TIMEOUT=10"})) ==
        "tenantry-api: TENANTRY_REQUEST_TIMEOUT: '10' is not allowed; allowed: 100ms to 10m\n");
    BOOST_TEST(
        contains(refusal(api({"--log-level", "loud"})), "trace, debug, info, warn, error, off"));
    BOOST_TEST(contains(refusal(api({"--http-address", "localhost"})), "an IP address"));
    for (const auto* bad :
         {"10 s", "s", "", "1.5s", "99999999999999999999s", "9223372036854775807d"})
        BOOST_TEST(refusal(api({"--request-timeout", bad})) != "none", bad);
}

BOOST_AUTO_TEST_CASE(a_missing_required_setting_says_how_to_give_it) {
    const auto text = refusal(run(load_api_settings, {}, {}));
    BOOST_TEST(contains(text, "database-url is required"));
    BOOST_TEST(contains(text, "--database-url"));
    BOOST_TEST(contains(text, "TENANTRY_DATABASE_URL"));
}

BOOST_AUTO_TEST_CASE(a_refused_url_does_not_show_its_password) {
    const auto text =
        refusal(run(load_worker_settings, {"--database-url", "mysql://u:hunter2@h/d"}, {}));
    BOOST_TEST(contains(text, "mysql://"));
    BOOST_TEST(!contains(text, "hunter2"));
    BOOST_TEST(!contains(refusal(worker({"--redis-url", "hunter2"})), "hunter2"));
}

BOOST_AUTO_TEST_CASE(unknown_and_doubled_flags_are_refused) {
    BOOST_TEST(contains(refusal(api({"--http-prot", "1"})), "--http-prot"));
    BOOST_TEST(contains(refusal(api({"--http", "1"})), "--http"));
    BOOST_TEST(contains(refusal(api({"serve"})), "serve"));
    BOOST_TEST(contains(refusal(api({"--lease", "30s"})), "--lease"));
    BOOST_TEST(
        contains(refusal(api({"--threads", "1", "--threads", "2"})), "--threads is given twice"));
    BOOST_TEST(refusal(api({"--threads"})) != "none");
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_is_a_warning) {
    const auto s = std::get<api_settings>(api(
        {}, {"TENANTRY_HTTP_PROT=1", "TENANTRY_LEASE=1s", "TENANTRY_URL=x", "TENANTRY_API_KEY=x",
             "TENANTRY_TEST_DATABASE=x", "PATH=/bin", "TENANTRY_FAILPOINT=x"}));
    BOOST_TEST(s.warnings.size() == 1);
    BOOST_TEST(contains(s.warnings.at(0), "TENANTRY_HTTP_PROT"));
}

BOOST_AUTO_TEST_CASE(settings_that_contradict_each_other_are_refused_by_both_names) {
    const std::vector<std::pair<words, std::string>> contradictions{
        {{"--heartbeat", "16s"}, "heartbeat (16s) must be at most half of lease (30s)"},
        {{"--job-timeout", "30s"}, "job-timeout (30s) must be less than lease (30s)"},
        {{"--sweep", "31s"}, "sweep (31s) must be at most lease (30s)"},
        {{"--read-block", "16s"}, "read-block (16s) must be at most drain-timeout (15s)"}};
    for (const auto& [flags, message] : contradictions)
        BOOST_TEST(contains(refusal(worker(flags)), message), refusal(worker(flags)));
    BOOST_TEST(refusal(worker({"--heartbeat", "15s", "--sweep", "30s", "--job-timeout", "29999ms",
                               "--relay-interval", "5s", "--read-block", "15s"})) == "none");
    BOOST_TEST(contains(refusal(api({"--http-port", "9101"})), "http-port and metrics-port"));
    BOOST_TEST(refusal(api({"--http-port", "0", "--metrics-port", "0"})) == "none");
}

BOOST_AUTO_TEST_CASE(origins_are_a_list_without_paths) {
    const auto s = std::get<api_settings>(
        api({"--cors-origins", "https://app.example.com,http://localhost:3000"}));
    BOOST_TEST(s.cors_origins ==
               (std::vector<std::string>{"https://app.example.com", "http://localhost:3000"}));
    for (const auto* bad : {"app.example.com", "https://", "https://a/", "ftp://a", "https://a,b"})
        BOOST_TEST(refusal(api({"--cors-origins", bad})) != "none", bad);
}

BOOST_AUTO_TEST_CASE(help_lists_every_setting_of_the_program_alone) {
    const auto outcome = run(load_api_settings, {"--help"}, {});
    const auto& exit = std::get<early_exit>(outcome);
    BOOST_TEST(exit.status == 0);
    for (const auto* part : {"--http-port", "TENANTRY_HTTP_PORT", "8080", "0 to 65535", "9101",
                             "16KiB", "\nLimits\n", "TENANTRY_KEYRING_ACCESS"})
        BOOST_TEST(contains(exit.text, part), part);
    BOOST_TEST(!contains(exit.text, "--lease"));
    BOOST_TEST(!contains(exit.text, "9102"));
}

BOOST_AUTO_TEST_CASE(version_names_the_program_and_its_schema) {
    const auto outcome = run(load_worker_settings, {"--version"}, {});
    BOOST_TEST(std::get<early_exit>(outcome).text == "tenantry-worker " TENANTRY_VERSION
                                                     " (schema " TENANTRY_SCHEMA_CHANGE ")\n");
}

BOOST_AUTO_TEST_CASE(the_admins_command_is_what_is_no_setting) {
    const auto outcome = run(load_admin_settings,
                             {"agency", "create", "--keyring", "/k", "--name", "Acme", "last"}, {});
    const auto s = std::get<admin_settings>(outcome);
    BOOST_TEST(s.command ==
               (std::vector<std::string>{"agency", "create", "--name", "Acme", "last"}));
    BOOST_TEST(s.keyring.file == "/k");
    BOOST_TEST(s.database_url == "");
}

BOOST_AUTO_TEST_SUITE_END()
