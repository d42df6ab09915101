// What the golden exchanges are about: an agency, its companies, keys, people and jobs, by the
// names that stand in the files.
#pragma once

#include "tests/e2e/golden.hpp"
#include "tests/support/stack.hpp"

namespace tenantry::test::golden {

/// The stack that every scene of the program is set on.
running_stack& shared();

/// One scene serves all exchanges that change nothing in it.
values scene_for(const exchange& e);

}  // namespace tenantry::test::golden
