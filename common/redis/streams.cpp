// Builds the X… commands and reads their nested replies (redis.io/commands).
#include "common/redis/streams.hpp"

#include <stdexcept>

namespace tenantry::redis {
namespace {

const std::vector<reply>& elements_of(const reply& r, std::size_t at_least) {
    if (r.type != reply::type::array || r.elements.size() < at_least)
        throw std::logic_error("a stream command answered in another form");
    return r.elements;
}

/// [id, [field, value, …]], or nil where the entry has been deleted meanwhile.
void append_entries(std::vector<stream_entry>& to, const std::string& stream, const reply& from) {
    for (const auto& entry : elements_of(from, 0)) {
        if (entry.is_nil()) continue;
        const auto& parts = elements_of(entry, 2);
        stream_entry read{stream, parts[0].text, {}};
        if (!parts[1].is_nil()) {
            const auto& flat = elements_of(parts[1], 0);
            for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
                read.fields.emplace_back(flat[i].text, flat[i + 1].text);
        }
        to.push_back(std::move(read));
    }
}

std::vector<std::string> read_command(const group_read& what) {
    std::vector<std::string> command{"XREADGROUP",  "GROUP", what.group,
                                     what.consumer, "COUNT", std::to_string(what.count)};
    if (what.block) {
        command.emplace_back("BLOCK");
        command.push_back(std::to_string(what.block->count()));
    }
    command.emplace_back("STREAMS");
    command.insert(command.end(), what.streams.begin(), what.streams.end());
    command.insert(command.end(), what.streams.size(), ">");
    return command;
}

std::vector<std::string> with_ids(std::vector<std::string> command,
                                  const std::vector<std::string>& ids) {
    command.insert(command.end(), ids.begin(), ids.end());
    return command;
}

}  // namespace

std::vector<std::string> xadd(std::string_view stream, std::int64_t at_most,
                              const stream_fields& fields) {
    std::vector<std::string> command{"XADD", std::string{stream},     "MAXLEN",
                                     "~",    std::to_string(at_most), "*"};
    for (const auto& [name, value] : fields) {
        command.push_back(name);
        command.push_back(value);
    }
    return command;
}

task<result<void>> ensure_group(connection& c, std::string stream, std::string group,
                                deadline until) {
    std::vector<std::string> command{"XGROUP",         "CREATE", std::move(stream),
                                     std::move(group), "0",      "MKSTREAM"};
    auto answer = co_await c.command(std::move(command), until);
    if (!answer && !is_server_error(answer.error(), "BUSYGROUP")) co_return answer.error();
    co_return result<void>();
}

task<result<std::vector<stream_entry>>> read_group(connection& c, group_read what, deadline until) {
    auto answer = co_await c.command(read_command(what), until);
    if (!answer) co_return answer.error();
    std::vector<stream_entry> entries;
    if (!answer->is_nil())
        for (const auto& stream : elements_of(*answer, 0)) {
            const auto& parts = elements_of(stream, 2);
            append_entries(entries, parts[0].text, parts[1]);
        }
    co_return std::move(entries);
}

std::vector<std::vector<std::string>> acknowledgement(const std::string& stream,
                                                      std::string_view group,
                                                      const std::vector<std::string>& ids) {
    return {with_ids({"XACK", stream, std::string{group}}, ids), with_ids({"XDEL", stream}, ids)};
}

task<result<claim>> auto_claim(connection& c, std::string stream, std::string group,
                               std::string consumer, std::chrono::milliseconds min_idle,
                               std::string start, int count, deadline until) {
    std::vector<std::string> command{"XAUTOCLAIM", stream, std::move(group), std::move(consumer)};
    command.push_back(std::to_string(min_idle.count()));
    command.push_back(std::move(start));
    command.emplace_back("COUNT");
    command.push_back(std::to_string(count));
    auto answer = co_await c.command(std::move(command), until);
    if (!answer) co_return answer.error();
    const auto& parts = elements_of(*answer, 2);
    claim taken{parts[0].text, {}};
    append_entries(taken.entries, stream, parts[1]);
    co_return std::move(taken);
}

}  // namespace tenantry::redis
