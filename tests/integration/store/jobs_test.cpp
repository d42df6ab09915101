// Jobs as an agency sees and retries them.
#include "common/store/jobs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using domain::job_state;
using test::by;
using test::create;
using test::names;
using test::once;
using test::soon;
using test::tenants;

namespace {

/// By PostgreSQL's clock, which is this machine's.
bool is_recent(timestamp t) {
    const auto now = std::chrono::system_clock::now();
    return t <= now && now - t < std::chrono::minutes{1};
}

task<domain::page<domain::job>> list(tenants& t, domain::job_filter filter = {},
                                     std::int64_t page = 1) {
    auto found = co_await list_jobs(t.api, t.first.agency, filter, page, soon());
    co_return found.value();
}

task<verdict> retry(tenants& t, command by, domain::job_id id,
                    std::optional<domain::company_id> company = std::nullopt) {
    auto answer = co_await retry_job(t.api, by, company, id, soon());
    co_return answer.value();
}

void settle_as(tenants& t, domain::job_id id, const char* state) {
    t.db.execute(fmt::format(
        "UPDATE tenantry.job SET state = '{}', attempts = 20, crashes = 2, last_error = 'no',"
        " finished_at = now(), run_at = now() + interval '1 hour' WHERE job_id = {}",
        state, id));
}

/// The two jobs of a new company, provisioning first.
task<std::vector<domain::job_id>> two_jobs(tenants& t, const char* company) {
    co_await create(t, t.first, names(company));
    const auto newest = (co_await list(t)).content;
    co_return std::vector{newest[1].id, newest[0].id};
}

task<> read_back(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    auto found = co_await find_job(t.api, t.first.agency, std::nullopt, ids[0], soon());
    const auto& job = found.value();
    BOOST_TEST(job.kind == "provisioning");
    BOOST_TEST(job.queue == "provisioning");
    BOOST_TEST((job.state == job_state::pending));
    BOOST_TEST(job.attempts + job.crashes + job.steps_done == 0);
    BOOST_TEST(job.steps_total == 4);
    BOOST_TEST(job.company.has_value());
    BOOST_TEST((job.created_at == test::noon));
    BOOST_TEST(is_recent(job.run_at));
    BOOST_TEST(!(job.last_error || job.started_at || job.finished_at));
}

task<> hide_from_others(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    const auto other = co_await create(t, t.first, names("Beta"));
    auto elsewhere = co_await find_job(t.api, t.second.agency, std::nullopt, ids[0], soon());
    BOOST_TEST((elsewhere.error().code == errc::not_found));
    auto in_another = co_await find_job(t.api, t.first.agency, other[0], ids[0], soon());
    BOOST_TEST((in_another.error().code == errc::not_found));
    settle_as(t, ids[0], "dead");
    const auto not_theirs = co_await retry(t, by(t.second), ids[0]);
    BOOST_TEST((not_theirs.what == verdict::kind::refused));
    BOOST_TEST(not_theirs.subject == "");
    const auto not_the_companys = co_await retry(t, by(t.first), ids[0], other[0]);
    BOOST_TEST((not_the_companys.what == verdict::kind::refused));
    BOOST_TEST(not_the_companys.subject == "");
}

task<> filter(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    const auto other = co_await create(t, t.first, names("Beta"));
    settle_as(t, ids[0], "dead");
    const auto all = co_await list(t);
    BOOST_TEST(all.total_elements == 4);
    BOOST_TEST(all.content.front().id > all.content.back().id);
    domain::job_filter wanted;
    wanted.state = job_state::dead;
    const auto dead = co_await list(t, wanted);
    BOOST_TEST_REQUIRE(dead.content.size() == 1u);
    BOOST_TEST(dead.content[0].id == ids[0]);
    BOOST_TEST(dead.content[0].last_error.value() == "no");
    wanted = domain::job_filter();
    wanted.kind = "billing";
    const auto billing = co_await list(t, wanted);
    BOOST_TEST(billing.total_elements == 2);
    wanted = domain::job_filter();
    wanted.company = other[0];
    const auto of_other = co_await list(t, wanted);
    BOOST_TEST(of_other.total_elements == 2);
    const auto beyond = co_await list(t, domain::job_filter(), 2);
    BOOST_TEST(beyond.content.empty());
}

task<> retry_what_ended_badly(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    for (const auto* state : {"dead", "quarantined"}) {
        settle_as(t, ids[0], state);
        const auto v = co_await retry(t, by(t.first), ids[0]);
        BOOST_TEST((v.what == verdict::kind::done), state);
        auto found = co_await find_job(t.api, t.first.agency, std::nullopt, ids[0], soon());
        BOOST_TEST((found.value().state == job_state::pending));
        BOOST_TEST(found.value().attempts + found.value().crashes == 0);
        BOOST_TEST(is_recent(found.value().run_at));
        BOOST_TEST(!found.value().finished_at.has_value());
    }
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action ="
                            " 'job.retried' AND user_id IS NOT NULL AND company_id IS NOT NULL") ==
               "2");
}

task<> refuse_the_rest(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    for (const auto* state : {"pending", "done", "cancelled"}) {
        settle_as(t, ids[0], state);
        const auto v = co_await retry(t, by(t.first), ids[0]);
        BOOST_TEST((v.what == verdict::kind::refused), state);
        BOOST_TEST(v.subject == state);
    }
    const auto unknown = co_await retry(t, by(t.first), domain::job_id{999});
    BOOST_TEST((unknown.what == verdict::kind::refused));
    BOOST_TEST(unknown.subject == "");
}

task<> retry_once_for_a_key(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    auto command = by(t.first);
    command.idempotency = once("k");
    settle_as(t, ids[0], "dead");
    const auto first = co_await retry(t, command, ids[0]);
    BOOST_TEST((first.what == verdict::kind::done));
    settle_as(t, ids[0], "dead");
    const auto second = co_await retry(t, command, ids[0]);
    BOOST_TEST((second.what == verdict::kind::replayed));
    auto found = co_await find_job(t.api, t.first.agency, std::nullopt, ids[0], soon());
    BOOST_TEST((found.value().state == job_state::dead));
}

task<> let_the_operator_retry(tenants& t) {
    const auto ids = co_await two_jobs(t, "Acme");
    settle_as(t, ids[1], "dead");
    auto retried =
        co_await retry_job_as_operator(t.owner, t.first.agency, ids[1], test::noon, soon());
    BOOST_TEST(retried.has_value());
    auto again =
        co_await retry_job_as_operator(t.owner, t.first.agency, ids[1], test::noon, soon());
    BOOST_TEST((again.error().code == errc::job_not_retryable));
    BOOST_TEST(t.db.execute("SELECT count(*) FROM tenantry.audit_event WHERE action ="
                            " 'job.retried' AND user_id IS NULL") == "1");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jobs_test)

BOOST_AUTO_TEST_CASE(a_job_reads_back_as_it_was_created) {
    test::with_tenants(read_back);
}
BOOST_AUTO_TEST_CASE(another_agencys_or_companys_job_does_not_exist) {
    test::with_tenants(hide_from_others);
}
BOOST_AUTO_TEST_CASE(jobs_are_listed_newest_first_by_state_kind_and_company) {
    test::with_tenants(filter);
}
BOOST_AUTO_TEST_CASE(a_dead_or_quarantined_job_starts_over) {
    test::with_tenants(retry_what_ended_badly);
}
BOOST_AUTO_TEST_CASE(a_job_in_another_state_is_refused_with_its_state) {
    test::with_tenants(refuse_the_rest);
}
BOOST_AUTO_TEST_CASE(a_retry_runs_once_for_its_idempotency_key) {
    test::with_tenants(retry_once_for_a_key);
}
BOOST_AUTO_TEST_CASE(the_operator_retries_as_nobodys_user) {
    test::with_tenants(let_the_operator_retry);
}

BOOST_AUTO_TEST_SUITE_END()
