// The words of job states, as PostgreSQL and every surface spell them.
#include "common/domain/job_state.hpp"

#include "common/domain/words.hpp"

namespace tenantry::domain {
namespace {

constexpr word_table<job_state, 6> states{{{job_state::pending, "pending"},
                                           {job_state::running, "running"},
                                           {job_state::done, "done"},
                                           {job_state::dead, "dead"},
                                           {job_state::quarantined, "quarantined"},
                                           {job_state::cancelled, "cancelled"}}};

}  // namespace

std::string_view to_string(job_state state) {
    return word_of(states, state);
}

std::optional<job_state> parse_job_state(std::string_view text) {
    return from_word(states, text);
}

}  // namespace tenantry::domain
