// Keyrings as values and as JSON.
#include "common/crypto/keyring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ranges>

#include "common/crypto/base64.hpp"
#include "common/crypto/keyring_file.hpp"
#include "common/crypto/random.hpp"
#include "common/runtime/timestamp_text.hpp"

namespace tenantry::crypto {
namespace {

namespace json = boost::json;

// Memory for parsed secrets, wiped when it is given back.
class wiping_resource final : public json::memory_resource {
    void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
    void do_deallocate(void* memory, std::size_t size, std::size_t) override {
        OPENSSL_cleanse(memory, size);
        ::operator delete(memory);
    }
    bool do_is_equal(const json::memory_resource& other) const noexcept override {
        return this == &other;
    }
};

const json::value& member(const json::object& object, std::string_view name) {
    if (const auto* value = object.if_contains(name)) return *value;
    throw keyring_error(fmt::format("\"{}\" is missing", name));
}

const json::string& text_member(const json::object& object, std::string_view name) {
    if (const auto* text = member(object, name).if_string()) return *text;
    throw keyring_error(fmt::format("\"{}\" is no string", name));
}

std::int32_t version_member(const json::object& object, std::string_view name) {
    const auto* number = member(object, name).if_int64();
    if (!number || *number < 1 || *number > std::numeric_limits<std::int32_t>::max())
        throw keyring_error(fmt::format("\"{}\" is no version number from 1 on", name));
    return static_cast<std::int32_t>(*number);
}

secret_key key_member(const json::object& object, std::string_view name) {
    auto bytes = from_base64(text_member(object, name));
    if (!bytes) throw keyring_error(fmt::format("\"{}\" is no base64", name));
    if (bytes->size() != secret_key::size)
        throw keyring_error(fmt::format("\"{}\" has {} bytes instead of {}", name, bytes->size(),
                                        secret_key::size));
    secret_key key{*bytes};
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return key;
}

}  // namespace

secret_key::secret_key(std::span<const std::byte> bytes) {
    if (bytes.size() != size) throw std::invalid_argument("a secret key has 32 bytes");
    std::ranges::copy(bytes, bytes_.begin());
}

secret_key secret_key::generate() {
    secret_key key;
    fill_random(key.bytes_);
    return key;
}

bool secret_key::operator==(const secret_key& other) const {
    return CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), size) == 0;
}

keyring::keyring(secret_key pepper, std::int32_t active, std::vector<entry> keys)
    : pepper_(std::move(pepper)), active_(active), keys_(std::move(keys)) {
    std::ranges::sort(keys_, {}, &entry::version);
    if (std::ranges::adjacent_find(keys_, {}, &entry::version) != keys_.end())
        throw keyring_error("two keys have the same version");
    if (!find(active_))
        throw keyring_error(fmt::format("there is no key of the active version {}", active_));
}

keyring keyring::generate(timestamp now) {
    return {secret_key::generate(), 1, {{1, secret_key::generate(), to_rfc3339(now)}}};
}

keyring keyring::with_new_version(timestamp now) const {
    auto keys = keys_;
    keys.push_back({keys.back().version + 1, secret_key::generate(), to_rfc3339(now)});
    return {pepper_, active_, std::move(keys)};
}

keyring keyring::with_active(std::int32_t version) const {
    return {pepper_, version, keys_};
}

std::vector<std::int32_t> keyring::versions() const {
    std::vector<std::int32_t> all;
    for (const auto& each : keys_) all.push_back(each.version);
    return all;
}

const secret_key* keyring::find(std::int32_t version) const {
    const auto found = std::ranges::lower_bound(keys_, version, {}, &entry::version);
    return found != keys_.end() && found->version == version ? &found->key : nullptr;
}

keyring keyring::parse(std::string_view text) {
    wiping_resource memory;
    boost::system::error_code ec;
    const auto document = json::parse(text, ec, &memory);
    if (ec || !document.is_object()) throw keyring_error("it is no JSON object");
    const auto& object = document.get_object();
    const auto* keys = member(object, "keys").if_array();
    if (!keys) throw keyring_error("\"keys\" is no array");
    std::vector<entry> entries;
    for (const auto& each : *keys) {
        const auto* key = each.if_object();
        if (!key) throw keyring_error("an element of \"keys\" is no object");
        entries.push_back({version_member(*key, "version"), key_member(*key, "key"),
                           std::string{text_member(*key, "created_at")}});
    }
    return {key_member(object, "pepper"), version_member(object, "active"), std::move(entries)};
}

std::string keyring::to_json() const {
    std::string keys;
    for (const auto& each : keys_)
        keys += fmt::format("{}\n  {{\"version\": {}, \"key\": \"{}\", \"created_at\": {}}}",
                            keys.empty() ? "" : ",", each.version, to_base64(each.key.bytes()),
                            json::serialize(json::string{each.created_at}));
    return fmt::format("{{\n \"pepper\": \"{}\",\n \"active\": {},\n \"keys\": [{}\n ]\n}}\n",
                       to_base64(pepper_.bytes()), active_, keys);
}

keyring keyring::load(const std::filesystem::path& file, keyring_access access) {
    auto text = read_keyring_file(file, access == keyring_access::owner_only);
    const auto wipe = [&] { OPENSSL_cleanse(text.data(), text.size()); };
    try {
        auto loaded = parse(text);
        wipe();
        return loaded;
    } catch (const keyring_error& problem) {
        wipe();
        throw keyring_error(fmt::format("keyring {}: {}", file.string(), problem.what()));
    }
}

void keyring::save(const std::filesystem::path& file) const {
    write_keyring_file(file, to_json(), if_exists::replace);
}

void keyring::save_new(const std::filesystem::path& file) const {
    write_keyring_file(file, to_json(), if_exists::refuse);
}

keyring_holder::keyring_holder(keyring fixed)
    : access_(keyring_access::owner_only),
      current_(std::make_shared<const keyring>(std::move(fixed))) {}

keyring_holder::keyring_holder(std::filesystem::path file, keyring_access access)
    : file_(std::move(file)),
      access_(access),
      stamp_(stamp_of(file_)),
      current_(std::make_shared<const keyring>(keyring::load(file_, access))) {}

std::shared_ptr<const keyring> keyring_holder::current() const {
    const std::scoped_lock lock{mutex_};
    return current_;
}

keyring_holder::reload_outcome keyring_holder::reload_if_changed() {
    if (file_.empty()) return {};
    // The stamp is taken first: a file that changes while it is read is read again next time.
    const auto stamp = stamp_of(file_);
    if (stamp == stamp_) return {};
    stamp_ = stamp;
    try {
        auto loaded = std::make_shared<const keyring>(keyring::load(file_, access_));
        if (loaded->pepper() != current()->pepper())
            return {.problem = fmt::format("keyring {}: another pepper than before; the keyring in "
                                           "memory stays in use",
                                           file_.string())};
        const std::scoped_lock lock{mutex_};
        current_ = std::move(loaded);
        return {.changed = true};
    } catch (const keyring_error& problem) {
        return {.problem = problem.what()};
    }
}

keyring_holder::file_stamp keyring_holder::stamp_of(const std::filesystem::path& file) {
    const auto info = file_status(file);
    if (!info) return {};
    return {info->st_dev, info->st_ino, info->st_size, info->st_mtim.tv_sec, info->st_mtim.tv_nsec};
}

}  // namespace tenantry::crypto
