#include "tests/chaos/client_log.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace tenantry::chaos {

namespace json = boost::json;

bool undecided(unsigned status) {
    return status == 0 || status == 409 || status == 429 || status >= 500;
}

bool log_entry::created() const {
    return std::ranges::any_of(answers, [](const answer& a) { return a.status == 201; });
}

bool log_entry::refused() const {
    return !created() && !answers.empty() && !undecided(answers.back().status);
}

void client_log::add(const log_entry& entry) {
    json::array answers;
    for (const auto& a : entry.answers)
        answers.push_back(json::object{
            {"status", a.status}, {"ids", json::value_from(a.ids)}, {"replayed", a.replayed}});
    const auto line = json::serialize(json::object{{"agency", entry.agency},
                                                   {"names", json::value_from(entry.names)},
                                                   {"key", entry.key},
                                                   {"bad", entry.bad},
                                                   {"answers", std::move(answers)}});
    const std::lock_guard lock{writing_};
    out_ << line << std::endl;
}

std::vector<log_entry> read_client_log(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::vector<log_entry> entries;
    for (std::string line; std::getline(in, line);) {
        const auto read = json::parse(line);
        log_entry entry{.agency = read.at("agency").to_number<std::int64_t>(),
                        .names = json::value_to<std::vector<std::string>>(read.at("names")),
                        .key = json::value_to<std::string>(read.at("key")),
                        .bad = read.at("bad").as_bool()};
        for (const auto& each : read.at("answers").as_array())
            entry.answers.push_back(
                {.status = each.at("status").to_number<unsigned>(),
                 .ids = json::value_to<std::vector<std::int64_t>>(each.at("ids")),
                 .replayed = each.at("replayed").as_bool()});
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace tenantry::chaos
