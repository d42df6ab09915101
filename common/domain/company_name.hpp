// A company's name, and the rules of the list of names that one request creates.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/error.hpp"

namespace tenantry::domain {

/// Code points of a name after normalization. The contract's pages name no limit (OURS); 255 is
/// what a form field and an index entry hold with ease.
inline constexpr std::size_t max_company_name = 255;

/// "You can add up to 10 companies in one request" (contract 2).
inline constexpr std::size_t max_companies_per_request = 10;

/// A valid name. Two names are the same company within an agency when their keys are equal.
class company_name {
public:
    /// Refuses with `blank_name`, `name_too_long` or `invalid_name`; `subject` is an excerpt of
    /// the name as given. What is refused as invalid is said at `tidy` in text.hpp.
    static result<company_name> parse(std::string_view as_given);

    /// Trimmed and in Unicode normal form C, otherwise as the client wrote it.
    const std::string& text() const { return text_; }

    /// Equal for names that differ in case, outer white space or normal form alone.
    const std::string& key() const { return key_; }

    bool operator==(const company_name&) const = default;

private:
    company_name(std::string text, std::string key)
        : text_(std::move(text)), key_(std::move(key)) {}

    std::string text_;
    std::string key_;
};

/// What an error of company_name::parse says of the name, as the rest of a sentence.
std::string name_fault(errc code);

/// The names of one request, all or none (contract 2). Refuses, in this order: `no_companies`,
/// `too_many_companies`, the first bad name's own error, `duplicate_name` (`subject` is the first
/// repeated name as given). `fields` points at every offending entry, not only the first.
result<std::vector<company_name>> parse_company_names(std::span<const std::string_view> names);

}  // namespace tenantry::domain
