// The fuzz targets without a fuzzer: the corpus, and mutations of it that are the same every time.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/fuzz/targets.hpp"

using namespace tenantry;
namespace fs = std::filesystem;

namespace {

constexpr int mutations = 4000;  ///< of each target

std::vector<std::string> corpus_of(const std::string& name) {
    std::vector<fs::path> files;
    for (const auto& file :
         fs::directory_iterator{fs::path{TENANTRY_SOURCE_DIR} / "tests/fuzz/corpus" / name})
        files.push_back(file.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> inputs;
    for (const auto& file : files) {
        std::ifstream in{file, std::ios::binary};
        inputs.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    }
    return inputs;
}

/// std::uniform_int_distribution differs from library to library; this does not.
class dice {
public:
    std::size_t below(std::size_t n) { return n == 0 ? 0 : engine_() % n; }

private:
    std::mt19937_64 engine_{42};
};

void mutate(std::string& input, const std::vector<std::string>& corpus, dice& roll) {
    const auto at = roll.below(input.size() + 1);
    const auto length = roll.below(std::min<std::size_t>(input.size() - at, 16) + 1);
    switch (roll.below(6)) {
        case 0:
            if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << roll.below(8)));
            break;
        case 1:
            input.insert(at, 1, static_cast<char>(roll.below(256)));
            break;
        case 2:
            input.erase(at, length);
            break;
        case 3:
            input.insert(roll.below(input.size() + 1), input.substr(at, length));
            break;
        case 4: {
            const auto& other = corpus[roll.below(corpus.size())];
            input.replace(at, length, other.substr(roll.below(other.size() + 1), 24));
            break;
        }
        default: {
            constexpr std::string_view tokens[] = {
                "{", "}", "[",   "]",    ",",    ":",        "\"", "\\u0000", "\\ud800",
                "0", "-", "1e9", "null", "true", "\"name\"", "\\", " ",       "\xc3"};
            input.insert(at, tokens[roll.below(std::size(tokens))]);
        }
    }
}

std::string broken_promise(fuzz::target run, std::string_view input) {
    try {
        run(input);
        return "";
    } catch (const std::exception& e) {
        return e.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(corpus_test)

BOOST_AUTO_TEST_CASE(no_input_of_the_corpus_breaks_a_promise) {
    for (const auto& target : fuzz::targets) {
        const auto corpus = corpus_of(target.name);
        BOOST_TEST(corpus.size() >= 7u, target.name);
        for (const auto& input : corpus)
            BOOST_TEST(broken_promise(target.run, input) == "", target.name << ": " << input);
    }
}

BOOST_AUTO_TEST_CASE(no_mutation_of_the_corpus_breaks_a_promise) {
    for (const auto& target : fuzz::targets) {
        const auto corpus = corpus_of(target.name);
        dice roll;
        for (int i = 0; i < mutations; ++i) {
            auto input = corpus[roll.below(corpus.size())];
            for (auto n = roll.below(4) + 1; n > 0; --n) mutate(input, corpus, roll);
            const auto broken = broken_promise(target.run, input);
            BOOST_TEST(broken == "", target.name << ": " << input);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
