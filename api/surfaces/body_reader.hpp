// What the decoders of several surfaces share: a body's object, and a list of everything that is
// wrong with it, so that a client hears of all of it at once.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.hpp"
#include "common/domain/company_name.hpp"
#include "common/runtime/error.hpp"

namespace tenantry::surfaces {

/// The faults of one request.
class body_faults {
public:
    /// `pointer` is a JSON pointer into the body, or the bare name of a query parameter.
    void note(std::string pointer, std::string detail) {
        fields_.push_back({std::move(pointer), std::move(detail)});
    }
    void take(error e);

    bool none() const { return fields_.empty(); }

    /// `invalid_value`; its subject is the name of the first field that is wrong.
    error to_error() &&;

private:
    std::vector<field_error> fields_;
};

/// `invalid_value` of one field, which a surface's words call `subject`.
error incorrect(std::string_view subject, std::string pointer, std::string detail);

/// The body. `malformed_json`, `invalid_value` at "" when it is no object.
result<boost::json::object> read_object(http::request& request,
                                        std::string_view subject = "request body",
                                        std::string detail = "must be an object");

/// The member, which must be a string. Notes what is wrong, and reads as nothing then.
std::optional<std::string_view> read_text(const boost::json::object& from, std::string_view name,
                                          const std::string& pointer, body_faults& faults);

/// A JSON number without a fraction, however it is written: 2 and 2.0 are the same (JSON Schema,
/// "integer"). Nothing for any other value.
std::optional<std::int64_t> whole_number(const boost::json::value& value);

/// The member "name", as a company's name.
std::optional<domain::company_name> read_company_name(const boost::json::object& from,
                                                      body_faults& faults);

}  // namespace tenantry::surfaces
