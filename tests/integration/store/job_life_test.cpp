// A job's life as a state machine: random commands of clients, operators, workers, stale workers
// and the lease sweep, each run against PostgreSQL and against a model, after each of which both
// agree.
#include <rapidcheck.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "common/domain/retry.hpp"
#include "common/store/job_queue.hpp"
#include "tests/integration/store/tenants.hpp"

using namespace tenantry;
using namespace tenantry::store;
using namespace std::chrono_literals;
using test::soon;
using test::tenants;

namespace {

enum class act {
    add,
    claim,
    suspect,
    complete,
    retry_later,
    discard,
    crash,
    extend,
    cancel,
    retry,
    release
};
constexpr int acts = 11;

/// One command; `which` chooses among what there is, `many` how many.
struct step {
    act what;
    unsigned which;
    int many;
};

/// What a job's row must say.
struct model_job {
    std::string state = "pending";
    int epoch = 0, attempts = 0, crashes = 0;
    bool called_off = false;
    int effects = 0;

    bool is(const char* s) const { return state == s; }
    bool open() const { return is("pending") || is("running"); }
    bool operator==(const model_job&) const = default;
};

std::string text_of(const model_job& j) {
    return fmt::format("{} epoch {} attempts {} crashes {} called off {} effects {}", j.state,
                       j.epoch, j.attempts, j.crashes, j.called_off, j.effects);
}

constexpr pg::statement effect_statement{
    "note_effects",
    "INSERT INTO tenantry.audit_event (agency_id, at, action, subject_id)"
    " SELECT agency_id, now(), 'effect', job_id"
    " FROM unnest($1::bigint[], $2::bigint[]) AS t(agency_id, job_id)"};
constexpr pg::statement rows_statement{
    "model_rows",
    "SELECT job_id, state, epoch, attempts, crashes, cancel_requested_at IS NOT NULL,"
    " (SELECT count(*) FROM tenantry.audit_event e WHERE e.agency_id = j.agency_id"
    "  AND e.subject_id = j.job_id AND action = 'effect')::int"
    " FROM tenantry.job j WHERE agency_id = $1"};
constexpr pg::statement expire_statement{
    "expire_lease",
    "UPDATE tenantry.job SET lease_until = now() - interval '1 s'"
    " WHERE agency_id = $1 AND job_id = $2 AND state = 'running'"};

/// An agency whose jobs go through a script.
class life {
public:
    life(tenants& t, domain::agency_id agency) : t_{t}, agency_{agency} {}

    /// The first difference between PostgreSQL and the model; "" when there is none.
    task<std::string> run(std::vector<step> script) {
        for (const auto& each : script) {
            co_await perform(each);
            auto difference = co_await compare();
            if (!difference.empty())
                co_return fmt::format("after act {}: {}", static_cast<int>(each.what), difference);
        }
        co_return "";
    }

private:
    task<> perform(step s) {
        switch (s.what) {
            case act::add:
                co_await add();
                break;
            case act::claim:
                co_await claim(s.many);
                break;
            case act::suspect:
                co_await claim_one_suspect(s.which);
                break;
            case act::complete:
                co_await complete(s.which);
                break;
            case act::retry_later:
                co_await fail(s.which, 0ms);
                break;
            case act::discard:
                co_await fail(s.which, std::nullopt);
                break;
            case act::crash:
                co_await crash(s.which);
                break;
            case act::extend:
                co_await extend(s.which);
                break;
            case act::cancel:
                co_await cancel(s.which);
                break;
            case act::retry:
                co_await retry(s.which);
                break;
            case act::release:
                co_await release(s.which);
                break;
        }
    }

    task<> add() {
        added_job job{.agency = agency_, .kind = jobs::noop};
        auto id = co_await add_job(t_.owner, std::move(job), soon());
        jobs_.try_emplace(id.value()->value());
    }

    task<> claim(int at_most) {
        std::vector<lane_demand> demands;
        demands.push_back({{agency_, std::string{jobs::noop.queue}}, at_most});
        auto claims = co_await claim_due_jobs(t_.worker, demands, 1h, "w", soon());
        const auto& got = claims.value().lanes.front().jobs;
        int due = 0;
        for (const auto& [id, j] : jobs_) due += j.is("pending") && j.crashes < 2;
        if (static_cast<int>(got.size()) != std::min(at_most, due)) note("claimed another number");
        for (const auto& job : got) take(job);
    }

    task<> claim_one_suspect(unsigned which) {
        const auto id = some_job(which);
        if (!id) co_return;
        const job_reference wanted{agency_, domain::job_id{*id}};
        auto claimed = co_await claim_suspect(t_.worker, wanted, 1h, "w", soon());
        const auto& j = jobs_.at(*id);
        if (claimed.value().has_value() != (j.is("pending") && j.crashes >= 2))
            note("a suspect is claimed when it should not, or not when it should");
        if (*claimed) take(**claimed);
    }

    void take(const claimed_job& job) {
        auto& j = jobs_.at(job.job.value());
        if (!j.is("pending")) note("claimed what is not pending");
        j.state = "running";
        ++j.attempts;
        if (job.epoch != ++j.epoch) note("claimed with another epoch");
        claims_.push_back(job);
    }

    /// Whoever holds, or believes to hold, a job commits its effect with its completion.
    task<> complete(unsigned which) {
        const auto* held = some_claim(which);
        if (!held) co_return;
        auto connection = co_await t_.worker.acquire(soon());
        auto ours = co_await complete_jobs(**connection, {held, 1}, soon());
        std::vector<std::int64_t> of, ids;
        for (const auto& job : ours.value().done) {
            of.push_back(job.agency.value());
            ids.push_back(job.job.value());
        }
        co_await (**connection).run(effect_statement, {of, ids}, soon());
        co_await commit(**connection, soon());
        auto* j = held_in_truth(*held);
        if (!j) co_return;
        j->state = j->called_off ? "cancelled" : "done";
        j->effects += j->called_off ? 0 : 1;
    }

    task<> fail(unsigned which, std::optional<std::chrono::milliseconds> retry_after) {
        const auto* held = some_claim(which);
        if (!held) co_return;
        const failed_job failed{{held->agency, held->job}, held->epoch, {"no luck", retry_after}};
        (co_await fail_jobs(t_.worker, {&failed, 1}, soon())).value();
        if (auto* j = held_in_truth(*held))
            j->state = !retry_after ? "dead" : j->called_off ? "cancelled" : "pending";
    }

    task<> crash(unsigned which) {
        const auto id = some_job(which);
        if (!id) co_return;
        (co_await t_.owner.run(expire_statement, {agency_.value(), *id}, soon())).value();
        (co_await sweep_expired_leases(t_.worker, soon())).value();
        auto& j = jobs_.at(*id);
        if (!j.is("running")) co_return;
        --j.attempts;
        ++j.crashes;
        j.state = j.called_off                       ? "cancelled"
                  : j.crashes >= domain::max_crashes ? "quarantined"
                                                     : "pending";
    }

    task<> extend(unsigned which) {
        const auto* held = some_claim(which);
        if (held) (co_await extend_leases(t_.worker, {held, 1}, 1h, soon())).value();
    }

    task<> release(unsigned which) {
        const auto* held = some_claim(which);
        if (!held) co_return;
        (co_await release_jobs(t_.worker, {held, 1}, soon())).value();
        if (auto* j = held_in_truth(*held)) {
            j->state = "pending";
            --j->attempts;
        }
    }

    task<> cancel(unsigned which) {
        const auto id = some_job(which);
        if (!id) co_return;
        auto state = co_await cancel_job_as_operator(t_.owner, agency_, domain::job_id{*id},
                                                     test::noon, soon());
        auto& j = jobs_.at(*id);
        if (state.has_value() != j.open()) note("cancelled what is over, or not what is open");
        if (!j.open()) co_return;
        j.called_off = true;
        if (j.is("pending")) j.state = "cancelled";
    }

    task<> retry(unsigned which) {
        const auto id = some_job(which);
        if (!id) co_return;
        auto retried = co_await retry_job_as_operator(t_.owner, agency_, domain::job_id{*id},
                                                      test::noon, soon());
        auto& j = jobs_.at(*id);
        const bool dead = j.is("dead") || j.is("quarantined");
        if (retried.has_value() != dead) note("retried what is not dead, or not what is");
        if (dead) j = {.epoch = j.epoch};
    }

    task<std::string> compare() {
        const pg::query queries[] = {{&rows_statement, {agency_.value()}}};
        auto answer = co_await t_.owner.run(queries, soon());
        const auto& rows = answer.value().front();
        if (rows.size() != jobs_.size()) note("another number of jobs");
        for (const auto row : rows) {
            const auto& expected = jobs_.at(row.get<std::int64_t>(0));
            const model_job real{row.get<std::string>(1),  row.get<std::int32_t>(2),
                                 row.get<std::int32_t>(3), row.get<std::int32_t>(4),
                                 row.get<bool>(5),         row.get<std::int32_t>(6)};
            if (real != expected) note(text_of(real) + ", not " + text_of(expected));
            if (real.effects > 1) note("an effect came twice");
        }
        co_return difference_;
    }

    std::optional<std::int64_t> some_job(unsigned which) const {
        if (jobs_.empty()) return std::nullopt;
        return std::next(jobs_.begin(), static_cast<int>(which % jobs_.size()))->first;
    }
    const claimed_job* some_claim(unsigned which) const {
        return claims_.empty() ? nullptr : &claims_[which % claims_.size()];
    }
    model_job* held_in_truth(const claimed_job& held) {
        auto& j = jobs_.at(held.job.value());
        return j.is("running") && j.epoch == held.epoch ? &j : nullptr;
    }
    void note(std::string difference) {
        if (difference_.empty()) difference_ = std::move(difference);
    }

    tenants& t_;
    domain::agency_id agency_;
    std::map<std::int64_t, model_job> jobs_;
    std::deque<claimed_job> claims_;  ///< every one there was: the older of a job are stale
    std::string difference_;
};

task<std::string> live(executor ex, const test::database& db, std::vector<step> script) {
    tenants t{ex, db};
    const auto someone = test::agency_named("Someone");
    const auto who = (co_await insert_agency(t.owner, someone, test::noon, soon())).value();
    life one{t, who.agency};
    auto difference = co_await one.run(std::move(script));
    t.owner.stop();
    t.api.stop();
    t.worker.stop();
    co_return difference;
}

rc::Gen<step> any_step() {
    return rc::gen::construct<step>(
        rc::gen::map(rc::gen::inRange(0, acts), [](int n) { return static_cast<act>(n); }),
        rc::gen::arbitrary<unsigned>(), rc::gen::inRange(1, 4));
}

std::ostream& operator<<(std::ostream& out, const step& s) {
    return out << "{act " << static_cast<int>(s.what) << ", " << s.which << ", " << s.many << '}';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job_life_test)

BOOST_AUTO_TEST_CASE(
    whatever_comes_together_a_job_is_where_the_model_says_and_its_effect_is_there_once) {
    const test::database db;
    const bool held = rc::check([&] {
        // Something to begin with, so that few commands meet nothing.
        std::vector<step> script{{act::add, 0, 1}, {act::add, 0, 1}, {act::claim, 0, 1}};
        const auto rest = *rc::gen::container<std::vector<step>>(any_step());
        script.insert(script.end(), rest.begin(), rest.end());
        const auto difference = test::run_on_io([&](executor ex) { return live(ex, db, script); });
        if (!difference.empty()) RC_FAIL(difference);
    });
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
