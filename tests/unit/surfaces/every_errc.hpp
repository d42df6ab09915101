// Every error there is, for the tables of words of all surfaces.
#pragma once

#include <vector>

#include "common/runtime/error.hpp"

namespace tenantry::test {

inline std::vector<errc> every_errc() {
    std::vector<errc> all;
    for (int code = 0; code <= static_cast<int>(errc::internal); ++code)
        all.push_back(static_cast<errc>(code));
    return all;
}

}  // namespace tenantry::test
