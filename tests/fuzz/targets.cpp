// The promises that no input may break.
#include "tests/fuzz/targets.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "api/http/json_reader.hpp"
#include "api/surfaces/woodpecker/decode.hpp"
#include "api/surfaces/woodpecker/encode.hpp"
#include "api/surfaces/woodpecker/woodpecker.hpp"
#include "common/crypto/api_key_text.hpp"
#include "common/jobs/envelope.hpp"

namespace tenantry::fuzz {

namespace {

namespace json = boost::json;

void require(bool kept, const char* promise) {
    if (!kept) throw std::logic_error(promise);
}

bool is_of_the_decoder(errc code) {
    switch (code) {
        case errc::malformed_json:
        case errc::invalid_value:
        case errc::no_companies:
        case errc::too_many_companies:
        case errc::blank_name:
        case errc::name_too_long:
        case errc::invalid_name:
        case errc::duplicate_name:
            return true;
        default:
            return false;
    }
}

void check_refusal(const error& e) {
    require(is_of_the_decoder(e.code), "a decoder refuses with the codes that it documents");
    const auto refusal = surfaces::woodpecker::describe(e);
    require(refusal.status == 400, "a body that cannot be read is a bad request");
    boost::system::error_code ec;
    const auto body = json::parse(surfaces::woodpecker::encode_error(refusal, e, timestamp{}), ec);
    require(!ec, "an error body is JSON in UTF-8");
    require(body.at("detail").as_string().size() < 2048, "an error quotes an excerpt alone");
}

void check_names(const std::vector<domain::company_name>& names) {
    require(!names.empty() && names.size() <= domain::max_companies_per_request,
            "a creation has one to ten companies");
    for (const auto& name : names) {
        const auto again = domain::company_name::parse(name.text());
        require(again && *again == name, "a stored name parses as itself");
    }
}

}  // namespace

void create_companies(std::string_view bytes) {
    const auto value = http::parse_json(bytes);
    if (value) {
        require(http::parse_json(json::serialize(*value)).has_value(),
                "what was read can be written and read again");
    } else {
        require(value.error().code == errc::malformed_json, "parse_json has one error");
        require(!value.error().subject.empty(), "a refusal says why");
    }
    http::request request;
    http::make_request(request, http::verb::post, "/", {}, bytes);
    const auto names = surfaces::woodpecker::decode_create_companies(request);
    require(value || !names, "what is no JSON creates nothing");
    if (names)
        check_names(*names);
    else
        check_refusal(names.error());
}

void api_key(std::string_view bytes) {
    const auto parsed = crypto::parse_api_key(bytes);
    if (!parsed) return;
    require(parsed->agency.value() >= 1, "an agency's id is at least 1");
    const auto minted = crypto::mint_api_key(parsed->agency);
    require(minted.size() == bytes.size(), "a key that is taken could have been minted");
}

void envelope(std::string_view bytes) {
    const auto parsed = jobs::parse_envelope(bytes);
    if (!parsed) return;
    require(jobs::envelope_text(*parsed) == bytes, "an envelope has one spelling");
}

}  // namespace tenantry::fuzz
