// What counts as an e-mail address: the pattern of contract 3, to the letter.
#pragma once

#include <string_view>

namespace tenantry::domain {

/// Characters of an address (contract 3).
inline constexpr std::size_t max_email = 250;

/// Whether `text` is of the pattern
/// `^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$`,
/// read in one pass, however long it is.
bool is_email(std::string_view text);

}  // namespace tenantry::domain
