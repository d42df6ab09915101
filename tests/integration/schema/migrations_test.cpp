// Deploys and reverts with the real sqitch in a cluster that has never seen this schema: the roles
// belong to the cluster, so that a shared one could not show them made and dropped.
#include <boost/test/unit_test.hpp>

#include <boost/url.hpp>
#include <fstream>

#include "tests/integration/schema/catalogue.hpp"

using namespace tenantry;
using namespace std::chrono_literals;
using test::ask_at;

namespace {

const std::string source = TENANTRY_SOURCE_DIR;

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class cluster {
public:
    cluster() {
        script("start");
        std::ifstream env{directory_.path() / "env"};
        constexpr std::string_view variable = "DATABASE_URL=";
        for (std::string line; std::getline(env, line);)
            if (line.starts_with(variable)) url_ = line.substr(variable.size());
    }
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;
    ~cluster() { script("destroy"); }

    boost::urls::url url_of(const std::string& database) const {
        boost::urls::url url{url_};
        url.set_path("/" + database);
        return url;
    }

private:
    void script(const char* command) {
        std::vector<std::string> words{source + "/scripts/servers", command,
                                       directory_.path().string()};
        if (command == std::string_view{"start"}) words.push_back("--no-redis");
        test::process run{std::move(words), {{}, directory_.path() / "output"}};
        const auto status = run.wait(60s);
        BOOST_TEST((status == 0), text_of(directory_.path() / "output"));
    }

    test::temporary_directory directory_;
    std::string url_;
};

/// A new empty database of the cluster, and sqitch for it.
class migrated {
public:
    migrated(const cluster& home, const std::string& name) : url_{home.url_of(name)} {
        ask_at(std::string{home.url_of("postgres").buffer()}, "CREATE DATABASE " + name);
    }

    std::string ask(const std::string& sql) const {
        return ask_at(std::string{url_.buffer()}, sql);
    }

    void sqitch(std::vector<std::string> arguments) const {
        std::vector<std::string> words{"sqitch", "--chdir", source + "/schema"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        const test::temporary_directory directory;
        const auto output = directory.path() / "output";
        test::process run{std::move(words), {environment(), output}};
        const auto status = run.wait(120s);
        BOOST_REQUIRE_MESSAGE(status == 0, arguments.front() << ": " << text_of(output));
    }

    std::string deployed() const {
        return ask("SELECT string_agg(change, ' ' ORDER BY committed_at) FROM sqitch.changes");
    }

    /// All there is in the schema, and who may do what with it; but for the owner's own rights,
    /// which stand there only once others have had some.
    std::string fingerprint() const {
        return ask(R"(
WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = 'tenantry'), thing(line) AS (
    SELECT concat_ws(' ', 'namespace', nspname, ARRAY(SELECT x::text FROM unnest(nspacl) x ORDER BY 1))
    FROM pg_namespace WHERE nspname IN ('public', 'tenantry')
    UNION ALL
    SELECT concat_ws(' ', relkind, relname, relrowsecurity, ARRAY(SELECT x::text FROM unnest(relacl) x
        WHERE NOT starts_with(x::text, current_user || '=') ORDER BY 1))
    FROM pg_class WHERE relnamespace IN (SELECT oid FROM home)
    UNION ALL
    SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid::regtype, attnotnull, attacl,
        pg_get_expr(adbin, adrelid))
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND c.relnamespace IN (SELECT oid FROM home)
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT concat_ws(' ', 'sequence', seqrelid::regclass, seqincrement)
    FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid AND c.relnamespace IN (SELECT oid FROM home)
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace IN (SELECT oid FROM home)
    UNION ALL
    SELECT concat_ws(' ', 'policy', polrelid::regclass, polname, pg_get_expr(polqual, polrelid)) FROM pg_policy
    UNION ALL
    SELECT concat_ws(' ', 'routine', proname, proacl) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM home)
    UNION ALL
    SELECT concat_ws(' ', 'role', rolname) FROM pg_roles WHERE rolname LIKE 'tenantry\_%'
)
SELECT string_agg(line, E'\n' ORDER BY line) FROM thing)");
    }

private:
    std::map<std::string, std::string> environment() const {
        return {{"PGHOST", std::string{url_.host()}},
                {"PGPORT", std::string{url_.port()}},
                {"PGUSER", std::string{url_.user()}},
                {"PGPASSWORD", std::string{url_.password()}},
                {"PGDATABASE", std::string{url_.path().substr(1)}},
                {"SQITCH_FULLNAME", "Tenantry"},
                {"SQITCH_EMAIL", "engineering@tenantry.dev"},
                {"TZ", "UTC"}};
    }

    boost::urls::url url_;
};

std::vector<std::string> changes() {
    std::ifstream plan{source + "/schema/sqitch.plan"};
    std::vector<std::string> names;
    for (std::string line; std::getline(plan, line);)
        if (!line.empty() && line[0] != '%') names.push_back(line.substr(0, line.find(' ')));
    return names;
}

bool exists(const migrated& db, const std::string& from_where) {
    return db.ask("SELECT (count(*) > 0)::text FROM " + from_where) == "true";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(migrations_test)

BOOST_AUTO_TEST_CASE(each_change_is_verified_and_its_revert_leaves_what_was_before) {
    const cluster home;
    const migrated db{home, "one"};
    std::vector<std::string> before;
    for (const auto& change : changes()) {
        before.push_back(db.fingerprint());
        db.sqitch({"deploy", "--verify", "--to", change});
        BOOST_TEST(db.fingerprint() != before.back());
    }
    const auto whole = db.fingerprint();
    db.sqitch({"verify"});

    const auto names = changes();
    for (auto n = names.size(); n-- > 0;) {
        if (n > 0)
            db.sqitch({"revert", "-y", "--to", names[n - 1]});
        else
            db.sqitch({"revert", "-y"});
        BOOST_TEST(db.fingerprint() == before[n],
                   "reverting " << names[n] << " left " << db.fingerprint());
    }
    BOOST_TEST(!exists(db, "pg_namespace WHERE nspname = 'tenantry'"));
    BOOST_TEST(!exists(db, "pg_roles WHERE rolname LIKE 'tenantry\\_%'"));
    BOOST_TEST(db.deployed() == "");

    db.sqitch({"deploy", "--verify"});
    BOOST_TEST(db.fingerprint() == whole);
}

BOOST_AUTO_TEST_CASE(the_steps_of_workspaces_move_with_the_change_and_back) {
    const cluster home;
    const migrated db{home, "one"};
    db.sqitch({"deploy", "--to", "company_count"});
    db.ask(R"(DO $$ BEGIN
INSERT INTO tenantry.agency VALUES (1, 'Dunder Mifflin', 'demo', now());
INSERT INTO tenantry.app_user VALUES (1, 1, 'Michael Scott', 'm@example.com', now());
INSERT INTO tenantry.company (agency_id, company_id, name, name_key, owner_id, created_at, updated_at)
    SELECT 1, id, 'C' || id, 'c' || id, 1, now(), now() FROM generate_series(1, 2) id;
INSERT INTO tenantry.workspace SELECT 1, id, now() FROM generate_series(1, 2) id;
INSERT INTO tenantry.workspace_step SELECT 1, 1, step, now()
    FROM unnest(ARRAY['slots', 'team_access', 'prospect_database', 'default_campaign']) step;
END $$)");
    db.sqitch({"deploy"});
    BOOST_TEST(db.ask("SELECT string_agg(steps::text, ' ' ORDER BY company_id) FROM"
                      " tenantry.workspace") ==
               "{prospect_database,default_campaign,team_access,slots} {}");
    db.sqitch({"revert", "-y", "--to", "company_count"});
    BOOST_TEST(db.ask("SELECT string_agg(company_id || ' ' || step, ', ' ORDER BY step) FROM"
                      " tenantry.workspace_step") ==
               "1 default_campaign, 1 prospect_database, 1 slots, 1 team_access");
}

BOOST_AUTO_TEST_CASE(no_id_of_a_block_is_given_again_when_blocks_end) {
    const cluster home;
    const migrated db{home, "one"};
    db.sqitch({"deploy"});
    const auto next = [&] {
        return std::stoll(db.ask("SELECT nextval('tenantry.job_id_seq')::text"));
    };
    const auto last_of_block = next() + 63;
    db.sqitch({"revert", "-y", "--to", "larger_batches"});
    const auto single = next();
    BOOST_TEST(single > last_of_block);
    BOOST_TEST(next() == single + 1);
    db.sqitch({"deploy"});
    BOOST_TEST(next() > single + 1);
}

BOOST_AUTO_TEST_CASE(two_databases_of_a_cluster_share_the_roles_and_nothing_else) {
    const cluster home;
    const migrated one{home, "one"}, two{home, "two"};
    one.sqitch({"deploy", "--verify"});
    two.sqitch({"deploy", "--verify"});
    BOOST_TEST(one.fingerprint() == two.fingerprint());

    one.sqitch({"revert", "-y"});
    BOOST_TEST(!exists(one, "pg_namespace WHERE nspname = 'tenantry'"));
    two.sqitch({"verify"});
    two.sqitch({"revert", "-y"});
    BOOST_TEST(!exists(two, "pg_roles WHERE rolname LIKE 'tenantry\\_%'"));
}

BOOST_AUTO_TEST_CASE(verification_notices_what_was_changed_by_hand) {
    const cluster home;
    const migrated db{home, "one"};
    db.sqitch({"deploy", "--verify"});
    const std::map<std::string, std::string> harms{
        {"roles", "ALTER ROLE tenantry_api BYPASSRLS"},
        {"tenants", "ALTER TABLE tenantry.app_user DROP COLUMN email"},
        {"companies", "GRANT SELECT ON tenantry.api_key TO tenantry_worker"},
        {"requests", "GRANT DELETE ON tenantry.audit_event TO tenantry_api"},
        {"jobs", "GRANT DELETE ON tenantry.job TO tenantry_worker"},
        {"workspaces", "DROP TABLE tenantry.campaign"},
        {"billing", "GRANT UPDATE ON tenantry.ledger_posting TO tenantry_worker"},
        {"profiles", "GRANT DELETE ON tenantry.company_status TO tenantry_api"},
        {"rate_limits", "GRANT UPDATE ON tenantry.plan_rate_limit TO tenantry_api"},
        {"users", "GRANT UPDATE ON tenantry.app_user TO tenantry_api"},
        {"locations", "GRANT DELETE ON tenantry.phone_number TO tenantry_worker"},
        {"contacts", "GRANT SELECT ON tenantry.session TO tenantry_worker"},
        {"exact_profiles",
         "ALTER TABLE tenantry.company DROP CONSTRAINT company_custom_fields_size"},
        {"queues", "GRANT UPDATE ON tenantry.queue TO tenantry_worker"},
        {"job_engine", "DROP INDEX tenantry.job_due"},
        {"periodic_jobs", "GRANT INSERT ON tenantry.periodic_job TO tenantry_worker"},
        {"setting_once", "ALTER POLICY tenant ON tenantry.company USING (agency_id = 1)"},
        {"company_count", "GRANT SELECT ON tenantry.company_count TO tenantry_worker"},
        {"workspace_steps", "ALTER TABLE tenantry.workspace DROP COLUMN steps"},
        {"larger_batches", "ALTER TABLE tenantry.plan ALTER max_running_jobs SET DEFAULT 1"},
        {"id_blocks", "ALTER SEQUENCE tenantry.job_id_seq INCREMENT BY 1"},
        {"company_changes", "GRANT UPDATE (active) ON tenantry.company_count TO tenantry_worker"}};
    for (const auto& change : changes()) {
        const auto harm = harms.find(change);
        BOOST_TEST_REQUIRE((harm != harms.end()), "no harm is known for " << change);
        const auto verify = text_of(source + "/schema/verify/" + change + ".sql");
        const auto url = home.url_of("one");
        const auto status = [&](const std::string& sql) {
            test::process psql{{"psql", "-Xqw", "-v", "ON_ERROR_STOP=1", "-d",
                                std::string{url.buffer()}, "-c", sql}};
            return psql.wait(60s);
        };
        BOOST_TEST((status(verify) == 0), change);
        // One transaction: the verification's own end undoes the harm.
        BOOST_TEST((status("BEGIN; " + harm->second + "; " + verify) != 0), change);
    }
}

BOOST_AUTO_TEST_SUITE_END()
