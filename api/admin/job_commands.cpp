// tenantry-admin job …
#include <fmt/format.h>

#include "api/admin/console.hpp"
#include "common/jobs/kinds.hpp"
#include "common/runtime/timestamp_text.hpp"
#include "common/store/jobs.hpp"

namespace tenantry::admin {

namespace {

/// The operator's own jobs are agency 0's.
domain::agency_id agency_of(const arguments& with) {
    return domain::agency_id{with.get("agency") == "0" ? 0 : with.id("agency")};
}

jobs::kind kind_called(const std::string& name) {
    const auto* kind = jobs::find_kind(name);
    if (!kind) throw command_error("there is no kind of job called " + name);
    return *kind;
}

/// Of --state, when it is given.
std::optional<domain::job_state> state_of(const arguments& with) {
    const auto text = with.find("state");
    if (!text) return std::nullopt;
    const auto state = domain::parse_job_state(*text);
    if (!state) throw command_error("--state must be the state of a job, not " + *text);
    return state;
}

task<void> list(console& on, const arguments& with) {
    const domain::job_filter filter{.state = state_of(with), .kind = with.find("kind")};
    if (filter.kind) kind_called(*filter.kind);
    const auto number = with.find_id("page").value_or(1);
    if (number > domain::max_page) throw command_error("--page is too large");
    const auto page = value_of(
        co_await store::list_jobs(on.database(), agency_of(with), filter, number, on.until()));
    fmt::print("{:>8}  {:<12}  {:<11}  {:>8}  {:>8}  {:>8}  {}\n", "JOB", "KIND", "STATE",
               "COMPANY", "ATTEMPTS", "PROGRESS", "LAST ERROR");
    for (const auto& j : page.content)
        fmt::print("{:>8}  {:<12}  {:<11}  {:>8}  {:>8}  {:>7}%  {}\n", j.id.value(), j.kind,
                   to_string(j.state), j.company ? std::to_string(j.company->value()) : "-",
                   j.attempts, j.progress_percent(), j.last_error.value_or(""));
    fmt::print("page {} of {}, {} jobs\n", page.number, page.total_pages(), page.total_elements);
}

task<void> show(console& on, const arguments& with) {
    const auto j = value_of(co_await store::find_job(on.database(), agency_of(with), std::nullopt,
                                                     domain::job_id{with.id("job")}, on.until()));
    const auto instant = [](const std::optional<timestamp>& t) {
        return t ? to_rfc3339(*t) : std::string{"-"};
    };
    fmt::print(
        "job       {}\nkind      {}\nqueue     {}\npriority  {}\ncompany   {}\nbatch     {}\n"
        "state     {}{}\nattempts  {}\ncrashes   {}\nsteps     {} of {}\nmessage   {}\n"
        "created   {}\ndue       {}\nstarted   {}\nfinished  {}\nerror     {}\n",
        j.id, j.kind, j.queue, j.priority, j.company ? std::to_string(j.company->value()) : "-",
        j.batch ? std::to_string(j.batch->value()) : "-", to_string(j.state),
        j.cancel_requested_at && !j.finished_at ? " (to be cancelled)" : "", j.attempts, j.crashes,
        j.steps_done, j.steps_total, j.message.value_or("-"), to_rfc3339(j.created_at),
        to_rfc3339(j.run_at), instant(j.started_at), instant(j.finished_at),
        j.last_error.value_or("-"));
}

task<void> retry(console& on, const arguments& with) {
    const domain::job_id job{with.id("job")};
    check(co_await store::retry_job_as_operator(on.database(), agency_of(with), job, on.now(),
                                                on.until()));
    fmt::print("job {} is due again\n", job);
}

task<void> cancel(console& on, const arguments& with) {
    const domain::job_id job{with.id("job")};
    const auto state = value_of(co_await store::cancel_job_as_operator(
        on.database(), agency_of(with), job, on.now(), on.until()));
    if (state == domain::job_state::cancelled)
        fmt::print("job {} is cancelled\n", job);
    else
        fmt::print("job {} runs and will stop at its next step\n", job);
}

std::chrono::seconds seconds_of(const arguments& with, const std::string& name) {
    constexpr std::int64_t ten_years = 10 * 366 * 86'400;
    const auto seconds = with.find_id(name).value_or(0);
    if (seconds > ten_years) throw command_error("--" + name + " is more than ten years");
    return std::chrono::seconds{seconds};
}

store::added_job added_job_of(const arguments& with) {
    store::added_job job{.agency = domain::agency_id{with.id("agency")},
                         .kind = kind_called(with.get("kind"))};
    if (const auto company = with.find_id("company")) job.company = domain::company_id{*company};
    job.payload = with.find("payload");
    job.delay = seconds_of(with, "in");
    job.unique_key = with.find("unique-key");
    job.window = seconds_of(with, "window");
    if (job.kind.of_company && !job.company)
        throw command_error("a job of kind " + with.get("kind") + " needs --company");
    if (job.unique_key && job.unique_key->empty())
        throw command_error("--unique-key must not be empty");
    if (job.unique_key && job.window.count() == 0)
        throw command_error("--unique-key needs --window: for how many seconds it is taken");
    return job;
}

task<void> add(console& on, const arguments& with) {
    const auto added =
        value_of(co_await store::add_job(on.database(), added_job_of(with), on.until()));
    if (added)
        fmt::print("job {} is added\n", *added);
    else
        fmt::print("nothing is added: the unique key is taken\n");
}

/// How often --wait asks again.
constexpr std::chrono::milliseconds batch_poll{200};

task<void> batch(console& on, const arguments& with) {
    while (true) {
        const auto b =
            value_of(co_await store::find_batch(on.database(), agency_of(with), std::nullopt,
                                                domain::job_id{with.id("batch")}, on.until()));
        if (b.is_finished() || !with.has("wait")) {
            fmt::print(
                "batch        {}\njobs         {}\nprogress     {}%\npending      {}\n"
                "running      {}\ndone         {}\ndead         {}\nquarantined  {}\n"
                "cancelled    {}\nfinished     {}\n",
                b.id, b.jobs, b.progress_percent(), b.pending, b.running, b.done, b.dead,
                b.quarantined, b.cancelled, b.finished_at ? to_rfc3339(*b.finished_at) : "-");
            co_return;
        }
        steady_timer timer{on.context(), batch_poll};
        co_await timer.async_wait(use_task);
    }
}

/// As many in one transaction, so that a replay of a million holds no lock for long.
constexpr int replayed_at_once = 1000;

store::replay_filter replay_filter_of(const arguments& with) {
    store::replay_filter which{.queue = with.find("queue"), .kind = with.find("kind")};
    if (which.queue && std::ranges::find(jobs::queues, *which.queue) == jobs::queues.end())
        throw command_error("there is no queue called " + *which.queue);
    if (which.kind) kind_called(*which.kind);
    which.state = state_of(with);
    if (with.has("agency")) which.agency = agency_of(with);
    if (which.state && *which.state != domain::job_state::dead &&
        *which.state != domain::job_state::quarantined)
        throw command_error("only dead and quarantined jobs are in the dead letter");
    return which;
}

task<void> dead(console& on, const arguments& with) {
    constexpr int at_most = 1000;
    const auto all = value_of(co_await store::list_dead_jobs(
        on.database(), replay_filter_of(with), store::job_position{}, at_most, on.until()));
    fmt::print("{:>8}  {:>8}  {:<12}  {:<12}  {:<11}  {:>8}  {:<27}  {}\n", "AGENCY", "JOB",
               "QUEUE", "KIND", "STATE", "ATTEMPTS", "SINCE", "LAST ERROR");
    for (const auto& [agency, j] : all)
        fmt::print("{:>8}  {:>8}  {:<12}  {:<12}  {:<11}  {:>8}  {:<27}  {}\n", agency.value(),
                   j.id.value(), j.queue, j.kind, to_string(j.state), j.attempts,
                   j.finished_at ? to_rfc3339(*j.finished_at) : "-", j.last_error.value_or(""));
    const bool more = all.size() == at_most;
    fmt::print("{}{} jobs{}\n", more ? "the first " : "", all.size(),
               more ? "; narrow it down by the options" : "");
}

task<void> replay(console& on, const arguments& with) {
    const auto which = replay_filter_of(with);
    const bool filtered = which.agency || which.queue || which.kind || which.state;
    if (filtered == with.has("all"))
        throw command_error(
            "say which jobs: --agency, --queue, --kind and --state together, or --all alone");
    std::int64_t jobs = 0;
    for (store::job_position after{};;) {
        const auto done = value_of(co_await store::replay_jobs(
            on.database(), which, after, replayed_at_once, on.now(), on.until()));
        if (!done.last) break;
        after = *done.last;
        jobs += done.jobs;
        if (jobs > replayed_at_once) fmt::print("{} jobs so far\n", jobs);
        std::fflush(stdout);
    }
    fmt::print("{} jobs are due again\n", jobs);
}

}  // namespace

std::vector<command> job_commands() {
    const arguments::option agency{"agency", "the agency's id; 0: the operator's own", true};
    const arguments::option job{"job", "the job's id", true};
    const std::vector<arguments::option> which{{"agency", "of this agency; 0: the operator's own"},
                                               {"queue", "of this queue"},
                                               {"kind", "of this kind"},
                                               {"state", "dead or quarantined"}};
    auto which_or_all = which;
    which_or_all.push_back({"all", "every one there is", false, true});
    return {
        {"job list",
         "an agency's jobs, newest first, 50 a page",
         {agency,
          {"state", "pending, running, done, dead, quarantined or cancelled"},
          {"kind", "for example provisioning"},
          {"page", "from 1"}},
         list},
        {"job show", "one job", {agency, job}, show},
        {"job retry", "make a dead or quarantined job due again", {agency, job}, retry},
        {"job cancel", "call a pending or running job off", {agency, job}, cancel},
        {"job add",
         "add a job",
         {{"agency", "whose it is; the operator's own are agency 0's and come from the schedule",
           true},
          {"kind", "for example provisioning", true},
          {"company", "the id of the company it is about"},
          {"payload", "JSON"},
          {"in", "not before so many seconds have passed"},
          {"unique-key", "add nothing if a job of this key was added within the window"},
          {"window", "of the unique key, in seconds"}},
         add},
        {"job batch",
         "the jobs of one request, by the id of the first of them",
         {agency,
          {"batch", "the batch's id, as a job and the header X-Job-Batch have it", true},
          {"wait", "until the last of them has ended", false, true}},
         batch},
        {"job dead", "the dead letter: dead and quarantined jobs, of all agencies", which, dead},
        {"job replay", "make all dead and quarantined jobs due again that an option names",
         which_or_all, replay}};
}

}  // namespace tenantry::admin
