// Companies of several agencies as the set that one statement works on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/domain/ids.hpp"

namespace tenantry::store {

struct company_reference {
    domain::agency_id agency;
    domain::company_id company;
};

/// The same as two arrays of a statement.
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
