// Arrays, objects and doubles are written here, everything else by the library.
#include "common/runtime/json_text.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>
#include <utility>

namespace tenantry {
namespace {

namespace json = boost::json;

void append(std::string& out, const json::value& value);

void append_text(std::string& out, json::string_view text) {
    out += json::serialize(text);
}

void append_array(std::string& out, const json::array& array) {
    out += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i > 0) out += ',';
        append(out, array[i]);
    }
    out += ']';
}

void append_object(std::string& out, const json::object& object) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : object) {
        if (!std::exchange(first, false)) out += ',';
        append_text(out, key);
        out += ':';
        append(out, value);
    }
    out += '}';
}

void append(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::array:
            return append_array(out, value.get_array());
        case json::kind::object:
            return append_object(out, value.get_object());
        case json::kind::double_:
            fmt::format_to(std::back_inserter(out), "{}", value.get_double());
            return;
        default:
            out += json::serialize(value);
    }
}

}  // namespace

std::string to_json_text(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace tenantry
