// The object ids of the built-in types spoken here: fixed numbers of PostgreSQL (pg_type.dat) that
// libpq does not publish.
#pragma once

namespace tenantry::pg::oid {

enum : unsigned {
    unspecified = 0,
    boolean = 16,
    bytea = 17,
    name = 19,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    text = 25,
    json = 114,
    json_array = 199,
    float8 = 701,
    unknown = 705,
    boolean_array = 1000,
    bytea_array = 1001,
    int4_array = 1007,
    text_array = 1009,
    int8_array = 1016,
    float8_array = 1022,
    bpchar = 1042,
    varchar = 1043,
    timestamptz = 1184,
    timestamptz_array = 1185,
    jsonb = 3802,
    first_user_defined = 16384,
};

}  // namespace tenantry::pg::oid
