#include "api/http/json_reader.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <memory_resource>
#include <set>
#include <string>
#include <vector>

namespace tenantry::http {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Builds the value and remembers the keys of every open object. The keys are in ordered sets: no
/// choice of keys makes those slow, as it could a hash table of a known hash.
class handler {
public:
    // The names and the meanings of what follows are those of boost::json::basic_parser.
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    explicit handler(json::storage_ptr memory)
        : values_{{}, first_values_.data(), first_values_.size()} {
        values_.reset(std::move(memory));
    }

    json::value release() { return values_.release(); }

    /// Why the handler itself stopped the parser; empty when it did not.
    const std::string& complaint() const { return complaint_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_array_begin(error_code& ec) { return count_value(ec); }
    bool on_array_end(std::size_t n, error_code&) {
        values_.push_array(n);
        return true;
    }
    bool on_object_begin(error_code& ec) {
        keys_.emplace_back();
        return count_value(ec);
    }
    bool on_object_end(std::size_t n, error_code&) {
        keys_.pop_back();
        values_.push_object(n);
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, error_code&) {
        values_.push_chars(s);
        key_.append(s.data(), s.size());
        return true;
    }
    bool on_key(json::string_view s, std::size_t, error_code& ec) {
        values_.push_key(s);
        key_.append(s.data(), s.size());
        const bool fresh = keys_.back().emplace(key_).second;
        if (!fresh)
            return stop(fmt::format("the key \"{:.100}\" stands twice in an object", key_), ec);
        key_.clear();
        return true;
    }
    bool on_string_part(json::string_view s, std::size_t, error_code&) {
        values_.push_chars(s);
        return true;
    }
    bool on_string(json::string_view s, std::size_t, error_code& ec) {
        values_.push_string(s);
        return count_value(ec);
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t i, json::string_view, error_code& ec) {
        values_.push_int64(i);
        return count_value(ec);
    }
    bool on_uint64(std::uint64_t u, json::string_view, error_code& ec) {
        values_.push_uint64(u);
        return count_value(ec);
    }
    bool on_double(double d, json::string_view, error_code& ec) {
        if (!std::isfinite(d)) return stop("a number is out of range", ec);
        values_.push_double(d);
        return count_value(ec);
    }
    bool on_bool(bool b, error_code& ec) {
        values_.push_bool(b);
        return count_value(ec);
    }
    bool on_null(error_code& ec) {
        values_.push_null();
        return count_value(ec);
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

private:
    bool count_value(error_code& ec) {
        if (++values_read_ <= max_json_values) return true;
        return stop(fmt::format("it has more than {} values", max_json_values), ec);
    }
    bool stop(std::string why, error_code& ec) {
        complaint_ = std::move(why);
        ec = json::error::syntax;
        return false;
    }

    std::array<std::byte, 2048> first_keys_;
    std::pmr::monotonic_buffer_resource arena_{first_keys_.data(), first_keys_.size()};
    std::pmr::vector<std::pmr::set<std::pmr::string>> keys_{&arena_};
    std::string key_;
    std::string complaint_;
    std::size_t values_read_ = 0;
    std::array<unsigned char, 1024> first_values_;
    json::value_stack values_;
};

std::string reason(const error_code& ec, const handler& h) {
    if (!h.complaint().empty()) return h.complaint();
    if (ec == json::error::too_deep) {
        return fmt::format("it is nested deeper than {}", max_json_depth);
    }
    if (ec == json::error::incomplete) return "it ends too early";
    if (ec == json::error::extra_data) return "something follows the JSON value";
    return ec.message();
}

}  // namespace

result<json::value> parse_json(std::string_view body, json::storage_ptr memory) {
    if (body.empty()) return error{errc::malformed_json, "The body is empty."};
    json::parse_options options;
    options.max_depth = max_json_depth;
    json::basic_parser<handler> parser{options, std::move(memory)};
    error_code ec;
    const auto at = parser.write_some(false, body.data(), body.size(), ec);
    if (!ec && at < body.size()) ec = json::error::extra_data;
    if (!ec) return parser.handler().release();
    return error{errc::malformed_json, fmt::format("The body is no valid JSON at byte {}: {}.", at,
                                                   reason(ec, parser.handler()))};
}

}  // namespace tenantry::http
