// Contract 2: from a view to a response's bytes.
#pragma once

#include <span>
#include <string>

#include "api/service/api_keys.hpp"
#include "api/surfaces/surface.hpp"
#include "common/domain/company.hpp"
#include "common/domain/job.hpp"
#include "common/domain/page.hpp"

namespace tenantry::surfaces::woodpecker {

/// 201 `{"companies":[{id,name,owner,active}]}`.
store::stored_response encode_created(std::span<const domain::company> companies);

/// One company, and a page of them: id, name, owner, active, running_campaigns, email_slots,
/// linkedin_slots; one alone carries its provisioning too, "pending" or "ready".
std::string encode_company(const domain::company& company);
std::string encode_companies(const domain::page<domain::company>& page);

/// 201 `{"api_key":…}` with the key's place in Location.
store::stored_response encode_created_key(domain::company_id company, const service::api_key& key);

/// A page of `{id,api_key,label}`: the contract's two members, and the id that revoke and rotate
/// ask for.
std::string encode_api_keys(const domain::page<service::api_key>& page);

/// id, kind, queue, company_id, state, attempts, crashes, progress (percent), steps_done,
/// steps_total, timestamps (RFC 3339), last_error.
std::string encode_job(const domain::job& job);
std::string encode_jobs(const domain::page<domain::job>& page);

/// 202 `{"id":…,"state":"pending"}`.
store::stored_response encode_retried(domain::job_id id);
store::stored_response encode_cancelled(domain::job_id id);
std::string encode_batch(const domain::job_batch& batch);

/// Who the key is:
/// `{"key":{id,scope},"user":{id,name,email},"agency":{id,name},"company":{id,name}|null}`.
std::string encode_me(const domain::principal& who);

/// `{"title","status","detail","timestamp"}`, the timestamp in UTC as YYYY-MM-DD HH:MM:SS.
std::string encode_error(const refusal& refusal, const error& error, timestamp now);

}  // namespace tenantry::surfaces::woodpecker
