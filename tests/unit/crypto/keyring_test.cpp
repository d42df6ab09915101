#include "common/crypto/keyring.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

#include "common/crypto/base64.hpp"

using namespace tenantry;
using namespace tenantry::crypto;

static_assert(!fmt::is_formattable<secret_key>::value);
static_assert(!fmt::is_formattable<keyring>::value);

namespace {

const timestamp noon{std::chrono::sys_days{std::chrono::year{2025} / 3 / 5} +
                     std::chrono::hours{12}};

struct directory {
    directory() {
        auto name = (std::filesystem::temp_directory_path() / "tenantry-keyring-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
        path = name;
    }
    ~directory() { std::filesystem::remove_all(path); }
    std::filesystem::path file() const { return path / "keyring.json"; }
    std::filesystem::path path;
};

void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream{file} << text;
    ::chmod(file.c_str(), 0600);
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string problem_of(const std::filesystem::path& file,
                       keyring_access access = keyring_access::owner_only) {
    try {
        keyring::load(file, access);
    } catch (const keyring_error& problem) {
        return problem.what();
    }
    return "none";
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::string key_text(int fill, std::size_t size = 32) {
    return to_base64(std::vector<std::byte>(size, static_cast<std::byte>(fill)));
}

std::string with_keys(const std::string& keys, int active = 1) {
    return fmt::format(R"({{"pepper":"{}","active":{},"keys":[{}]}})", key_text(9), active, keys);
}

std::string key_json(int version, const std::string& key) {
    return fmt::format(R"({{"version":{},"key":"{}","created_at":"x"}})", version, key);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keyring_test)

BOOST_AUTO_TEST_CASE(a_new_keyring_has_one_active_version_and_keys_of_its_own) {
    const auto a = keyring::generate(noon), b = keyring::generate(noon);
    BOOST_TEST(a.active_version() == 1);
    BOOST_TEST(a.versions() == std::vector<std::int32_t>{1});
    BOOST_TEST((a.pepper() != b.pepper()));
    BOOST_TEST((*a.find(1) != *b.find(1)));
    BOOST_TEST((*a.find(1) != a.pepper()));
    BOOST_TEST(a.find(2) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_rotation_adds_a_version_first_and_uses_it_later) {
    const auto old = keyring::generate(noon);
    const auto added = old.with_new_version(noon);
    BOOST_TEST(added.active_version() == 1);
    BOOST_TEST(added.versions() == (std::vector<std::int32_t>{1, 2}));
    BOOST_TEST((*added.find(1) == *old.find(1)));
    BOOST_TEST(added.with_active(2).active_version() == 2);
    BOOST_CHECK_THROW(added.with_active(3), keyring_error);
}

BOOST_AUTO_TEST_CASE(a_saved_keyring_is_loaded_whole) {
    const directory dir;
    const auto saved = keyring::generate(noon).with_new_version(noon).with_active(2);
    saved.save(dir.file());
    const auto loaded = keyring::load(dir.file(), keyring_access::owner_only);
    BOOST_TEST(loaded.active_version() == 2);
    BOOST_TEST((loaded.pepper() == saved.pepper()));
    for (const auto version : {1, 2}) BOOST_TEST((*loaded.find(version) == *saved.find(version)));
    BOOST_TEST(contains(read(dir.file()), "\"created_at\": \"2025-03-05T12:00:00.000000Z\""));
}

BOOST_AUTO_TEST_CASE(a_saved_file_is_the_owners_alone_and_leaves_nothing_beside_it) {
    const directory dir;
    keyring::generate(noon).save(dir.file());
    keyring::generate(noon).save(dir.file());
    struct stat info {};
    BOOST_REQUIRE(::stat(dir.file().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600);
    const std::filesystem::directory_iterator files{dir.path};
    BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_CASE(a_new_keyring_never_replaces_one) {
    const directory dir;
    keyring::generate(noon).save_new(dir.file());
    const auto before = read(dir.file());
    BOOST_CHECK_THROW(keyring::generate(noon).save_new(dir.file()), keyring_error);
    BOOST_TEST(read(dir.file()) == before);
    const std::filesystem::directory_iterator files{dir.path};
    BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_file_says_how_to_make_one) {
    const directory dir;
    const auto problem = problem_of(dir.file());
    BOOST_TEST(contains(problem, dir.file().string()));
    BOOST_TEST(contains(problem, "tenantry-admin keyring init"));
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_read_is_refused_unless_shared) {
    const directory dir;
    keyring::generate(noon).save(dir.file());
    for (const auto mode : {0640, 0604, 0660, 0601}) {
        ::chmod(dir.file().c_str(), mode);
        BOOST_TEST(contains(problem_of(dir.file()), "chmod 600"));
        BOOST_TEST(problem_of(dir.file(), keyring_access::shared) == "none");
    }
    ::chmod(dir.file().c_str(), 0400);
    BOOST_TEST(problem_of(dir.file()) == "none");
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_refused_with_its_reason_and_without_its_keys) {
    const directory dir;
    const auto good = key_json(1, key_text(1));
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{}", "\"keys\" is missing"},
        {R"({"keys":1})", "\"keys\" is no array"},
        {R"({"keys":[1]})", "no object"},
        {with_keys(""), "no key of the active version 1"},
        {with_keys(good, 2), "no key of the active version 2"},
        {with_keys(good + "," + good), "two keys have the same version"},
        {with_keys(key_json(0, key_text(1))), "no version number"},
        {with_keys(key_json(1, key_text(1, 31))), "has 31 bytes instead of 32"},
        {with_keys(key_json(1, key_text(1, 33))), "has 33 bytes instead of 32"},
        {with_keys(key_json(1, "not base64!")), "\"key\" is no base64"},
        {R"({"active":1,"keys":[]})", "\"pepper\" is missing"}};
    for (const auto& [text, reason] : cases) {
        write(dir.file(), text);
        const auto problem = problem_of(dir.file());
        BOOST_TEST(contains(problem, reason), problem);
        BOOST_TEST(!contains(problem, key_text(1).substr(0, 8)));
    }
    write(dir.file(), with_keys(good));
    BOOST_TEST(problem_of(dir.file()) == "none");
}

BOOST_AUTO_TEST_CASE(a_holder_takes_a_changed_file) {
    const directory dir;
    const auto first = keyring::generate(noon);
    first.save(dir.file());
    keyring_holder holder{dir.file(), keyring_access::owner_only};
    BOOST_TEST(!holder.reload_if_changed().changed);
    first.with_new_version(noon).with_active(2).save(dir.file());
    BOOST_TEST(holder.current()->active_version() == 1);
    BOOST_TEST(holder.reload_if_changed().changed);
    BOOST_TEST(holder.current()->active_version() == 2);
    BOOST_TEST(!holder.reload_if_changed().changed);
}

BOOST_AUTO_TEST_CASE(a_holder_keeps_its_keyring_when_the_new_file_is_no_good) {
    const directory dir;
    const auto first = keyring::generate(noon);
    first.save(dir.file());
    keyring_holder holder{dir.file(), keyring_access::owner_only};
    write(dir.file(), "{");
    BOOST_TEST(contains(holder.reload_if_changed().problem, "no JSON"));
    BOOST_TEST(holder.reload_if_changed().problem == "");
    keyring::generate(noon).save(dir.file());
    BOOST_TEST(contains(holder.reload_if_changed().problem, "another pepper"));
    std::filesystem::remove(dir.file());
    BOOST_TEST(contains(holder.reload_if_changed().problem, "no such file"));
    BOOST_TEST((holder.current()->pepper() == first.pepper()));
}

BOOST_AUTO_TEST_SUITE_END()
