#include "common/store/kept_pages.hpp"

#include <boost/container_hash/hash.hpp>

namespace tenantry::store {

namespace {

/// Of a text, beyond the string object that holds it.
std::size_t heap_bytes(const std::string& text) {
    static const auto within = std::string{}.capacity();
    return text.capacity() > within ? text.capacity() + 1 : 0;
}

std::size_t bytes_of(const domain::company_profile& profile) {
    auto bytes = sizeof profile + heap_bytes(profile.custom_fields);
    for (const auto* texts : {&profile.domains, &profile.phones}) {
        bytes += texts->capacity() * sizeof(std::string);
        for (const auto& text : *texts) bytes += heap_bytes(text);
    }
    for (const auto* text :
         {&profile.description, &profile.email, &profile.comment, &profile.location})
        if (*text) bytes += heap_bytes(**text);
    if (profile.contact)
        for (const auto* text :
             {&profile.contact->email, &profile.contact->first_name, &profile.contact->last_name})
            bytes += heap_bytes(*text);
    return bytes;
}

std::size_t size_of(const domain::page<domain::company>& page) {
    auto bytes = sizeof page + page.content.capacity() * sizeof(domain::company);
    for (const auto& company : page.content)
        bytes += heap_bytes(company.name) + heap_bytes(company.owner) +
                 (company.profile.empty() ? 0 : bytes_of(*company.profile)) +
                 company.status_changes.capacity() * sizeof(domain::status_change);
    return bytes;
}

}  // namespace

// What the filter says in words is not among what is kept.
std::size_t hash_value(const wanted_companies& wanted) {
    const auto& [agency, filter, part] = wanted;
    std::size_t hash = 0;
    boost::hash_combine(hash, agency.value());
    boost::hash_combine(hash, filter.active ? int{*filter.active} : -1);
    boost::hash_combine(hash, filter.with_status_changes);
    boost::hash_combine(hash, part.size.value_or(0));
    boost::hash_combine(hash, part.number);
    boost::hash_combine(hash, part.after);
    boost::hash_combine(hash, part.counted);
    return hash;
}

std::optional<versioned_page> kept_pages::find(const wanted_companies& wanted, time_point now) {
    const auto found = pages_.get<by_wanted>().find(wanted);
    if (found == pages_.get<by_wanted>().end()) return std::nullopt;
    if (found->until <= now) {
        drop(pages_.project<0>(found));
        return std::nullopt;
    }
    pages_.relocate(pages_.end(), pages_.project<0>(found));
    return found->read;
}

void kept_pages::keep(const wanted_companies& wanted, const versioned_page& read, time_point now) {
    const auto found = pages_.get<by_wanted>().find(wanted);
    if (found != pages_.get<by_wanted>().end()) {
        if (found->read.version == read.version) return;
        drop(pages_.project<0>(found));
    }
    const auto bytes = sizeof(kept) + size_of(*read.page);
    if (bytes > room_of_one_) return;
    make_room(wanted.agency, bytes);
    pages_.push_back({wanted, read, bytes, now + most_age});
    bytes_ += bytes;
    bytes_of_[wanted.agency.value()] += bytes;
}

void kept_pages::drop(pages::iterator which) {
    const auto of_agency = bytes_of_.find(which->agency());
    of_agency->second -= which->bytes;
    if (of_agency->second == 0) bytes_of_.erase(of_agency);
    bytes_ -= which->bytes;
    pages_.erase(which);
}

void kept_pages::make_room(domain::agency_id agency, std::size_t bytes) {
    const auto& its = pages_.get<by_agency>();
    const auto id = agency.value();
    while (bytes_of_.contains(id) && bytes_of_.at(id) + bytes > room_of_one_)
        drop(pages_.project<0>(its.lower_bound(id)));
    while (bytes_ + bytes > room_) drop(pages_.begin());
}

}  // namespace tenantry::store
