#include "tests/support/load.hpp"

#include <fmt/format.h>

namespace tenantry::test {

namespace {

using namespace std::chrono_literals;

/// A server that is down refuses at once: this keeps its clients from doing nothing but ask.
constexpr auto pause_after_refusal = 5ms;

std::string fault_of(sql_session& sql, std::int64_t agency, const load_of_creates::attempt& a) {
    const auto count = [&](const std::string& condition) {
        return sql.number(
            fmt::format("SELECT count(*) FROM tenantry.company WHERE agency_id = {} AND {}", agency,
                        condition));
    };
    const auto there = count(fmt::format("name IN ('{}', '{}')", a.names[0], a.names[1]));
    const auto told = fmt::format("{} answered {}, {} there; ", a.names[0], a.status, there);
    if (a.status == 201) {
        const auto as_told = count(fmt::format("(company_id, name) IN (({}, '{}'), ({}, '{}'))",
                                               a.ids[0], a.names[0], a.ids[1], a.names[1]));
        return as_told == 2 ? "" : told;
    }
    const bool unknown = a.status == 0 || a.status == 503;
    return there == 0 || (unknown && there == 2) ? "" : told;
}

}  // namespace

load_of_creates::load_of_creates(std::uint16_t port, std::string key, int clients)
    : attempts_(static_cast<std::size_t>(clients)) {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i, port, key] { run(i, port, key); });
}

load_of_creates::~load_of_creates() {
    finish();
}

void load_of_creates::run(int number, std::uint16_t port, const std::string& key) {
    using clock = std::chrono::steady_clock;
    client own{port, key};
    auto& mine = attempts_[static_cast<std::size_t>(number)];
    for (int i = 0; !stop_; ++i) {
        attempt a{.names = {fmt::format("Load {}-{} A", number, i),
                            fmt::format("Load {}-{} B", number, i)}};
        const auto begin = clock::now();
        const auto reply =
            own.try_request("POST", companies_path, {{"Content-Type", "application/json"}},
                            companies_json(a.names));
        a.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin);
        if (reply) a.status = reply->status;
        if (a.status == 201) {
            ++created_;
            a.ids = {reply->integer("/companies/0/id"), reply->integer("/companies/1/id")};
        } else {
            std::this_thread::sleep_for(pause_after_refusal);
        }
        mine.push_back(std::move(a));
    }
}

std::vector<load_of_creates::attempt> load_of_creates::finish() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    std::vector<attempt> all;
    for (auto& some : attempts_) all.insert(all.end(), some.begin(), some.end());
    return all;
}

std::string faults_of_attempts(sql_session& sql, std::int64_t agency,
                               const std::vector<load_of_creates::attempt>& all) {
    std::string faults;
    for (const auto& a : all) faults += fault_of(sql, agency, a);
    return faults;
}

}  // namespace tenantry::test
