// tenantry-admin keyring …
#include <fmt/format.h>

#include <charconv>

#include "api/admin/console.hpp"
#include "api/service/key_vault.hpp"
#include "common/store/api_keys.hpp"

namespace tenantry::admin {

namespace {

/// Running programs look at the keyring file once a second; this is far more than they need.
constexpr std::int64_t default_grace_seconds = 5;
constexpr int keys_a_batch = 500;

task<void> init(console& on, const arguments& with) {
    if (with.has("if-absent") && std::filesystem::exists(on.keyring_file())) {
        fmt::print("{} is there already\n", on.keyring_file().string());
        co_return;
    }
    crypto::keyring::generate(on.now()).save_new(on.keyring_file());
    fmt::print("made {}; without it the API keys in the database cannot be used: back it up\n",
               on.keyring_file().string());
}

task<std::size_t> reseal_all(console& on, std::int32_t version) {
    const crypto::keyring_holder keys{on.keyring_file(), on.keyring_access()};
    const crypto::sealer sealer{keys};
    std::size_t total = 0;
    while (true) {
        auto batch = value_of(co_await store::find_keys_sealed_otherwise(on.database(), version,
                                                                         keys_a_batch, on.until()));
        if (batch.empty()) co_return total;
        for (auto& key : batch) check(service::reseal_key(sealer, key));
        check(co_await store::reseal_api_keys(on.database(), batch, on.until()));
        total += batch.size();
        fmt::print("sealed {} keys anew\n", total);
    }
}

task<void> wait_until_read(console& on, std::int64_t seconds) {
    steady_timer wait{on.context(), std::chrono::seconds{seconds}};
    co_await wait.async_wait(use_task);
}

// Publish, wait, activate, wait, seal anew: no process is ever handed something it cannot open, and
// none still seals with the old key when the stored ones are sealed anew. Stored responses keep the
// version they were sealed with: it stays in the file.
task<void> rotate(console& on, const arguments& with) {
    on.database();
    const auto grace = with.find_id("grace-seconds").value_or(default_grace_seconds);
    const auto published =
        crypto::keyring::load(on.keyring_file(), on.keyring_access()).with_new_version(on.now());
    const auto version = published.versions().back();
    published.save(on.keyring_file());
    fmt::print("version {} is published; waiting {} s for running programs to read it\n", version,
               grace);
    co_await wait_until_read(on, grace);
    published.with_active(version).save(on.keyring_file());
    fmt::print("version {} is active; waiting {} s for running programs to use it\n", version,
               grace);
    co_await wait_until_read(on, grace);
    const auto total = co_await reseal_all(on, version);
    fmt::print("{} stored keys are sealed with version {}\n", total, version);
}

}  // namespace

std::vector<command> keyring_commands() {
    return {{"keyring init",
             "make the keyring file",
             {{"if-absent", "leave a file that is there as it is", false, true}},
             init},
            {"keyring rotate",
             "seal with a new key from now on, and stored API keys too; programs need no restart\n"
             "(responses kept for an Idempotency-Key stay as they are until they expire)",
             {{"grace-seconds", "until all programs have read the file, twice (default 5)"}},
             rotate}};
}

}  // namespace tenantry::admin
