// The words of a company's status.
#include "common/domain/company.hpp"

#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

constexpr word_table<company_status, 2> status_words{
    {{company_status::active, "ACTIVE"}, {company_status::compliance_hold, "COMPLIANCE_HOLD"}}};

}  // namespace

std::string_view to_string(company_status status) {
    return word_of(status_words, status);
}

std::optional<company_status> parse_company_status(std::string_view text) {
    return from_word(status_words, text);
}

}  // namespace tenantry::domain
