// The frame around a program that serves: its settings, its log, its exit status.
#pragma once

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/settings.hpp"

namespace tenantry {

/// What is freed goes back to the system. By itself glibc lets these thresholds grow with the
/// largest block that was freed, so that a program keeps what its largest responses took
/// (mallopt(3)).
inline void give_back_freed_memory() {
    constexpr int own_mapping = 128 * 1024, kept_at_the_top = 256 * 1024;  // bytes
    ::mallopt(M_MMAP_THRESHOLD, own_mapping);
    ::mallopt(M_TRIM_THRESHOLD, kept_at_the_top);
}

/// Prints what settings ended early with (--help, a mistake), or runs `program(settings)`, which
/// returns the exit status. An exception is logged as the reason of a failed start.
template<class Settings, class Program>
int run_program(const std::string& name, loaded<Settings> settings, Program program) {
    if (const auto* exit = std::get_if<early_exit>(&settings)) {
        std::fputs(exit->text.c_str(), exit->status == 0 ? stdout : stderr);
        return exit->status;
    }
    give_back_freed_memory();
    auto& chosen = std::get<Settings>(settings);
    log::start({.threshold = chosen.log_level});
    metrics::describe_build(name);
    int status = EXIT_FAILURE;
    try {
        for (const auto& warning : chosen.warnings) log::warn(warning);
        status = program(std::move(chosen));
    } catch (const std::exception& e) {
        log::error("cannot start", {{"reason", e.what()}});
    }
    log::stop();
    return status;
}

}  // namespace tenantry
