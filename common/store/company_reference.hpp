// Companies of several agencies as the set that one statement works on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/store/row_by_key.hpp"

namespace tenantry::store {

struct company_reference {
    domain::agency_id agency;
    domain::company_id company;
};

/// For a join with the company of that key; with that of each row of `wanted`, or of `item` for its
/// `command`. See ROW_BY_KEY.
#define COMPANY_BY_KEY(agency, company) \
    ROW_BY_KEY("company own", "own.agency_id = " agency " AND own.company_id = " company)
#define COMPANY_OF_WANTED COMPANY_BY_KEY("wanted.agency_id", "wanted.company_id")
#define COMPANY_OF_ITEM COMPANY_BY_KEY("command.agency_id", "item.company_id")

/// Companies as two arrays of a statement.
struct company_reference_columns {
    std::vector<std::int64_t> agency, company;

    explicit company_reference_columns(std::span<const company_reference> references) {
        for (const auto& r : references) {
            agency.push_back(r.agency.value());
            company.push_back(r.company.value());
        }
    }
};

}  // namespace tenantry::store
