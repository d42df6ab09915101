// Names a piece of SQL, so that each connection parses and plans it once.
#pragma once

namespace tenantry::pg {

/// SQL of static storage duration. With a name it is prepared on each connection at its first use
/// there, in the same round trip; with an empty name ("": BEGIN, COMMIT, LISTEN …) it is sent as
/// is. A name stands for one text and one list of parameter types.
struct statement {
    const char* name;
    const char* sql;
};

}  // namespace tenantry::pg
