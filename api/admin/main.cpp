// tenantry-admin: the operator's command, over the same store and seals as the programs.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "api/admin/console.hpp"

namespace tenantry::admin {

namespace {

constexpr int usage_status = 2;

std::vector<command> every_command() {
    std::vector<command> all;
    for (auto group : {agency_commands(), key_commands(), job_commands(), queue_commands(),
                       schedule_commands(), keyring_commands(), health_commands()})
        all.insert(all.end(), std::make_move_iterator(group.begin()),
                   std::make_move_iterator(group.end()));
    return all;
}

std::string shown(const arguments::option& o) {
    if (o.positional) return o.name;
    return "--" + o.name + (o.flag ? "" : " …");
}

/// Further lines of a help begin below the first.
std::string shown(std::string help) {
    constexpr std::string_view indent = "\n                    ";
    for (auto at = help.find('\n'); at != help.npos; at = help.find('\n', at + 1))
        help.replace(at, 1, indent);
    return help;
}

void print_usage(const std::vector<command>& all, std::FILE* to) {
    fmt::print(to, "usage: tenantry-admin COMMAND [OPTIONS]\n\n");
    for (const auto& c : all) {
        fmt::print(to, "  {:<16}  {}\n", c.words, shown(c.help));
        for (const auto& o : c.options)
            fmt::print(to, "      {:<20} {}{}\n", shown(o), o.help,
                       o.required ? " (required)" : "");
    }
    fmt::print(to,
               "\nSettings are flags or environment variables, which --help lists: --database-url "
               "with the\nowner's role, --keyring.\n\n");
}

/// The command whose words stand first, and what follows them.
std::pair<const command*, std::vector<std::string>> choose(const std::vector<command>& all,
                                                           const std::vector<std::string>& words) {
    for (const auto& c : all) {
        const auto count = 1 + std::count(c.words.begin(), c.words.end(), ' ');
        if (words.size() < static_cast<std::size_t>(count)) continue;
        const auto rest = words.begin() + count;
        if (fmt::format("{}", fmt::join(words.begin(), rest, " ")) == c.words)
            return {&c, {rest, words.end()}};
    }
    return {nullptr, {}};
}

int run(const admin_settings& settings) {
    const auto all = every_command();
    const auto [chosen, rest] = choose(all, settings.command);
    if (!chosen) {
        print_usage(all, stderr);
        return usage_status;
    }
    try {
        console on{settings};
        const arguments with{chosen->options, rest};
        std::exception_ptr failure;
        net::co_spawn(on.context().get_executor(), chosen->run(on, with),
                      [&](std::exception_ptr e) {
                          failure = e;
                          on.context().stop();
                      });
        on.context().run();
        if (failure) std::rethrow_exception(failure);
        return EXIT_SUCCESS;
    } catch (const std::exception& e) {
        fmt::print(stderr, "tenantry-admin: {}\n", e.what());
        return EXIT_FAILURE;
    }
}

}  // namespace

}  // namespace tenantry::admin

int main(int argc, char** argv) {
    auto loaded = tenantry::load_admin_settings(argc, argv, environ);
    if (const auto* exit = std::get_if<tenantry::early_exit>(&loaded)) {
        const std::vector<std::string_view> words(argv, argv + argc);
        if (exit->status == 0 && std::ranges::find(words, "--help") != words.end())
            tenantry::admin::print_usage(tenantry::admin::every_command(), stdout);
        std::fputs(exit->text.c_str(), exit->status == 0 ? stdout : stderr);
        return exit->status;
    }
    return tenantry::admin::run(std::get<tenantry::admin_settings>(loaded));
}
