#include "tests/chaos/clients.hpp"

#include <algorithm>
#include <optional>

namespace tenantry::chaos {

using namespace std::chrono_literals;
using test::http_connection;
using clock = std::chrono::steady_clock;

namespace {

/// A client gives up an answer after so long: a stopped API would keep it for the whole stop.
constexpr auto silence = 1500ms;
/// Until it asks again. Servers that are away refuse at once.
constexpr auto pause_after_no_answer = 100ms;
constexpr auto patience_at_the_end = 1min;

answer read_answer(const test::http_reply& reply) {
    answer a{.status = reply.status, .replayed = reply.header("Idempotent-Replayed") == "true"};
    if (a.status != 201) return a;
    const auto body = reply.json();
    for (const auto& company : body.at("companies").as_array())
        a.ids.push_back(company.at("id").as_int64());
    return a;
}

}  // namespace

/// Lives on its thread.
class clients::one {
public:
    one(clients& all, const test::agency_account& agency, int number)
        : all_{all}, agency_{agency}, number_{number}, api_{static_cast<std::size_t>(number)} {}

    void run() {
        for (int i = 0; !all_.stop_; ++i) {
            const auto r = make_request(all_.seed_, number_, i);
            std::this_thread::sleep_for(r.pause);
            log_entry entry{
                .agency = agency_.id, .names = r.names, .key = r.key, .bad = r.bad, .answers = {}};
            ask_for_good(r, entry.answers);
            if (r.again && entry.created()) ask_for_good(r, entry.answers);
            all_.log_.add(entry);
        }
    }

private:
    /// With a key until there is a decision. Without one once, since to ask again what may have
    /// been taken is to ask for it twice.
    void ask_for_good(const request& r, std::vector<answer>& answers) {
        for (;;) {
            answers.push_back(ask(r));
            if (!undecided(answers.back().status)) return;
            std::this_thread::sleep_for(pause_after_no_answer);
            if (r.key.empty() || clock::now() > all_.give_up_.load()) return;
        }
    }

    answer ask(const request& r) {
        ++all_.attempts_;
        try {
            const auto port = all_.ports_[api_ % all_.ports_.size()];
            if (!connection_) connection_.emplace(port, silence);
            connection_->send(text_of(r));
            if (const auto reply = connection_->receive()) {
                if (reply->header("Connection") == "close") leave();
                auto a = read_answer(*reply);
                if (a.status == 201) ++all_.created_;
                return a;
            }
        } catch (const std::exception&) {
            // It refused the connection, was silent for too long or broke off in the middle.
        }
        leave();
        return {};
    }

    void leave() {
        connection_.reset();
        ++api_;
    }

    std::string text_of(const request& r) const {
        test::http_headers headers{{"x-api-key", agency_.key},
                                   {"Content-Type", "application/json"}};
        if (!r.key.empty()) headers.emplace_back("Idempotency-Key", r.key);
        return test::request_text("POST", test::companies_path, headers,
                                  test::companies_json(r.names));
    }

    clients& all_;
    const test::agency_account agency_;
    const int number_;
    std::size_t api_;
    std::optional<http_connection> connection_;
};

clients::clients(std::uint64_t seed, const std::vector<test::agency_account>& agencies,
                 int per_agency, std::vector<std::uint16_t> ports, client_log& log)
    : seed_{seed}, ports_{std::move(ports)}, log_{log} {
    for (const auto& agency : agencies)
        for (int number = 0; number < per_agency; ++number)
            threads_.emplace_back([this, agency, number] { one{*this, agency, number}.run(); });
}

clients::~clients() {
    finish();
}

void clients::finish() {
    give_up_ = clock::now() + patience_at_the_end;
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

std::map<unsigned, int> requests_by_status(const std::vector<log_entry>& entries) {
    std::map<unsigned, int> counts;
    for (const auto& entry : entries) ++counts[entry.created() ? 201 : entry.answers.back().status];
    return counts;
}

std::ptrdiff_t answers_lost(const std::vector<log_entry>& entries) {
    return std::ranges::count_if(entries, [](const log_entry& entry) {
        const auto first = std::ranges::find(entry.answers, 201U, &answer::status);
        return first != entry.answers.end() && first->replayed;
    });
}

}  // namespace tenantry::chaos
