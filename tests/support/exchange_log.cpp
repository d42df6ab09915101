#include "tests/support/exchange_log.hpp"

#include <fstream>

namespace tenantry::test {

namespace {

namespace json = boost::json;

json::array pairs(const http_headers& headers) {
    json::array all;
    for (const auto& [name, value] : headers) all.push_back(json::array{name, value});
    return all;
}

}  // namespace

void keep_exchange(std::string_view name, std::string_view method, std::string_view target,
                   const http_headers& headers, std::string_view body, const http_reply& reply) {
    static std::ofstream out{TENANTRY_BINARY_DIR "/exchanges.jsonl"};
    json::object line{{"name", name},
                      {"method", method},
                      {"target", target},
                      {"request_headers", pairs(headers)},
                      {"request_body", body},
                      {"status", reply.status},
                      {"headers", pairs(reply.headers)},
                      {"body", reply.body}};
    out << json::serialize(line) << '\n' << std::flush;
    if (!out) throw std::runtime_error("exchanges.jsonl cannot be written");
}

}  // namespace tenantry::test
