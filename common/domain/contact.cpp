// Turns what clients write of their contacts into contacts, or says which fields are wrong and why.
#include "common/domain/contact.hpp"

#include <fmt/format.h>

#include "common/domain/email.hpp"
#include "common/domain/text.hpp"
#include "common/runtime/redact.hpp"

namespace tenantry::domain {
namespace {

std::string detail_of(text_fault fault, std::size_t limit) {
    switch (fault) {
        case text_fault::invalid:
            return "must be UTF-8 text without control characters";
        case text_fault::secret:
            return "must not contain an API key";
        case text_fault::blank:
            return "must not be blank";
        case text_fault::too_long:
            return fmt::format("must not be longer than {} characters", limit);
    }
    throw std::logic_error("no such text_fault");
}

using tidying = boost::system::result<std::string, text_fault> (*)(std::string_view, std::size_t);

std::string read_text(tidying tidy_it, std::string_view as_given, std::size_t limit,
                      std::string pointer, field_errors& found) {
    auto text = tidy_it(as_given, limit);
    if (text) return std::move(*text);
    found.push_back({std::move(pointer), detail_of(text.error(), limit)});
    return {};
}

new_contact read_contact(const contact_form& form, const std::string& place, field_errors& found) {
    new_contact contact{
        .name = read_text(tidy, form.name, max_contact_name, place + "/name", found),
        .notify = form.notify};
    if (form.email) contact.email = read_email(*form.email, place + "/email", found);
    contact.phones = read_phones(form.phones, place + "/phones", found);
    if (form.comment) contact.comment = read_comment(*form.comment, place + "/comment", found);
    return contact;
}

/// "phones" of "/3/phones/1" and of "/phones/1".
std::string field_of(std::string_view pointer) {
    const auto is_index = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    };
    pointer.remove_prefix(1);
    auto part = pointer.substr(0, pointer.find('/'));
    if (is_index(part)) {
        pointer.remove_prefix(part.size() + 1);
        part = pointer.substr(0, pointer.find('/'));
    }
    return std::string{part};
}

}  // namespace

std::string read_line(std::string_view as_given, std::size_t max_code_points, std::string pointer,
                      field_errors& found) {
    return read_text(tidy, as_given, max_code_points, std::move(pointer), found);
}

std::string read_email(std::string_view as_given, std::string pointer, field_errors& found) {
    const auto wrong = [&](std::string detail) {
        found.push_back({std::move(pointer), std::move(detail)});
        return std::string{};
    };
    // The pattern leaves nothing but ASCII: its bytes are its characters.
    if (as_given.size() > max_email)
        return wrong(fmt::format("must not be longer than {} characters", max_email));
    if (!is_email(as_given)) return wrong("must be an e-mail address");
    if (reveals_key(as_given)) return wrong("must not contain an API key");
    return std::string{as_given};
}

std::vector<std::string> read_phones(std::span<const std::string_view> as_given,
                                     std::string pointer, field_errors& found) {
    std::vector<std::string> phones;
    if (as_given.size() > max_phones) {
        found.push_back(
            {std::move(pointer), fmt::format("must not have more than {} elements", max_phones)});
        return phones;
    }
    for (std::size_t i = 0; i < as_given.size(); ++i)
        phones.push_back(
            read_text(tidy, as_given[i], max_phone, fmt::format("{}/{}", pointer, i), found));
    return phones;
}

std::string read_comment(std::string_view as_given, std::string pointer, field_errors& found) {
    return read_text(tidy_lines, as_given, max_comment, std::move(pointer), found);
}

error refused_fields(field_errors found) {
    error e{.code = errc::invalid_value, .subject = field_of(found.front().pointer)};
    e.fields = std::move(found);
    return e;
}

result<std::vector<new_contact>> parse_contacts(std::span<const contact_form> as_given) {
    if (as_given.empty() || as_given.size() > max_contacts_per_request)
        return error{.code = errc::invalid_value,
                     .subject = "contacts",
                     .fields = {{"", fmt::format("must be an array of 1 to {} contacts",
                                                 max_contacts_per_request)}}};
    std::vector<new_contact> contacts;
    field_errors found;
    for (std::size_t i = 0; i < as_given.size(); ++i)
        contacts.push_back(read_contact(as_given[i], fmt::format("/{}", i), found));
    if (!found.empty()) return refused_fields(std::move(found));
    return contacts;
}

}  // namespace tenantry::domain
