// Turns what clients call their companies into names, or says which entries are wrong and why.
#include "common/domain/company_name.hpp"

#include <optional>

#include "common/domain/text.hpp"

namespace tenantry::domain {
namespace {

errc name_error(text_fault fault) {
    switch (fault) {
        case text_fault::invalid:
        case text_fault::secret:
            return errc::invalid_name;
        case text_fault::blank:
            return errc::blank_name;
        case text_fault::too_long:
            return errc::name_too_long;
    }
    throw std::logic_error("no such text_fault");
}

std::string pointer_to(std::size_t index) {
    return "/companies/" + std::to_string(index) + "/name";
}

// Adds one more offending entry; the first one decides the code and the subject.
void note(std::optional<error>& found, errc code, std::string subject, field_error field) {
    if (!found) found = error{.code = code, .subject = std::move(subject)};
    found->fields.push_back(std::move(field));
}

std::optional<error> find_repeats(std::span<const std::string_view> as_given,
                                  std::span<const company_name> names) {
    std::optional<error> found;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const auto first = static_cast<std::size_t>(
            std::ranges::find(names, names[i].key(), &company_name::key) - names.begin());
        if (first == i) continue;
        note(found, errc::duplicate_name, excerpt(as_given[i]),
             {pointer_to(i), "The name repeats that of " + pointer_to(first) + "."});
    }
    return found;
}

}  // namespace

std::string name_fault(errc code) {
    if (code == errc::blank_name) return "must not be blank";
    if (code == errc::name_too_long)
        return "must not be longer than " + std::to_string(max_company_name) + " characters";
    return "must be UTF-8 text without control characters and without an API key";
}

result<company_name> company_name::parse(std::string_view as_given) {
    auto text = tidy(as_given, max_company_name);
    if (!text) return error{.code = name_error(text.error()), .subject = excerpt(as_given)};
    auto key = caseless_key(*text);
    return company_name{std::move(*text), std::move(key)};
}

result<std::vector<company_name>> parse_company_names(std::span<const std::string_view> as_given) {
    if (as_given.empty())
        return error{.code = errc::no_companies,
                     .fields = {{"/companies", "At least one company is required."}}};
    if (as_given.size() > max_companies_per_request)
        return error{
            .code = errc::too_many_companies,
            .fields = {{"/companies", "At most " + std::to_string(max_companies_per_request) +
                                          " companies fit in one request."}}};
    std::vector<company_name> names;
    names.reserve(as_given.size());
    std::optional<error> bad;
    for (std::size_t i = 0; i < as_given.size(); ++i) {
        auto name = company_name::parse(as_given[i]);
        if (name)
            names.push_back(std::move(*name));
        else
            note(bad, name.error().code, name.error().subject,
                 {pointer_to(i), "The name " + name_fault(name.error().code) + "."});
    }
    if (!bad) bad = find_repeats(as_given, names);
    if (bad) return *std::move(bad);
    return names;
}

}  // namespace tenantry::domain
