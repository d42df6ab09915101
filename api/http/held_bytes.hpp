// How many bytes the connections of one server hold while they wait for their clients, and whose
// go when they become too many.
#pragma once

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <cstddef>

namespace tenantry::http {

/// Bytes of one kind, of one server. When they are too many, who has moved nothing for the longest
/// time is ended: whoever keeps moving is soon done.
class held_bytes {
    using hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

public:
    explicit held_bytes(std::size_t most) : most_{most} {}

    class owner {
    public:
        /// It has been ended: whatever it waits for is over.
        virtual void give_up() = 0;

    protected:
        ~owner() = default;
    };

    /// What one connection holds.
    class holding : public hook {
    public:
        holding(held_bytes& of, owner& whose) : of_{of}, whose_{whose} {}
        holding(const holding&) = delete;
        holding& operator=(const holding&) = delete;
        ~holding() { release(); }

        /// So many bytes from now on, of which some have just moved. More than half of all there
        /// may be count as half, so that one alone ends nobody. False when there is no room though
        /// everybody else has been ended who may be.
        bool hold(std::size_t bytes);
        /// The bytes are not the client's to move any more, but still there: nobody ends them.
        void keep() { unlink(); }
        void release();

    private:
        void count(std::size_t bytes);

        held_bytes& of_;
        owner& whose_;
        std::size_t bytes_ = 0;
    };

    std::size_t held() const { return held_; }

private:
    const std::size_t most_;
    std::size_t held_ = 0;
    /// Who moved something longest ago comes first.
    boost::intrusive::list<holding, boost::intrusive::constant_time_size<false>> waiting_;
};

}  // namespace tenantry::http
