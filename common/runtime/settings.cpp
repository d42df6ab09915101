// The table of all settings, and how it is read.
#include "common/runtime/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <ranges>
#include <thread>

namespace tenantry {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

enum program : unsigned { api = 1, worker = 2, admin = 4, servers = api | worker, all = 7 };

enum class kind { text, url, address, integer, duration, size, choice, origins, shares };

// What a value may be. Durations count milliseconds, sizes bytes.
struct rule {
    tenantry::kind kind{};
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::string_view words = "";  ///< a URL's beginning; the choices, separated by '|'
};

constexpr rule any_text{kind::text};
constexpr rule address{kind::address};
constexpr rule origins{kind::origins};
constexpr rule shares{kind::shares, 1, 256};
constexpr rule url(std::string_view start) {
    return {kind::url, 0, 0, start};
}
constexpr rule choice(std::string_view words) {
    return {kind::choice, 0, 0, words};
}
constexpr rule integer(std::int64_t low, std::int64_t high) {
    return {kind::integer, low, high};
}
constexpr rule time(milliseconds low, milliseconds high) {
    return {kind::duration, low.count(), high.count()};
}
constexpr rule size(std::int64_t low, std::int64_t high) {
    return {kind::size, low, high};
}

constexpr rule port = integer(0, 65535);
constexpr std::int64_t KiB = 1024, MiB = 1024 * KiB;
constexpr std::string_view required = "required";

struct setting {
    std::string_view name;
    unsigned programs;
    std::string_view fallback;
    tenantry::rule rule;
    std::string_view help;
};

struct group {
    std::string_view title;
    std::vector<setting> settings;
};

// clang-format off
const std::array<group, 5> table{{
    {"Stores", {
        {"database-url", servers, required, url("postgresql://"), "PostgreSQL, the truth"},
        {"database-url", admin, "", url("postgresql://"), "PostgreSQL; keyring commands need none"},
        {"redis-url", all, "redis://127.0.0.1:6379", url("redis://"), "Redis, which carries hints"},
        {"wait-timeout", all, "60s", time(0s, 1h), "wait this long at start for PostgreSQL and Redis"},
        {"keyring", api, required, any_text, "file of the keys that seal secrets"},
        {"keyring", admin, "", any_text, "the same; health and job commands need none"},
        {"keyring-access", api | admin, "owner-only", choice("owner-only|shared"), "who may read that file"},
    }},
    {"Operation", {
        {"log-level", all, "info", choice("trace|debug|info|warn|error|off"), "least level that is logged"},
        {"access-log", api, "on", choice("on|off|errors"), "a line a request, or for status 400 and up alone"},
        {"metrics-address", servers, "127.0.0.1", address, "where Prometheus collects"},
        {"metrics-port", api, "9101", port, "0 takes any free port"},
        {"metrics-port", worker, "9102", port, "0 takes any free port"},
        {"drain-timeout", servers, "15s", time(0s, 10min), "after SIGTERM, let work in progress end"},
    }},
    {"HTTP", {
        {"http-address", api, "127.0.0.1", address, "where the API listens"},
        {"http-port", api, "8080", port, "0 takes any free port"},
        {"threads", api, "0", integer(0, 64), "serving threads; 0 is one per core"},
        {"database-connections", api, "5", integer(1, 64), "PostgreSQL connections of each thread"},
        {"cors-origins", api, "", origins, "origins that browsers may call from, or *; with commas"},
        {"key-cache-ttl", api, "60s", time(0s, 5min), "trust a verified key; a revocation ends it at once"},
        {"key-cache-size", api, "100000", integer(0, 10'000'000), "verified keys kept in memory"},
        {"page-cache-size", api, "768KiB", size(0, 1024 * MiB), "each thread's memory of pages that were listed"},
        {"session-ttl", api, "12h", time(1min, 30 * 24h), "a session token is good for this long"},
        {"idempotency-ttl", api, "24h", time(1min, 30 * 24h), "keep responses for replay"},
    }},
    {"Limits", {
        {"max-connections", api, "10000", integer(1, 1'000'000), "open connections; one more is answered 503"},
        {"max-in-flight", api, "1024", integer(1, 1'000'000), "requests in progress; one more is answered 503"},
        {"unanswered-limit", api, "64MiB", size(1 * MiB, 64 * 1024 * MiB), "of bodies not answered yet; then the slowest goes"},
        {"unsent-limit", api, "64MiB", size(1 * MiB, 64 * 1024 * MiB), "of responses not taken yet; then the slowest goes"},
        {"header-limit", api, "16KiB", size(1 * KiB, 1 * MiB), "a request's head"},
        {"body-limit", api, "1MiB", size(1 * KiB, 64 * MiB), "a request's body"},
        {"header-timeout", api, "10s", time(100ms, 10min), "to receive a head once it began"},
        {"body-timeout", api, "20s", time(100ms, 10min), "to receive a body"},
        {"keep-alive-timeout", api, "75s", time(0s, 1h), "close a connection idle for this long"},
        {"request-timeout", api, "10s", time(100ms, 10min), "to answer; then 503"},
    }},
    {"Jobs", {
        {"worker-name", worker, "", any_text, "name of this worker's leases; default HOST-PID"},
        {"queues", worker, "provisioning,billing,maintenance=1", shares, "served here; =N batches at once"},
        {"concurrency", worker, "4", integer(1, 256), "batches in progress of each other queue"},
        {"batch-size", worker, "256", integer(1, 1000), "jobs done in one transaction"},
        {"lease", worker, "30s", time(1s, 1h), "a claim lives this long without a heartbeat"},
        {"heartbeat", worker, "10s", time(100ms, 10min), "how often claims are renewed"},
        {"sweep", worker, "4s", time(100ms, 10min), "how often expired claims are taken back"},
        {"job-timeout", worker, "20s", time(100ms, 1h), "stop waiting for a job"},
        {"yield-for", worker, "30s", time(0s, 1h), "requests go first while jobs are no later than this"},
        {"database-cpus", worker, "0", integer(0, 1024), "of PostgreSQL's machine; 0 means as many as here"},
        {"relay-interval", worker, "500ms", time(10ms, 1min), "look for due jobs without a hint"},
        {"read-block", worker, "1s", time(10ms, 1min), "one read of an empty stream waits this long"},
    }},
}};
// clang-format on

// Variables of this prefix that clients, examples and tests use, and no program reads.
constexpr std::array<std::string_view, 6> others_variables{
    "TENANTRY_URL",           "TENANTRY_API_KEY",
    "TENANTRY_OTHER_API_KEY", "TENANTRY_LIMITED_API_KEY",
    "TENANTRY_METRICS_URL",   "TENANTRY_FAILPOINT"};
constexpr std::string_view variable_prefix = "TENANTRY_";
constexpr std::string_view test_prefix = "TENANTRY_TEST_";

struct settings_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct unit {
    std::string_view suffix;
    std::int64_t factor;
};

constexpr std::array<unit, 1> plain_units{{{"", 1}}};
constexpr std::array<unit, 5> time_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<unit, 4> size_units{
    {{"", 1}, {"KiB", KiB}, {"MiB", MiB}, {"GiB", 1024 * MiB}}};

std::span<const unit> units_of(kind k) {
    if (k == kind::duration) return time_units;
    if (k == kind::size) return size_units;
    return plain_units;
}

std::optional<std::int64_t> parse_amount(std::string_view given, kind k) {
    std::int64_t number = 0;
    const auto [rest, ec] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (ec != std::errc{}) return std::nullopt;
    const std::string_view suffix{rest, given.data() + given.size()};
    const auto units = units_of(k);
    const auto unit = std::ranges::find(units, suffix, &unit::suffix);
    if (unit == units.end() || __builtin_mul_overflow(number, unit->factor, &number))
        return std::nullopt;
    return number;
}

// In the largest unit that leaves a whole number.
std::string write_amount(std::int64_t amount, kind k) {
    const auto units = units_of(k);
    auto best = units.front();
    if (amount == 0 && k == kind::duration) best = units[1];
    for (const auto& each : units)
        if (amount != 0 && amount % each.factor == 0) best = each;
    return fmt::format("{}{}", amount / best.factor, best.suffix);
}

std::vector<std::string_view> split(std::string_view list, char separator) {
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const auto end = std::min(list.find(separator), list.size());
        if (end > 0) parts.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

// An origin as a browser sends it (RFC 6454 section 6.1): scheme, host, port, no path.
bool is_origin(std::string_view given) {
    if (given == "*") return true;
    for (const std::string_view scheme : {"https://", "http://"})
        if (given.starts_with(scheme)) {
            const auto host = given.substr(scheme.size());
            return !host.empty() && host.find_first_of("/?#@ ") == host.npos;
        }
    return false;
}

// NAME or NAME=N.
std::optional<queue_share> parse_share(std::string_view given, const rule& r) {
    const auto equals = std::min(given.find('='), given.size());
    queue_share share{.queue = std::string{given.substr(0, equals)}};
    if (share.queue.empty()) return std::nullopt;
    if (equals == given.size()) return share;
    const auto batches = parse_amount(given.substr(equals + 1), kind::integer);
    if (!batches || *batches < r.low || *batches > r.high) return std::nullopt;
    share.batches = static_cast<std::size_t>(*batches);
    return share;
}

bool names_one_twice(std::vector<std::string_view> queues) {
    for (auto& each : queues) each = each.substr(0, each.find('='));
    std::ranges::sort(queues);
    return std::ranges::adjacent_find(queues) != queues.end();
}

bool is_allowed(const rule& r, std::string_view given) {
    switch (r.kind) {
        case kind::text:
            return true;
        case kind::url:
            return given.starts_with(r.words) && given.size() > r.words.size();
        case kind::choice:
            return std::ranges::count(split(r.words, '|'), given) == 1;
        case kind::origins:
            return std::ranges::all_of(split(given, ','), is_origin);
        case kind::shares:
            return !split(given, ',').empty() &&
                   std::ranges::all_of(
                       split(given, ','),
                       [&r](auto each) { return parse_share(each, r).has_value(); }) &&
                   !names_one_twice(split(given, ','));
        case kind::address: {
            boost::system::error_code ec;
            net::ip::make_address(given, ec);
            return !ec;
        }
        case kind::integer:
        case kind::duration:
        case kind::size: {
            const auto amount = parse_amount(given, r.kind);
            return amount && *amount >= r.low && *amount <= r.high;
        }
    }
    throw std::logic_error("no such kind of setting");
}

std::string allowed(const rule& r) {
    switch (r.kind) {
        case kind::text:
            return "";
        case kind::url:
            return fmt::format("{}…", r.words);
        case kind::address:
            return "an IP address";
        case kind::origins:
            return "https://HOST[:PORT],…";
        case kind::shares:
            return fmt::format("QUEUE[=N],…, each once, with N from {} to {}", r.low, r.high);
        case kind::choice:
            return fmt::format("{}", fmt::join(split(r.words, '|'), ", "));
        case kind::integer:
        case kind::duration:
        case kind::size:
            return fmt::format("{} to {}", write_amount(r.low, r.kind),
                               write_amount(r.high, r.kind));
    }
    throw std::logic_error("no such kind of setting");
}

std::string flag_of(const setting& s) {
    return fmt::format("--{}", s.name);
}

std::string variable_of(const setting& s) {
    std::string name{variable_prefix};
    for (const char c : s.name) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
    return name;
}

std::vector<const setting*> settings_of(unsigned programs) {
    std::vector<const setting*> found;
    for (const auto& group : table)
        for (const auto& each : group.settings)
            if ((each.programs & programs) != 0) found.push_back(&each);
    return found;
}

std::string_view name_of(program p) {
    return p == api ? "tenantry-api" : p == worker ? "tenantry-worker" : "tenantry-admin";
}

std::string help_text(program p) {
    auto text = fmt::format(
        "Usage: {} [--SETTING VALUE]…{}\n"
        "Each setting is a flag or an environment variable; the flag wins.\n"
        "Durations are written 250ms, 30s, 5m, 24h or 7d; sizes 4096, 16KiB or 1MiB.\n",
        name_of(p), p == admin ? " COMMAND…" : "");
    for (const auto& group : table) {
        std::string rows;
        for (const auto& s : group.settings) {
            if ((s.programs & p) == 0) continue;
            const auto range = allowed(s.rule);
            rows += fmt::format("  {:<23}{:<31}{:<22}  {}{}\n", flag_of(s), variable_of(s),
                                s.fallback.empty() ? "-" : s.fallback, s.help,
                                range.empty() ? "" : fmt::format(" ({})", range));
        }
        if (!rows.empty()) text += fmt::format("\n{}\n{}", group.title, rows);
    }
    return text + "\n  --help, --version\n";
}

std::string version_text(program p) {
    return fmt::format("{} {} (schema {})\n", name_of(p), TENANTRY_VERSION, TENANTRY_SCHEMA_CHANGE);
}

// What one program was given, checked value by value against the table.
class given_settings {
public:
    given_settings(program p, int argc, const char* const* argv, const char* const* environment)
        : program_(p) {
        read_arguments(argc, argv);
        read_environment(environment);
        for (const auto* s : settings_of(program_)) check(*s);
    }

    const std::vector<std::string>& leftover() const { return leftover_; }
    const std::vector<std::string>& warnings() const { return warnings_; }
    const std::optional<std::string>& only_print() const { return only_print_; }

    const std::string& text(std::string_view name) const { return values_.at(name).text; }
    bool is(std::string_view name, std::string_view choice) const { return text(name) == choice; }
    net::ip::address address(std::string_view name) const {
        return net::ip::make_address(text(name));
    }
    std::size_t count(std::string_view name) const { return amount(name, kind::integer); }
    std::size_t bytes(std::string_view name) const { return amount(name, kind::size); }
    std::uint16_t port(std::string_view name) const {
        return static_cast<std::uint16_t>(amount(name, kind::integer));
    }
    milliseconds time(std::string_view name) const {
        return milliseconds{amount(name, kind::duration)};
    }
    std::vector<std::string> list(std::string_view name) const {
        const auto parts = split(text(name), ',');
        return {parts.begin(), parts.end()};
    }

private:
    struct value {
        std::string text;
        std::string source;  // the flag or variable, for messages
    };

    void read_arguments(int argc, const char* const* argv);
    void read_environment(const char* const* environment);
    void read_variable(std::string_view variable, std::string_view text);
    void check(const setting& s);
    std::int64_t amount(std::string_view name, kind k) const {
        return parse_amount(text(name), k).value();
    }

    program program_;
    std::map<std::string_view, value> values_;
    std::vector<std::string> leftover_;
    std::vector<std::string> warnings_;
    std::optional<std::string> only_print_;
};

void given_settings::read_arguments(int argc, const char* const* argv) {
    namespace po = boost::program_options;
    po::options_description known;
    known.add_options()("help", "")("version", "");
    for (const auto* s : settings_of(program_))
        known.add_options()(s->name.data(), po::value<std::string>(), "");
    using style = po::command_line_style::style_t;
    const auto parsed =
        po::command_line_parser{argc, argv}
            .options(known)
            .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
            .allow_unregistered()
            .run();
    leftover_ = po::collect_unrecognized(parsed.options, po::include_positional);
    for (const auto& option : parsed.options) {
        if (option.unregistered || option.position_key >= 0) continue;
        if (option.string_key == "help") only_print_ = help_text(program_);
        if (option.string_key == "version") only_print_ = version_text(program_);
        for (const auto* s : settings_of(program_))
            if (s->name == option.string_key &&
                !values_.try_emplace(s->name, option.value.at(0), flag_of(*s)).second)
                throw settings_error(flag_of(*s) + " is given twice");
    }
    if (program_ != admin && !leftover_.empty())
        throw settings_error(fmt::format("'{}' is no setting; --help lists them", leftover_[0]));
}

void given_settings::read_environment(const char* const* environment) {
    for (; *environment; ++environment) {
        const std::string_view entry = *environment;
        const auto equals = std::min(entry.find('='), entry.size());
        if (!entry.starts_with(variable_prefix) || equals + 1 >= entry.size()) continue;
        read_variable(entry.substr(0, equals), entry.substr(equals + 1));
    }
}

void given_settings::read_variable(std::string_view variable, std::string_view text) {
    if (variable.starts_with(test_prefix) || std::ranges::count(others_variables, variable) > 0)
        return;
    bool known = false;
    for (const auto* s : settings_of(all)) {
        if (variable_of(*s) != variable) continue;
        known = true;
        if ((s->programs & program_) != 0)
            values_.try_emplace(s->name, std::string{text}, std::string{variable});
    }
    if (!known)
        warnings_.push_back(
            fmt::format("{} is no setting of any program; --help lists them", variable));
}

// A URL may hold a password, and so may what was meant to be one.
std::string without_secret(std::string_view url) {
    const auto scheme_end = url.find("://");
    return scheme_end == url.npos ? "…" : fmt::format("{}://…", url.substr(0, scheme_end));
}

void given_settings::check(const setting& s) {
    if (only_print_) return;
    const auto found = values_.find(s.name);
    if (found == values_.end()) {
        if (s.fallback == required)
            throw settings_error(
                fmt::format("{0} is required: give --{0} or {1}{2}", s.name, variable_of(s),
                            s.rule.words.empty() ? "" : fmt::format(" ({})", allowed(s.rule))));
        values_.try_emplace(s.name, std::string{s.fallback}, "the default");
        return;
    }
    const auto& [text, source] = found->second;
    if (is_allowed(s.rule, text)) return;
    const auto shown = s.rule.kind == kind::url ? without_secret(text) : text;
    throw settings_error(
        fmt::format("{}: '{}' is not allowed; allowed: {}", source, shown, allowed(s.rule)));
}

void refuse_unless(bool consistent, const std::string& contradiction) {
    if (!consistent) throw settings_error(contradiction);
}

std::string written(std::string_view name, milliseconds value) {
    return fmt::format("{} ({})", name, write_amount(value.count(), kind::duration));
}

void read(const given_settings& given, shared_settings& s) {
    s.database_url = given.text("database-url");
    s.redis_url = given.text("redis-url");
    s.log_level = log::parse_level(given.text("log-level")).value();
    s.wait_timeout = given.time("wait-timeout");
    s.warnings = given.warnings();
}

void read(const given_settings& given, server_settings& s) {
    read(given, static_cast<shared_settings&>(s));
    s.metrics_address = given.address("metrics-address");
    s.metrics_port = given.port("metrics-port");
    s.drain_timeout = given.time("drain-timeout");
}

void read(const given_settings& given, keyring_settings& s) {
    s.file = given.text("keyring");
    s.shared = given.is("keyring-access", "shared");
}

void read_limits(const given_settings& given, api_settings& s) {
    s.max_connections = given.count("max-connections");
    s.max_in_flight = given.count("max-in-flight");
    s.unanswered_limit = given.bytes("unanswered-limit");
    s.unsent_limit = given.bytes("unsent-limit");
    s.header_limit = given.bytes("header-limit");
    s.body_limit = given.bytes("body-limit");
    s.header_timeout = given.time("header-timeout");
    s.body_timeout = given.time("body-timeout");
    s.keep_alive_timeout = given.time("keep-alive-timeout");
    s.request_timeout = given.time("request-timeout");
}

void read(const given_settings& given, api_settings& s) {
    read(given, static_cast<server_settings&>(s));
    read(given, s.keyring);
    read_limits(given, s);
    s.http_address = given.address("http-address");
    s.http_port = given.port("http-port");
    constexpr std::size_t most_threads = 64;
    s.threads = given.count("threads");
    if (s.threads == 0)
        s.threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
    s.database_connections = given.count("database-connections");
    s.cors_origins = given.list("cors-origins");
    s.access_log = given.is("access-log", "on")    ? access_log::on
                   : given.is("access-log", "off") ? access_log::off
                                                   : access_log::errors;
    s.key_cache_ttl = given.time("key-cache-ttl");
    s.key_cache_size = given.count("key-cache-size");
    s.page_cache_size = given.bytes("page-cache-size");
    s.session_ttl = given.time("session-ttl");
    s.idempotency_ttl = given.time("idempotency-ttl");
    refuse_unless(
        s.http_port == 0 || s.http_port != s.metrics_port || s.http_address != s.metrics_address,
        fmt::format("http-port and metrics-port are both {}", s.http_port));
    refuse_unless(s.request_timeout < s.idempotency_ttl,
                  written("request-timeout", s.request_timeout) + " must be less than " +
                      written("idempotency-ttl", s.idempotency_ttl));
}

void refuse_contradictions(const worker_settings& s) {
    refuse_unless(s.heartbeat * 2 <= s.lease,
                  written("heartbeat", s.heartbeat) + " must be at most half of " +
                      written("lease", s.lease) + ", so that one lost heartbeat loses no claim");
    refuse_unless(s.job_timeout < s.lease, written("job-timeout", s.job_timeout) +
                                               " must be less than " + written("lease", s.lease));
    refuse_unless(s.sweep <= s.lease,
                  written("sweep", s.sweep) + " must be at most " + written("lease", s.lease));
    refuse_unless(s.read_block <= s.drain_timeout,
                  written("read-block", s.read_block) + " must be at most " +
                      written("drain-timeout", s.drain_timeout) + ", or no stop is ever in time");
}

std::string host_and_pid() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return fmt::format("{}-{}", host.data(), ::getpid());
}

void read(const given_settings& given, worker_settings& s) {
    read(given, static_cast<server_settings&>(s));
    for (const auto& each : given.list("queues"))
        s.queues.push_back(parse_share(each, shares).value());
    for (auto& each : s.queues)
        if (each.batches == 0) each.batches = given.count("concurrency");
    s.batch_size = given.count("batch-size");
    s.lease = given.time("lease");
    s.heartbeat = given.time("heartbeat");
    s.sweep = given.time("sweep");
    s.job_timeout = given.time("job-timeout");
    s.yield_for = given.time("yield-for");
    s.database_cpus = given.count("database-cpus");
    if (s.database_cpus == 0)
        s.database_cpus = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
    s.relay_interval = given.time("relay-interval");
    s.read_block = given.time("read-block");
    s.worker_name = given.text("worker-name");
    if (s.worker_name.empty()) s.worker_name = host_and_pid();
    refuse_contradictions(s);
}

void read(const given_settings& given, admin_settings& s) {
    read(given, static_cast<shared_settings&>(s));
    read(given, s.keyring);
    s.command = given.leftover();
}

template<class Settings>
loaded<Settings> load(program p, int argc, const char* const* argv,
                      const char* const* environment) {
    try {
        const given_settings given{p, argc, argv, environment};
        if (given.only_print()) return early_exit{0, *given.only_print()};
        Settings settings{};
        read(given, settings);
        return settings;
    } catch (const settings_error& problem) {
        return early_exit{2, fmt::format("{}: {}\n", name_of(p), problem.what())};
    } catch (const boost::program_options::error& problem) {
        return early_exit{2, fmt::format("{}: {}\n", name_of(p), problem.what())};
    }
}

}  // namespace

loaded<api_settings> load_api_settings(int argc, const char* const* argv,
                                       const char* const* environment) {
    return load<api_settings>(api, argc, argv, environment);
}

loaded<worker_settings> load_worker_settings(int argc, const char* const* argv,
                                             const char* const* environment) {
    return load<worker_settings>(worker, argc, argv, environment);
}

loaded<admin_settings> load_admin_settings(int argc, const char* const* argv,
                                           const char* const* environment) {
    return load<admin_settings>(admin, argc, argv, environment);
}

}  // namespace tenantry
