// The ledger and the subscriptions.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/domain/period.hpp"
#include "common/pg/pool.hpp"
#include "common/store/company_reference.hpp"

namespace tenantry::store {

/// The accounts of every agency's ledger.
struct ledger_account {
    std::string_view code;
    std::string_view normal_side;  ///< "debit" or "credit"
};
inline constexpr ledger_account receivable{"receivable", "debit"};
inline constexpr ledger_account activation_revenue{"activation_revenue", "credit"};
inline constexpr std::array ledger_accounts{receivable, activation_revenue};

/// Posts the activation fee of the agency's plan for each company: receivable to activation
/// revenue, in minor units of the plan's currency. A company that was charged before is not charged
/// again; a plan without a fee posts nothing.
task<pg::result<void>> post_activation_fees(pg::connection& in_transaction,
                                            std::span<const company_reference> companies,
                                            deadline until);

/// The day each company was created, UTC, in the order of `companies`.
task<pg::result<std::vector<domain::date>>> find_birthdays(
    pg::connection& in_transaction, std::span<const company_reference> companies, deadline until);

/// Opens each company's subscription to its agency's plan with its first period, in the order of
/// `companies`; one that is open already stays as it is.
task<pg::result<void>> open_subscriptions(pg::connection& in_transaction,
                                          std::span<const company_reference> companies,
                                          std::span<const domain::period> first_periods,
                                          deadline until);

}  // namespace tenantry::store
