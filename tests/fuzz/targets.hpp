// What is fuzzed, each as one function over bytes: for libFuzzer, which the programs beside this
// file hand it to, and for the unit test that replays the corpus and mutations of it.
#pragma once

#include <string_view>

namespace tenantry::fuzz {

/// Each throws std::logic_error when what it fuzzes breaks its word.
using target = void (*)(std::string_view bytes);

/// A body of POST companies: parse_json, decode_create_companies, and the words of the refusal.
void create_companies(std::string_view bytes);
/// The text of an API key.
void api_key(std::string_view bytes);
/// The two fields of a stream's entry, split at the first space.
void envelope(std::string_view bytes);

struct named_target {
    const char* name;  ///< also the folder of its corpus
    target run;
};
inline constexpr named_target targets[] = {
    {"create_companies", create_companies}, {"api_key", api_key}, {"envelope", envelope}};

}  // namespace tenantry::fuzz
