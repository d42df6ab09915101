#include "common/runtime/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace tenantry {
namespace {

namespace json = boost::json;

/// Walks over the tokens of a text that is valid JSON.
class token_walker {
public:
    explicit token_walker(std::string_view text) : rest_{text} { skip_space(); }

    bool at(char c) const { return rest_.starts_with(c); }

    /// A string with its quotes, a bracket, a comma, a colon, or a number or word.
    std::string_view next() {
        std::size_t size = 1;
        if (rest_.front() == '"')
            size = string_size();
        else if (punctuation.find(rest_.front()) == punctuation.npos)
            size = std::min(rest_.find_first_of(ends_word), rest_.size());
        const auto token = rest_.substr(0, size);
        rest_.remove_prefix(size);
        skip_space();
        return token;
    }

    /// A whole value, without the white space between its tokens.
    std::string value() {
        std::string text;
        int depth = 0;
        do {
            if (at('{') || at('[')) ++depth;
            if (at('}') || at(']')) --depth;
            text += next();
        } while (depth > 0);
        return text;
    }

private:
    static constexpr std::string_view space = " \t\n\r", punctuation = "{}[],:";
    static constexpr std::string_view ends_word = " \t\n\r{}[],:";

    std::size_t string_size() const {
        std::size_t at = 1;
        while (rest_[at] != '"') at += rest_[at] == '\\' ? 2 : 1;
        return at + 1;
    }
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
    }

    std::string_view rest_;
};

}  // namespace

std::optional<std::string> member_text(std::string_view object, std::string_view name) {
    token_walker walk{object};
    walk.next();  // {
    while (!walk.at('}')) {
        const auto quoted = walk.next();
        const auto key = json::parse({quoted.data(), quoted.size()});
        walk.next();  // :
        auto value = walk.value();
        if (key.get_string() == json::string_view{name.data(), name.size()}) return value;
        if (walk.at(',')) walk.next();
    }
    return std::nullopt;
}

}  // namespace tenantry
