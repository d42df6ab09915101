// The use cases on a real database: ownership, races, replays, and what a dump reveals.
#include <boost/test/unit_test.hpp>

#include <fstream>

#include "api/service/api_keys.hpp"
#include "api/service/companies.hpp"
#include "api/service/jobs.hpp"
#include "common/crypto/api_key_text.hpp"
#include "common/runtime/redact.hpp"
#include "tests/integration/service/services.hpp"
#include "tests/integration/store/open_transaction.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using test::names;
using test::parsed;
using test::request_of;
using test::services;

namespace {

const domain::company_filter everyone{};

store::stored_response encode_ids(std::span<const domain::company> companies) {
    store::stored_response response;
    for (const auto& c : companies) response.body += fmt::format("{}:{} ", c.id, c.name);
    return response;
}
store::stored_response encode_key(domain::company_id, const service::api_key& key) {
    return {.body = key.text};
}
store::stored_response encode_retried(domain::job_id id) {
    return {.body = std::to_string(id.value())};
}

task<result<service::answer>> create(services& s, const domain::principal& who,
                                     std::vector<std::string> named, const char* key = nullptr) {
    co_return co_await service::create_companies(s.env, request_of(who, key), parsed(named),
                                                 encode_ids);
}

task<domain::company_id> create_one(services& s, const domain::principal& who, const char* name) {
    auto answer = co_await create(s, who, names(name));
    co_return domain::company_id{std::stoll(answer.value().response.body)};
}

/// The first key of the company, as its owner reads it.
task<service::api_key> first_key(services& s, const domain::principal& who,
                                 domain::company_id company) {
    auto keys = co_await service::list_api_keys(s.env, request_of(who), company, 1);
    co_return keys.value().content.at(0);
}

std::string count(services& s, const char* table) {
    return s.t.db.execute(std::string{"SELECT count(*) FROM tenantry."} + table);
}

task<> own_what_is_created(services& s) {
    auto answer = co_await create(s, s.first, names("A", "B"));
    BOOST_TEST(!answer.value().replayed);
    auto listed =
        co_await service::list_companies(s.env, request_of(s.first), everyone, domain::window());
    BOOST_TEST_REQUIRE(listed.value()->content.size() == 2u);
    for (const auto& c : listed.value()->content) {
        BOOST_TEST(c.owner == "Michael Scott");
        const auto key = co_await first_key(s, s.first, c.id);
        BOOST_TEST(crypto::parse_api_key(key.text)->agency == s.first.agency);
    }
    auto jobs = co_await service::list_jobs(s.env, request_of(s.first), domain::job_filter(), 1);
    BOOST_TEST(jobs.value().total_elements == 4);
    auto theirs =
        co_await service::list_companies(s.env, request_of(s.second), everyone, domain::window());
    BOOST_TEST(theirs.value()->content.empty());
}

task<> all_or_none(services& s) {
    co_await create(s, s.first, names("Taken"));
    auto refused = co_await create(s, s.first, names("A", "TAKEN", "B"));
    BOOST_TEST((refused.error().code == errc::name_taken));
    BOOST_TEST(refused.error().subject == "TAKEN");
    for (const auto* table : {"company", "api_key"}) BOOST_TEST(count(s, table) == "1");
    auto elsewhere = co_await create(s, s.second, names("Taken"));
    BOOST_TEST(elsewhere.has_value());
}

/// How many of two creations at the same time were done and how many refused for the name.
struct race {
    int done = 0, refused = 0, other = 0;
    void count(const result<service::answer>& answer) {
        if (answer)
            ++done;
        else if (answer.error().code == errc::name_taken)
            ++refused;
        else
            ++other;
    }
    int all() const { return done + refused + other; }
};

task<> race_for_names(services& s) {
    const auto ex = co_await net::this_coro::executor;
    constexpr int rounds = 25;
    for (int round = 0; round < rounds; ++round) {
        race r;
        const auto name = [&](const char* which) { return fmt::format("{} {}", which, round); };
        const auto told = [&r](std::exception_ptr, result<service::answer> a) { r.count(a); };
        // The same two names in the two orders in which a deadlock would come about.
        net::co_spawn(ex, create(s, s.first, names(name("x"), name("a"), name("Same"))), told);
        net::co_spawn(ex, create(s, s.first, names(name("SAME"), name("A"), name("y"))), told);
        co_await test::until([&] { return r.all() == 2; });
        BOOST_TEST(r.done == 1);
        BOOST_TEST(r.refused == 1);
    }
    BOOST_TEST(count(s, "company") == std::to_string(3 * rounds));
    BOOST_TEST(count(s, "api_key") == std::to_string(3 * rounds));
    BOOST_TEST(count(s, "job") == std::to_string(6 * rounds));
}

task<> close(services& s, domain::company_id company, std::size_t& ended) {
    domain::company_change change;
    change.active = false;
    co_await service::update_company(s.env, request_of(s.first), company, change);
    ++ended;
}

/// A change of a row that somebody holds waits with its connection, and those of the same agency
/// without one.
task<> leave_connections_to_others(services& s) {
    const auto held = co_await create_one(s, s.first, "Held");
    auto lock = co_await test::open_transaction::of(
        s.t.owner,
        fmt::format("SELECT FROM tenantry.company WHERE company_id = {} FOR UPDATE", held));
    const auto ex = co_await net::this_coro::executor;
    constexpr std::size_t changes = 8;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < changes; ++i)
        net::co_spawn(ex, close(s, held, ended), net::detached);
    co_await test::until([&] { return s.alone.waiting() == changes - 1; });
    BOOST_TEST((co_await create(s, s.second, names("Theirs"))).has_value());
    BOOST_TEST((co_await create(s, s.first, names("Another"))).has_value());
    const auto none = request_of(s.second);
    BOOST_TEST(!(co_await service::get_job(s.env, none, domain::job_id{1})).has_value());
    BOOST_TEST(ended == 0u);
    co_await lock.commit();
    co_await test::until([&] { return ended == changes; });
}

task<errc> retry_with_a_key(services& s, const domain::principal& who) {
    const domain::job_id of_none{1};
    auto answer = co_await service::retry_job(s.env, request_of(who, "k"), of_none, encode_retried);
    co_return answer.error().code;
}

/// The first use of a key may wait for its turn; the second is told so, and waits for nothing.
task<> tell_a_second_use_at_once(services& s) {
    auto taken = co_await s.alone.take(s.first.agency, test::soon());
    std::optional<store::agency_turns::turn> held{std::move(taken.value())};
    std::optional<errc> first_ended;
    const auto told = [&](std::exception_ptr, errc code) { first_ended = code; };
    const auto ex = co_await net::this_coro::executor;
    net::co_spawn(ex, retry_with_a_key(s, s.first), told);
    co_await test::until([&] { return s.alone.waiting() == 1; });
    BOOST_TEST((co_await retry_with_a_key(s, s.first) == errc::idempotency_in_progress));
    BOOST_TEST((co_await retry_with_a_key(s, s.second) == errc::not_found));
    BOOST_TEST(!first_ended.has_value());
    held.reset();
    co_await test::until([&] { return first_ended.has_value(); });
    BOOST_TEST((first_ended == errc::not_found));
    BOOST_TEST((co_await retry_with_a_key(s, s.first) == errc::not_found));
}

task<> race_with_one_key(services& s) {
    const auto ex = co_await net::this_coro::executor;
    int done = 0, replayed = 0, in_progress = 0, other = 0;
    const auto told = [&](std::exception_ptr, result<service::answer> a) {
        if (a)
            ++(a->replayed ? replayed : done);
        else
            ++(a.error().code == errc::idempotency_in_progress ? in_progress : other);
    };
    for (int i = 0; i < 8; ++i) net::co_spawn(ex, create(s, s.first, names("Acme"), "k"), told);
    co_await test::until([&] { return done + replayed + in_progress + other == 8; });
    BOOST_TEST(done == 1);
    BOOST_TEST(other == 0);
    BOOST_TEST(count(s, "company") == "1");
}

task<> replay(services& s) {
    auto first = co_await create(s, s.first, names("A"), "k");
    auto again = co_await create(s, s.first, names("A"), "k");
    BOOST_TEST(again.value().replayed);
    BOOST_TEST(again.value().response.body == first.value().response.body);
    auto mismatched = request_of(s.first, "k");
    mismatched.idempotency->request_hash = crypto::sha256("another");
    auto refused =
        co_await service::create_companies(s.env, mismatched, parsed(names("B")), encode_ids);
    BOOST_TEST((refused.error().code == errc::idempotency_mismatch));
    BOOST_TEST(count(s, "company") == "1");
    BOOST_TEST(count(s, "job") == "2");
}

domain::api_key_label label(const char* text) {
    return domain::api_key_label::parse(text).value();
}

task<> manage_keys(services& s) {
    const auto company = co_await create_one(s, s.first, "Acme");
    auto made = co_await service::create_api_key(s.env, request_of(s.first), company, label("mine"),
                                                 encode_key);
    auto keys = co_await service::list_api_keys(s.env, request_of(s.first), company, 1);
    BOOST_TEST_REQUIRE(keys.value().content.size() == 2u);
    const auto key = keys.value().content[1];
    BOOST_TEST(key.text == made.value().response.body);
    BOOST_TEST(key.label.value() == "mine");

    const auto epoch = s.revoked.current(s.first.agency);
    auto rotated = co_await service::rotate_api_key(s.env, request_of(s.first), company, key.id,
                                                    domain::rotation_overlap::one_hour, encode_key);
    BOOST_TEST(rotated.value().response.body != key.text);
    BOOST_TEST(s.revoked.current(s.first.agency) > epoch);
    auto overlapping = co_await service::list_api_keys(s.env, request_of(s.first), company, 1);
    BOOST_TEST((overlapping.value().content.at(1).valid_until.value() == test::noon + 1h));
    s.time.advance(1h);
    auto after = co_await service::list_api_keys(s.env, request_of(s.first), company, 1);
    BOOST_TEST(after.value().content.size() == 2u);

    const auto last = after.value().content[1].id;
    auto revoked = co_await service::revoke_api_key(s.env, request_of(s.first), company, last);
    BOOST_TEST(revoked.has_value());
    auto twice = co_await service::revoke_api_key(s.env, request_of(s.first), company, last);
    BOOST_TEST((twice.error().code == errc::not_found));
    auto foreign = co_await service::list_api_keys(s.env, request_of(s.second), company, 1);
    BOOST_TEST((foreign.error().code == errc::not_found));
}

task<> narrow_to_a_company(services& s) {
    const auto company = co_await create_one(s, s.first, "Acme");
    const auto other = co_await create_one(s, s.first, "Beta");
    auto inside = s.first;
    inside.company = company;
    auto created = co_await create(s, inside, names("C"));
    BOOST_TEST((created.error().code == errc::insufficient_scope));
    auto listed =
        co_await service::list_companies(s.env, request_of(inside), everyone, domain::window());
    BOOST_TEST(listed.value()->total_elements == 1);
    auto own = co_await service::get_company(s.env, request_of(inside), company);
    BOOST_TEST(own.has_value());
    auto hidden = co_await service::get_company(s.env, request_of(inside), other);
    BOOST_TEST((hidden.error().code == errc::not_found));
    domain::company_change stop{.active = false};
    auto changed = co_await service::update_company(s.env, request_of(inside), company, stop);
    BOOST_TEST((changed.error().code == errc::insufficient_scope));
    auto changed_other = co_await service::update_company(s.env, request_of(inside), other, stop);
    BOOST_TEST((changed_other.error().code == errc::not_found));
    auto keys = co_await service::list_api_keys(s.env, request_of(inside), other, 1);
    BOOST_TEST((keys.error().code == errc::not_found));
    auto jobs = co_await service::list_jobs(s.env, request_of(inside), domain::job_filter(), 1);
    BOOST_TEST(jobs.value().total_elements == 2);
    auto all = co_await service::list_jobs(s.env, request_of(s.first), domain::job_filter(), 1);
    auto theirs = co_await service::get_job(s.env, request_of(inside), all.value().content[0].id);
    BOOST_TEST((theirs.error().code == errc::not_found));
}

task<> retry(services& s) {
    co_await create_one(s, s.first, "Acme");
    auto jobs = co_await service::list_jobs(s.env, request_of(s.first), domain::job_filter(), 1);
    const auto id = jobs.value().content[0].id;
    auto pending = co_await service::retry_job(s.env, request_of(s.first), id, encode_retried);
    BOOST_TEST((pending.error().code == errc::job_not_retryable));
    BOOST_TEST(pending.error().subject == "pending");
    s.t.db.execute("UPDATE tenantry.job SET state = 'dead'");
    auto done = co_await service::retry_job(s.env, request_of(s.first), id, encode_retried);
    BOOST_TEST(done.value().response.body == std::to_string(id.value()));
    auto foreign = co_await service::retry_job(s.env, request_of(s.second), id, encode_retried);
    BOOST_TEST((foreign.error().code == errc::not_found));
}

std::string dump(const test::database& db) {
    const test::temporary_directory directory;
    const auto file = directory.path() / "dump";
    test::process run{{"pg_dump", "--inserts", "-f", file.string(), db.owner_url()}};
    BOOST_TEST((run.wait() == 0));
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string in_hex(std::string_view text) {
    std::string hex;
    for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex;
}

task<> reveal_nothing(services& s) {
    const auto company = co_await create_one(s, s.first, "Acme");
    auto made = co_await service::create_api_key(s.env, request_of(s.first, "k"), company,
                                                 label("mine"), encode_key);
    auto again = co_await service::create_api_key(s.env, request_of(s.first, "k"), company,
                                                  label("mine"), encode_key);
    BOOST_TEST(again.value().replayed);
    BOOST_TEST(again.value().response.body == made.value().response.body);
    const auto born_with = co_await first_key(s, s.first, company);

    const auto all = dump(s.t.db);
    const auto has = [&](const std::string& part) { return all.find(part) != std::string::npos; };
    BOOST_TEST(has("Acme"));
    BOOST_TEST(!has(std::string{api_key_prefix}));
    BOOST_TEST(!has(in_hex(api_key_prefix)));
    for (const auto& text : {made.value().response.body, born_with.text}) {
        const auto secret = text.substr(text.size() - 38, 32);
        BOOST_TEST(!has(secret));
        BOOST_TEST(!has(in_hex(secret)));
    }
}

task<> notice_tampering(services& s) {
    const auto one = co_await create_one(s, s.first, "A");
    const auto two = co_await create_one(s, s.first, "B");
    // The seal of another row, under the same keyring, does not open in this one.
    s.t.db.execute(fmt::format(
        "UPDATE tenantry.api_key SET sealed_key = (SELECT sealed_key FROM tenantry.api_key WHERE"
        " company_id = {}) WHERE company_id = {}",
        two, one));
    auto keys = co_await service::list_api_keys(s.env, request_of(s.first), one, 1);
    BOOST_TEST((keys.error().code == errc::internal));
    BOOST_TEST(keys.error().cause.find("does not open") != std::string::npos);
    const auto untouched = co_await first_key(s, s.first, two);
    BOOST_TEST(crypto::parse_api_key(untouched.text).has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(services_test)

BOOST_AUTO_TEST_CASE(changes_that_wait_for_a_row_keep_one_connection) {
    test::with_services<leave_connections_to_others>();
}
BOOST_AUTO_TEST_CASE(a_second_use_of_a_key_is_told_so_while_the_first_waits_for_its_turn) {
    test::with_services<tell_a_second_use_at_once>();
}
BOOST_AUTO_TEST_CASE(companies_belong_to_the_user_of_the_key_and_are_born_with_a_key_that_opens) {
    test::with_services<own_what_is_created>();
}
BOOST_AUTO_TEST_CASE(one_taken_name_refuses_the_whole_request) {
    test::with_services<all_or_none>();
}
BOOST_AUTO_TEST_CASE(of_two_requests_for_one_name_one_is_done_and_one_refused) {
    test::with_services<race_for_names>();
}
BOOST_AUTO_TEST_CASE(an_idempotency_key_that_is_used_many_times_at_once_is_done_once) {
    test::with_services<race_with_one_key>();
}
BOOST_AUTO_TEST_CASE(a_repeated_request_is_answered_as_the_first) {
    test::with_services<replay>();
}
BOOST_AUTO_TEST_CASE(keys_are_made_rotated_and_revoked) {
    test::with_services<manage_keys>();
}
BOOST_AUTO_TEST_CASE(the_key_of_a_company_reaches_that_company_alone) {
    test::with_services<narrow_to_a_company>();
}
BOOST_AUTO_TEST_CASE(a_dead_job_is_retried_by_its_agency) {
    test::with_services<retry>();
}
BOOST_AUTO_TEST_CASE(a_dump_of_the_database_opens_nothing) {
    test::with_services<reveal_nothing>();
}
BOOST_AUTO_TEST_CASE(a_seal_opens_in_its_own_row_alone) {
    test::with_services<notice_tampering>();
}

BOOST_AUTO_TEST_SUITE_END()
