// Pages of companies that were read before. Each stays true for as long as its agency's version
// (store/company_count) is the one that it was read with, which is for the reader to ask; and none
// is kept for long, since a hand in the database or a restored one moves no version.
#pragma once

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/mem_fun.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "common/domain/company.hpp"
#include "common/domain/page.hpp"

namespace tenantry::store {

/// A part of an agency's companies.
struct wanted_companies {
    domain::agency_id agency;
    domain::company_filter filter{};
    domain::window part{};

    bool operator==(const wanted_companies&) const = default;
};
std::size_t hash_value(const wanted_companies& wanted);

/// By id; beyond the last one it is empty. Rows and count are of one snapshot. Several readers may
/// have it.
using company_page = std::shared_ptr<const domain::page<domain::company>>;

struct versioned_page {
    company_page page{};
    std::int64_t version = 0;
};

/// Of one thread.
class kept_pages {
public:
    /// `room` is bytes of all pages: beyond, those that were not asked for longest go. Half of it
    /// is one agency's at most: who reads a long list from end to end drives out no other agency.
    explicit kept_pages(std::size_t room) : room_{room}, room_of_one_{room / 2} {}

    /// So long: what was changed by hand, or by a program that knows of no versions, is seen then.
    static constexpr std::chrono::seconds most_age{60};
    using time_point = std::chrono::steady_clock::time_point;

    /// As it was read last, if it is kept.
    std::optional<versioned_page> find(const wanted_companies& wanted, time_point now);

    /// In the place of another one. One that alone is more than an agency's room is not kept.
    void keep(const wanted_companies& wanted, const versioned_page& read, time_point now);

    std::size_t bytes() const { return bytes_; }

private:
    struct kept {
        wanted_companies wanted;
        versioned_page read;
        std::size_t bytes;
        time_point until;

        std::int64_t agency() const { return wanted.agency.value(); }
    };
    struct by_wanted {};
    struct by_agency {};
    using pages = boost::multi_index_container<
        kept,
        boost::multi_index::indexed_by<
            boost::multi_index::sequenced<>,  // by the last use, the longest ago first
            boost::multi_index::hashed_unique<
                boost::multi_index::tag<by_wanted>,
                boost::multi_index::member<kept, wanted_companies, &kept::wanted>>,
            boost::multi_index::ordered_non_unique<  // each one's as they came
                boost::multi_index::tag<by_agency>,
                boost::multi_index::const_mem_fun<kept, std::int64_t, &kept::agency>>>>;

    void drop(pages::iterator which);
    void make_room(domain::agency_id agency, std::size_t bytes);

    const std::size_t room_, room_of_one_;
    pages pages_;
    std::size_t bytes_ = 0;
    std::unordered_map<std::int64_t, std::size_t> bytes_of_;  ///< each agency
};

}  // namespace tenantry::store
