// The load generator: requests over keep-alive connections, in a closed loop or at a given rate, on
// one thread and prebuilt, so that it leaves the machine to what it measures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/asio.hpp"

namespace tenantry::bench {
namespace {

using boost::system::error_code;
using clock = std::chrono::steady_clock;

struct options {
    std::uint16_t port = 0;
    std::string key;    ///< or a file of keys, of which each request has the next
    std::string get;    ///< path of a GET, {} being what follows the key; empty: POST of companies
    int companies = 1;  ///< a POST
    std::string taken;  ///< the name that each POST asks for, of a company that there is
    std::string tag;    ///< part of every company's name, so that no other run has the same
    bool founder = false;      ///< each company comes with an owner of its own
    bool idempotency = false;  ///< each POST has an Idempotency-Key of its own
    bool raced = false;        ///< two requests ask for the same new names at the same time
    int connections = 0;
    double seconds = 0;
    double warm_up = 0;  ///< seconds before, which count only their errors
    double rate = 0;     ///< requests a second of an open loop; 0: a closed one
};

constexpr std::string_view serial_mark = "##########";  ///< replaced by ten digits

/// Names do not come in order: each serial number is another one, far from the last. The factor has
/// none in common with the number of them.
constexpr std::uint64_t scattered(std::uint64_t serial) {
    constexpr std::uint64_t serials = 10'000'000'000, factor = 7'919'739'241;
    return serial * factor % serials;
}

/// How many requests in a row are the same.
int times_each(const options& o) {
    return o.raced ? 2 : 1;
}

/// Who sends a request, and about what.
struct sender {
    std::string key, subject;
};

/// A file's lines, or the key itself.
std::vector<sender> senders_of(const options& o) {
    std::ifstream file{o.key};
    std::vector<sender> senders;
    for (std::string line; std::getline(file, line);) {
        const auto end = std::min(line.find(' '), line.size());
        senders.push_back({line.substr(0, end), line.substr(std::min(end + 1, line.size()))});
    }
    if (senders.empty()) senders.push_back({o.key, ""});
    return senders;
}

std::string name_of(const options& o) {
    return o.taken.empty() ? fmt::format("Bench {} {}", o.tag, serial_mark) : o.taken;
}

std::string companies_of(const options& o) {
    std::string body = R"({"companies":[)";
    for (int i = 0; i < o.companies; ++i)
        body += fmt::format(R"({}{{"name":"{}"}})", i == 0 ? "" : ",", name_of(o));
    return body + "]}";
}

std::string founding_of(const options& o) {
    return fmt::format(
        R"({{"name":"{0}","owner":{{"external_id":"{0}","email":"bench@example.com","name":"Bench"}}}})",
        name_of(o));
}

std::string request_text(const options& o, const sender& from) {
    const auto head = [&](std::string_view method, std::string_view path) {
        return fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: {}\r\n", method, path,
                           from.key);
    };
    if (!o.get.empty()) return head("GET", fmt::format(fmt::runtime(o.get), from.subject)) + "\r\n";
    const auto body = o.founder ? founding_of(o) : companies_of(o);
    std::string key;
    if (o.idempotency) key = fmt::format("Idempotency-Key: {}-{}\r\n", o.tag, serial_mark);
    return fmt::format(
        "{}{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        head("POST", o.founder ? "/api/v1/organizations" : "/rest/v2/agency/companies"), key,
        body.size(), body);
}

std::vector<std::string_view> successes_of(const options& o) {
    constexpr std::string_view created = "HTTP/1.1 201 ", refused = "HTTP/1.1 422 ";
    if (!o.get.empty()) return {"HTTP/1.1 200 "};
    if (o.raced) return {created, refused};
    return {o.taken.empty() ? created : refused};
}

/// Each sender's request.
std::vector<std::string> texts_of(const options& o) {
    std::vector<std::string> texts;
    for (const auto& sender : senders_of(o)) texts.push_back(request_text(o, sender));
    return texts;
}

/// One request after the other, the senders taking turns. Serial numbers are overwritten in place.
class request {
public:
    request(const std::vector<std::string>& texts, int times_each)
        : texts_{texts}, times_each_{static_cast<std::uint64_t>(times_each)} {
        take(texts.front());
    }

    /// The next request, of which all connections have sent so many; valid until the next call.
    net::const_buffer next(std::uint64_t& sent) {
        const auto number = sent++ / times_each_;
        if (texts_.size() > 1) take(texts_[number % texts_.size()]);
        auto serial = number * serials_.size();
        for (const auto at : serials_) {
            auto rest = scattered(serial++);
            for (auto digit = serial_mark.size(); digit-- > 0; rest /= 10)
                text_[at + digit] = static_cast<char>('0' + rest % 10);
        }
        return net::buffer(text_);
    }

private:
    void take(const std::string& text) {
        text_ = text;
        serials_.clear();
        for (auto at = text.find(serial_mark); at != text.npos;
             at = text.find(serial_mark, at + serial_mark.size()))
            serials_.push_back(at);
    }

    const std::vector<std::string>& texts_;
    std::uint64_t times_each_;
    std::string text_;
    std::vector<std::size_t> serials_;
};

/// What all connections share and what they saw.
struct run {
    options chosen;
    std::vector<std::string> texts;
    std::vector<std::string_view> successes;
    clock::time_point measured_from, until;
    clock::duration between_turns;  ///< of one connection; zero in a closed loop
    std::uint64_t sent = 0;
    std::uint64_t errors = 0;
    std::string first_error{};
    std::vector<std::chrono::nanoseconds> latencies{};

    void fail(std::string what) {
        if (errors++ == 0) first_error = std::move(what);
    }
};

/// One connection: sends, reads the whole response, sends again. In an open loop it waits for its
/// turn, from which a response is timed also when the one before came too late for it.
class client {
public:
    client(net::io_context& context, run& r, clock::time_point first_turn)
        : socket_{context},
          turn_starts_{context},
          turn_{first_turn},
          run_{r},
          request_{r.texts, times_each(r.chosen)} {}

    void start() {
        const tcp::endpoint server{net::ip::address_v4::loopback(), run_.chosen.port};
        socket_.async_connect(server, [this](error_code ec) {
            if (ec) return run_.fail(ec.message());
            socket_.set_option(tcp::no_delay(true));
            next();
        });
    }

private:
    void next() {
        if (run_.between_turns == clock::duration::zero()) return send(clock::now());
        turn_starts_.expires_at(turn_);
        turn_starts_.async_wait([this](error_code ec) {
            if (ec) return run_.fail(ec.message());
            send(turn_);
            turn_ += run_.between_turns;
        });
    }

    void send(clock::time_point due) {
        sent_at_ = due;
        if (sent_at_ >= run_.until) return;
        filled_ = 0;
        net::async_write(socket_, request_.next(run_.sent), [this](error_code ec, std::size_t) {
            if (ec) return run_.fail(ec.message());
            receive();
        });
    }

    void receive() {
        socket_.async_read_some(net::buffer(input_) + filled_,
                                [this](error_code ec, std::size_t n) {
                                    if (ec) return run_.fail(ec.message());
                                    filled_ += n;
                                    if (!is_complete())
                                        receive();
                                    else
                                        finish();
                                });
    }

    std::string_view received() const { return {input_.data(), filled_}; }

    bool is_complete() const {
        constexpr std::string_view length_header = "\r\nContent-Length: ", head_end = "\r\n\r\n";
        const auto end = received().find(head_end);
        if (end == std::string_view::npos) return false;
        const auto length = received().find(length_header);
        if (length > end) return true;
        std::size_t body = 0;
        std::from_chars(input_.data() + length + length_header.size(), input_.data() + end, body);
        return filled_ >= end + head_end.size() + body;
    }

    void finish() {
        const auto is_such = [this](auto success) { return received().starts_with(success); };
        if (std::ranges::none_of(run_.successes, is_such)) run_.fail(std::string{received()});
        if (sent_at_ >= run_.measured_from) run_.latencies.push_back(clock::now() - sent_at_);
        next();
    }

    tcp_socket socket_;
    steady_timer turn_starts_;
    clock::time_point turn_;
    run& run_;
    request request_;
    std::array<char, 64 * 1024> input_;
    std::size_t filled_ = 0;
    clock::time_point sent_at_;
};

double in_ms(std::chrono::nanoseconds d) {
    return std::chrono::duration<double, std::milli>{d}.count();
}

void report(run& r) {
    auto& all = r.latencies;
    std::sort(all.begin(), all.end());
    const auto quantile = [&](double q) {
        return all.empty()
                   ? 0.0
                   : in_ms(all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))]);
    };
    if (r.errors > 0) fmt::print(stderr, "the first of {} errors: {}\n", r.errors, r.first_error);
    fmt::print("{:.0f} {:.3f} {:.3f} {}\n", static_cast<double>(all.size()) / r.chosen.seconds,
               quantile(0.5), quantile(0.99), r.errors);
}

void measure(const options& o) {
    const auto seconds = [](double s) {
        return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{s});
    };
    const auto now = clock::now(), from = now + seconds(o.warm_up);
    const auto between_requests = seconds(o.rate > 0 ? 1 / o.rate : 0);
    run r{.chosen = o,
          .texts = texts_of(o),
          .successes = successes_of(o),
          .measured_from = from,
          .until = from + seconds(o.seconds),
          .between_turns = between_requests * o.connections};
    net::io_context context{1};
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < o.connections; ++i) {
        const auto first_turn = now + between_requests * (i / times_each(o) * times_each(o));
        clients.emplace_back(std::make_unique<client>(context, r, first_turn))->start();
    }
    context.run();
    report(r);
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) try {
    namespace po = boost::program_options;
    tenantry::bench::options o;
    po::options_description known{"Prints: requests a second, p50 and p99 in ms, errors"};
    known.add_options()("help", "")("port", po::value(&o.port)->required(), "on 127.0.0.1")(
        "key", po::value(&o.key),
        "the x-api-key, or a file of them, each perhaps with a word behind it")(
        "get", po::value(&o.get), "the path to GET, {} being that word")(
        "companies", po::value(&o.companies)->default_value(1), "to create by each POST")(
        "tag", po::value(&o.tag), "makes this run's company names unique")(
        "taken", po::value(&o.taken), "the name that each POST asks for, to be refused")(
        "founder", po::bool_switch(&o.founder),
        "each POST creates one company and its owner, on contract 1's surface")(
        "idempotency", po::bool_switch(&o.idempotency), "an Idempotency-Key with each POST")(
        "raced", po::bool_switch(&o.raced),
        "two POSTs at a time ask for the same new names: one may be refused")(
        "connections", po::value(&o.connections)->default_value(64), "kept alive")(
        "seconds", po::value(&o.seconds)->default_value(4), "to measure")(
        "warm-up", po::value(&o.warm_up)->default_value(0.5), "seconds before")(
        "rate", po::value(&o.rate)->default_value(0),
        "requests a second, sent when they are due; 0: each after the last response");
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, known), given);
    if (given.count("help") > 0) {
        std::cout << known;
        return EXIT_SUCCESS;
    }
    po::notify(given);
    tenantry::bench::measure(o);
    return EXIT_SUCCESS;
} catch (const std::exception& e) {
    std::cerr << "tenantry-bench-load: " << e.what() << '\n';
    return EXIT_FAILURE;
}
