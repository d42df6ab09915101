// One coroutine keeps the channel up; commands go straight to the channel of the moment.
#include "common/redis/connection.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <list>
#include <random>
#include <utility>

#include "common/redis/channel.hpp"

namespace tenantry::redis {
namespace {

/// Commands sent together. Each outstanding callback holds a reference, so a reply that comes after
/// its caller has given up still finds a place to go.
struct batch : boost::intrusive_ref_counter<batch, boost::thread_unsafe_counter> {
    batch(executor ex, deadline until, std::size_t count) : timer{ex, until}, left{count} {
        replies.reserve(count);
    }

    steady_timer timer;
    std::size_t left;
    std::vector<reply> replies{};
    bool lost = false;
};

/// hiredis answers the commands of a connection in their order.
void receive_reply(redisAsyncContext*, void* raw, void* data) {
    const boost::intrusive_ptr<batch> b{static_cast<batch*>(data), false};
    if (raw)
        b->replies.push_back(copy_of(*static_cast<const redisReply*>(raw)));
    else
        b->lost = true;
    if (--b->left == 0) b->timer.cancel();
}

failure unavailable() {
    return {failure::kind::unavailable, "not connected to Redis"};
}

task<result<std::vector<reply>>> exchange(std::shared_ptr<channel> to,
                                          std::vector<std::vector<std::string>> commands,
                                          deadline until) {
    const auto ex = co_await net::this_coro::executor;
    const boost::intrusive_ptr<batch> b{new batch{ex, until, commands.size()}};
    for (const auto& command : commands) {
        const std::vector<std::string_view> arguments(command.begin(), command.end());
        intrusive_ptr_add_ref(b.get());
        if (!to->send(arguments, &receive_reply, b.get())) {
            intrusive_ptr_release(b.get());
            co_return unavailable();
        }
    }
    if (b->left > 0) co_await b->timer.async_wait(use_task);
    if (b->lost) co_return unavailable();
    if (b->left > 0) co_return failure{failure::kind::timed_out, "no answer from Redis in time"};
    co_return std::move(b->replies);
}

struct subscription {
    std::string channel;
    std::function<void(std::string_view)> on_message;
};

/// hiredis calls this for the confirmation, for every message, and with null at the end.
void receive_message(redisAsyncContext*, void* raw, void* data) {
    if (!raw) return;
    const auto message = copy_of(*static_cast<const redisReply*>(raw));
    if (message.elements.size() == 3 && message.elements[0].text == "message")
        static_cast<subscription*>(data)->on_message(message.elements[2].text);
}

void count_error(redisAsyncContext*, void* raw, void* data) {
    const auto* answer = static_cast<const redisReply*>(raw);
    if (!answer || answer->type == REDIS_REPLY_ERROR) ++*static_cast<std::uint64_t*>(data);
}

}  // namespace

class connection_state : public std::enable_shared_from_this<connection_state> {
public:
    connection_state(executor ex, connection_settings settings)
        : ex_{ex},
          settings_{std::move(settings)},
          address_{parse_url(settings_.url)},
          down_{ex},
          pause_{ex},
          random_{std::random_device{}()} {}
    ~connection_state() { stop(); }

    task<> keep_up();
    void stop();
    /// Null while it is down.
    std::shared_ptr<channel> channel_if_up() const { return connected() ? channel_ : nullptr; }
    bool connected() const { return greeted_ && !channel_->closed(); }
    bool post(std::span<const std::string_view> arguments);
    void subscribe(subscription s);

    executor get_executor() const { return ex_; }
    std::uint64_t post_errors() const { return post_errors_; }

private:
    task<std::optional<address>> resolve();
    task<bool> open();
    task<> watch();
    std::vector<std::vector<std::string>> greeting() const;
    void send_subscription(subscription& s);
    std::chrono::milliseconds pause_after(int failures);

    executor ex_;
    connection_settings settings_;
    address address_;
    std::shared_ptr<channel> channel_;
    std::list<subscription> subscriptions_;  ///< callbacks point at the elements
    steady_timer down_;                      ///< cancelled when a channel closes
    steady_timer pause_;
    std::minstd_rand random_;
    std::uint64_t post_errors_ = 0;
    std::size_t attempts_ = 0;
    bool greeted_ = false;
    bool stopped_ = false;
};

task<> connection_state::keep_up() {
    const auto self = shared_from_this();
    for (int failures = 0; !stopped_;) {
        if (co_await open()) {
            failures = 0;
            for (auto& s : subscriptions_) send_subscription(s);
            if (settings_.on_connect) settings_.on_connect();
            co_await watch();
        }
        if (stopped_) break;
        pause_.expires_after(pause_after(failures++));
        co_await pause_.async_wait(use_task);
    }
}

/// Returns when the channel has closed, and closes it when the server falls silent.
task<> connection_state::watch() {
    std::vector<std::vector<std::string>> ping;
    ping.push_back({"PING"});
    while (connected()) {
        down_.expires_after(settings_.heartbeat);
        co_await down_.async_wait(use_task);
        if (!connected() || !subscriptions_.empty()) continue;
        auto answered = co_await exchange(channel_, ping, deadline_in(settings_.silence));
        if (!answered) channel_->close();
    }
    greeted_ = false;
}

/// The name is looked up beside the thread, which takes another one, and anew for each attempt; of
/// several addresses each gets its turn, since some may be those of a server that is gone.
task<std::optional<address>> connection_state::resolve() {
    boost::system::error_code is_name;
    net::ip::make_address(address_.host, is_name);
    if (!is_name) co_return address_;
    net::ip::basic_resolver<tcp, executor> resolver{ex_};
    auto [failed, found] =
        co_await resolver.async_resolve(address_.host, std::to_string(address_.port), use_task);
    if (failed || found.empty()) co_return std::nullopt;
    auto numeric = address_;
    const auto turn = static_cast<std::ptrdiff_t>(attempts_++ % found.size());
    numeric.host = std::next(found.begin(), turn)->endpoint().address().to_string();
    co_return numeric;
}

task<bool> connection_state::open() {
    const auto where = co_await resolve();
    if (!where || stopped_) co_return false;
    channel_ = channel::open(ex_, *where, [me = weak_from_this()] {
        if (const auto state = me.lock()) state->down_.cancel();
    });
    auto answers = co_await exchange(channel_, greeting(), deadline_in(settings_.connect_timeout));
    greeted_ = answers && std::none_of(answers->begin(), answers->end(),
                                       [](const reply& r) { return r.is_error(); });
    if (!greeted_) channel_->close();
    co_return greeted_;
}

/// The PING shows that the server answers: a hung one still accepts connections, and one that is
/// loading its data refuses it.
std::vector<std::vector<std::string>> connection_state::greeting() const {
    std::vector<std::vector<std::string>> commands;
    if (!address_.user.empty())
        commands.push_back({"AUTH", address_.user, address_.password});
    else if (!address_.password.empty())
        commands.push_back({"AUTH", address_.password});
    if (address_.database != 0) commands.push_back({"SELECT", std::to_string(address_.database)});
    commands.push_back({"PING"});
    return commands;
}

std::chrono::milliseconds connection_state::pause_after(int failures) {
    constexpr int enough_doublings = 16;
    const auto full = std::min(settings_.last_pause,
                               settings_.first_pause * (1 << std::min(failures, enough_doublings)));
    std::uniform_int_distribution<std::int64_t> spread{full.count() / 2, full.count()};
    return std::chrono::milliseconds{spread(random_)};
}

void connection_state::stop() {
    stopped_ = true;
    if (channel_) channel_->close();
    down_.cancel();
    pause_.cancel();
}

bool connection_state::post(std::span<const std::string_view> arguments) {
    return connected() && channel_->send(arguments, &count_error, &post_errors_);
}

void connection_state::subscribe(subscription s) {
    subscriptions_.push_back(std::move(s));
    if (connected()) send_subscription(subscriptions_.back());
}

void connection_state::send_subscription(subscription& s) {
    const std::string_view arguments[]{"SUBSCRIBE", s.channel};
    channel_->send(arguments, &receive_message, &s);
}

connection::connection(executor ex, connection_settings settings)
    : state_{std::make_shared<connection_state>(ex, std::move(settings))} {}

connection::~connection() {
    stop();
}

void connection::start() {
    net::co_spawn(state_->get_executor(), state_->keep_up(), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
}

void connection::stop() {
    state_->stop();
}

bool connection::connected() const {
    return state_->connected();
}

task<result<reply>> connection::command(std::vector<std::string> arguments, deadline until) {
    std::vector<std::vector<std::string>> one;
    one.push_back(std::move(arguments));
    auto answers = co_await pipeline(std::move(one), until);
    if (!answers) co_return answers.error();
    auto& answer = answers->front();
    if (answer.is_error()) co_return failure{failure::kind::server, std::move(answer.text)};
    co_return std::move(answer);
}

task<result<std::vector<reply>>> connection::pipeline(
    std::vector<std::vector<std::string>> commands, deadline until) {
    auto up = state_->channel_if_up();
    if (!up) co_return unavailable();
    co_return co_await exchange(std::move(up), std::move(commands), until);
}

bool connection::post(std::span<const std::string_view> arguments) {
    return state_->post(arguments);
}

bool connection::post(std::span<const std::string> arguments) {
    const std::vector<std::string_view> views(arguments.begin(), arguments.end());
    return state_->post(views);
}

std::uint64_t connection::post_errors() const {
    return state_->post_errors();
}

void connection::subscribe(std::string channel, std::function<void(std::string_view)> on_message) {
    state_->subscribe({std::move(channel), std::move(on_message)});
}

}  // namespace tenantry::redis
