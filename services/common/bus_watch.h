// SPDX-License-Identifier: Apache-2.0
// Whether a consumer still reads. librdkafka 2.0.2 may wait for ever to be assigned again after a
// session that ended while the broker was restarted, or keep partitions that it never reads; both
// look like quiet. For the consumer's thread alone.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct bus_look {    // what is seen every five seconds
    bool took;       // a record since the last look
    bool rebalanced; // a rebalance has ended since the last look, though another may have begun
    bool reachable;  // a broker answers
    bool held;       // its group waits for another member
    bool assigned;   // no rebalance is under way, with partitions or without
    int64_t ends;    // sum of the ends of the assigned partitions; -1: nobody said
};

struct bus_watch { // zero-initialise, ends to -1
    bool took;
    bool rebalanced;
    bool assigned;
    int64_t next_ms;     // monotonic: of the next look; 0: none yet
    int64_t ends;        // as last seen; -1: not known
    unsigned unread;     // looks that found new records and none taken, since one was
    unsigned unassigned; // looks in a row in which no rebalance ended and nobody was waited for
};

// Takes one look into account; true once it is certain that the consumer will not read again by
// itself: records came for a quarter of a minute and none was taken, or a broker answered for
// twenty seconds, no rebalance ended and its group waited for no other member. Pure.
bool bus_watch_judge(struct bus_watch *watch, const struct bus_look *look);
// Whether it may be so: not ready.
bool bus_watch_doubts(const struct bus_watch *watch);
// Looks where it is time to: asks a broker, up to a second for each question, and where records
// seem to come another consumer, up to five. True as above.
bool bus_watch_turn(struct bus_watch *watch, rd_kafka_t *handle);
