#include "api/surfaces/woodpecker/encode.hpp"

#include <fmt/chrono.h>

#include <boost/json.hpp>

#include "api/surfaces/document.hpp"

namespace tenantry::surfaces::woodpecker {

namespace {

namespace json = boost::json;

json::object created(const domain::company& company, json::storage_ptr memory) {
    return json::object({{"id", company.id.value()},
                         {"name", company.name},
                         {"owner", company.owner},
                         {"active", company.active}},
                        std::move(memory));
}

json::object listed(const domain::company& company, json::storage_ptr memory) {
    auto entry = created(company, std::move(memory));
    entry["running_campaigns"] = company.running_campaigns;
    entry["email_slots"] = company.email_slots;
    entry["linkedin_slots"] = company.linkedin_slots;
    return entry;
}

json::object company_object(const domain::company& company, json::storage_ptr memory) {
    auto entry = listed(company, std::move(memory));
    entry["provisioning"] = company.provisioned ? "ready" : "pending";
    return entry;
}

json::object job_object(const domain::job& job, json::storage_ptr memory) {
    return json::object({{"id", job.id.value()},
                         {"kind", job.kind},
                         {"queue", job.queue},
                         {"company_id", id_or_null(job.company)},
                         {"state", to_string(job.state)},
                         {"attempts", job.attempts},
                         {"crashes", job.crashes},
                         {"progress", job.progress_percent()},
                         {"steps_done", job.steps_done},
                         {"steps_total", job.steps_total},
                         {"created_at", to_rfc3339(job.created_at)},
                         {"run_at", to_rfc3339(job.run_at)},
                         {"started_at", time_or_null(job.started_at, memory)},
                         {"finished_at", time_or_null(job.finished_at, memory)},
                         {"last_error", text_or_null(job.last_error, memory)},
                         {"priority", job.priority},
                         {"batch_id", id_or_null(job.batch)},
                         {"message", text_or_null(job.message, memory)},
                         {"cancel_requested_at", time_or_null(job.cancel_requested_at, memory)}},
                        memory);
}

json::object key_object(const service::api_key& key, json::storage_ptr memory) {
    json::object entry(
        {{"id", key.id.value()}, {"api_key", key.text}, {"label", text_or_null(key.label, memory)}},
        memory);
    if (key.valid_until) entry["valid_until"] = to_rfc3339(*key.valid_until);
    return entry;
}

json::object batch_object(const domain::job_batch& batch, json::storage_ptr memory) {
    return json::object({{"id", batch.id.value()},
                         {"jobs", batch.jobs},
                         {"finished", batch.is_finished()},
                         {"progress", batch.progress_percent()},
                         {"pending", batch.pending},
                         {"running", batch.running},
                         {"done", batch.done},
                         {"dead", batch.dead},
                         {"quarantined", batch.quarantined},
                         {"cancelled", batch.cancelled},
                         {"steps_done", batch.steps_done},
                         {"steps_total", batch.steps_total},
                         {"created_at", to_rfc3339(batch.created_at)},
                         {"finished_at", time_or_null(batch.finished_at, memory)}},
                        memory);
}

template<class T>
std::string encode_page(const domain::page<T>& page,
                        json::object (*encode)(const T&, json::storage_ptr)) {
    return document([&](json::storage_ptr memory) {
        return json::object({{"content", array_of(page.content, encode, memory)},
                             {"pagination_data",
                              {{"total_elements", page.total_elements},
                               {"total_pages", page.total_pages()},
                               {"current_page_number", page.number},
                               {"page_size", page.size}}}},
                            memory);
    });
}

}  // namespace

store::stored_response encode_created(std::span<const domain::company> companies) {
    auto body = document([&](json::storage_ptr memory) {
        return json::object({{"companies", array_of(companies, created, memory)}}, memory);
    });
    return {.status = 201, .body = std::move(body)};
}

std::string encode_company(const domain::company& company) {
    return document(company_object, company);
}

std::string encode_companies(const domain::page<domain::company>& page) {
    return encode_page(page, listed);
}

store::stored_response encode_created_key(domain::company_id company, const service::api_key& key) {
    return {.status = 201,
            .location = fmt::format("/rest/v2/agency/companies/{}/api_keys/{}", company, key.id),
            .body = json::serialize(json::object{{"api_key", key.text}})};
}

std::string encode_api_keys(const domain::page<service::api_key>& page) {
    return encode_page(page, key_object);
}

std::string encode_job(const domain::job& job) {
    return document(job_object, job);
}

std::string encode_jobs(const domain::page<domain::job>& page) {
    return encode_page(page, job_object);
}

store::stored_response encode_retried(domain::job_id id) {
    return {.status = 202,
            .body = json::serialize(json::object{{"id", id.value()}, {"state", "pending"}})};
}

// Whether it was pending or running is not known when this is written.
store::stored_response encode_cancelled(domain::job_id id) {
    return {.status = 202,
            .body = json::serialize(json::object{{"id", id.value()}, {"cancel_requested", true}})};
}

std::string encode_batch(const domain::job_batch& batch) {
    return document(batch_object, batch);
}

std::string encode_me(const domain::principal& who) {
    return document([&](json::storage_ptr memory) {
        json::value company(nullptr, memory);
        if (who.company)
            company = {{"id", who.company->value()},
                       {"name", text_or_null(who.company_name, memory)}};
        return json::object(
            {{"key", {{"id", who.key.value()}, {"scope", to_string(who.scope)}}},
             {"user",
              {{"id", who.user.value()}, {"name", who.user_name}, {"email", who.user_email}}},
             {"agency", {{"id", who.agency.value()}, {"name", who.agency_name}}},
             {"company", std::move(company)}},
            memory);
    });
}

std::string encode_error(const refusal& refusal, const error&, timestamp now) {
    const auto instant = std::chrono::system_clock::to_time_t(now);
    return json::serialize(
        json::object{{"title", refusal.title},
                     {"status", refusal.status},
                     {"detail", refusal.detail},
                     {"timestamp", fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(instant))}});
}

}  // namespace tenantry::surfaces::woodpecker
