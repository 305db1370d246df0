// SPDX-License-Identifier: Apache-2.0
// How a transaction begins: batches through unnest, in a pipeline, one round trip to fence, lock
// and load. store_write.c ends it.
#include "store.h"

#include "state_codec.h"

static const char take_partition[] =
    "INSERT INTO kafka_offset AS o (consumer_group, topic, partition, next_offset, epoch) "
    "VALUES ($1, $2, $3, -2, 1) "
    "ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET epoch = o.epoch + 1 "
    "RETURNING epoch, next_offset";

static const char move_fences[] =
    "UPDATE kafka_offset o SET next_offset = b.next "
    "FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[]) "
    "AS b(topic, partition, epoch, previous, next) "
    "WHERE o.consumer_group = $1 AND o.topic = b.topic AND o.partition = b.partition "
    "AND o.epoch = b.epoch AND o.next_offset = b.previous";

static const char count_moved[] =
    "SELECT count(*)::bigint FROM kafka_offset o "
    "JOIN unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[]) "
    "AS b(topic, partition, epoch, previous, next) "
    "ON o.topic = b.topic AND o.partition = b.partition AND o.epoch = b.epoch "
    "AND o.next_offset = b.next WHERE o.consumer_group = $1";

static const char lock_cases[] = "SELECT case_id, state FROM cases WHERE case_id = ANY($1::uuid[]) "
                                 "ORDER BY case_id FOR UPDATE";

static const char lock_free_cases[] =
    "SELECT case_id, state FROM cases WHERE case_id = ANY($1::uuid[]) "
    "ORDER BY case_id FOR UPDATE SKIP LOCKED";

static const char seen_causes[] =
    "SELECT DISTINCT e.case_id, e.cause_id FROM case_events e "
    "JOIN unnest($1::uuid[], $2::uuid[]) AS b(case_id, cause_id) USING (case_id, cause_id)";

enum rc store_take_partition(struct pg *pg, const char *topic, int32_t partition, int64_t *epoch,
                             int64_t *next_offset, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_add_text(&parameters, STORE_GROUP);
    pg_add_text(&parameters, topic);
    pg_add_int4(&parameters, partition);
    enum rc rc = pg_run(pg, take_partition, &parameters, &result, error);
    if (rc == RC_OK) {
        *epoch = pg_get_number(result, 0, 0);
        *next_offset = pg_get_number(result, 0, 1);
        PQclear(result);
    }
    return rc;
}

static void add_fences(struct pg_parameters *parameters, const struct store_fence *fences,
                       size_t count) {
    struct pg_array topics, partitions, epochs, previous, next;
    pg_array_begin(&topics, PG_TEXT);
    pg_array_begin(&partitions, PG_INT4);
    pg_array_begin(&epochs, PG_INT8);
    pg_array_begin(&previous, PG_INT8);
    pg_array_begin(&next, PG_INT8);
    for (size_t i = 0; i < count; i++) {
        pg_array_text(&topics, fences[i].topic);
        pg_array_number(&partitions, fences[i].partition);
        pg_array_number(&epochs, fences[i].epoch);
        pg_array_number(&previous, fences[i].previous);
        pg_array_number(&next, fences[i].next);
    }
    pg_add_text(parameters, STORE_GROUP);
    pg_add_array(parameters, &topics);
    pg_add_array(parameters, &partitions);
    pg_add_array(parameters, &epochs);
    pg_add_array(parameters, &previous);
    pg_add_array(parameters, &next);
}

static void add_case_ids(struct pg_parameters *parameters, const struct work *work) {
    struct pg_array ids;
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < work->case_count; i++) {
        pg_array_uuid(&ids, work->cases[i].state.case_id);
    }
    pg_add_array(parameters, &ids);
}

static void add_causes(struct pg_parameters *parameters, const struct work_cause *causes,
                       size_t count) {
    struct pg_array cases, ids;
    pg_array_begin(&cases, PG_UUID);
    pg_array_begin(&ids, PG_UUID);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&cases, causes[i].case_id);
        pg_array_uuid(&ids, causes[i].cause_id);
    }
    pg_add_array(parameters, &cases);
    pg_add_array(parameters, &ids);
}

// RC_CONFLICT where fewer fences moved than there are; then looks whether all stand at the end of
// this batch under our epoch: it was committed, and only the answer was lost.
static enum rc fence_failed(struct pg *pg, const struct store_fence *fences, size_t count,
                            bool *already, struct error *error) {
    struct pg_parameters parameters = {0};
    PGresult *result = NULL;
    pg_rollback(pg);
    add_fences(&parameters, fences, count);
    enum rc rc = pg_run(pg, count_moved, &parameters, &result, error);
    if (rc != RC_OK) {
        return rc;
    }
    *already = pg_get_number(result, 0, 0) == (int64_t)count;
    PQclear(result);
    return error_set(error, RC_CONFLICT, "a partition of this batch belongs to another consumer");
}

static enum rc read_cases(const PGresult *result, struct work *work, struct error *error) {
    for (int row = 0; row < PQntuples(result); row++) {
        char case_id[37];
        size_t size = 0;
        pg_get_uuid(result, row, 0, case_id);
        const void *bytes = pg_get_bytes(result, row, 1, &size);
        struct work_case *found = work_find(work, case_id);
        enum rc rc = found == NULL ? RC_OK : state_read(bytes, size, &found->state, error);
        if (rc != RC_OK) {
            error_prefix(error, "case %s: ", case_id);
            return rc;
        }
        rc = found == NULL ? RC_OK : work_loaded(found, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc read_causes(const PGresult *result, struct work *work, struct error *error) {
    for (int row = 0; row < PQntuples(result); row++) {
        char case_id[37];
        char cause_id[37];
        pg_get_uuid(result, row, 0, case_id);
        pg_get_uuid(result, row, 1, cause_id);
        struct work_case *target = work_find(work, case_id);
        enum rc rc = target == NULL ? RC_OK : work_add_cause(work, target, cause_id, error);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc queue_reads(struct pg *pg, const struct store_fence *fences, size_t fence_count,
                           const struct work *work, const struct work_cause *causes,
                           size_t cause_count, struct error *error) {
    struct pg_parameters begin = {0}, fence = {0}, cases = {0}, seen = {0};
    add_fences(&fence, fences, fence_count);
    add_case_ids(&cases, work);
    add_causes(&seen, causes, cause_count);
    enum rc rc = pg_queue(pg, "BEGIN", &begin, error);
    if (rc == RC_OK) {
        rc = pg_queue(pg, move_fences, &fence, error);
    }
    if (rc == RC_OK) {
        rc = pg_queue(pg, work->passes_held ? lock_free_cases : lock_cases, &cases, error);
    }
    if (rc == RC_OK) {
        rc = pg_queue(pg, seen_causes, &seen, error);
    }
    pg_parameters_free(&fence); // those that were not queued
    pg_parameters_free(&cases);
    pg_parameters_free(&seen);
    return rc;
}

enum rc store_begin(struct pg *pg, const struct store_fence *fences, size_t fence_count,
                    struct work *work, const struct work_cause *causes, size_t cause_count,
                    bool *already, struct error *error) {
    PGresult *results[4] = {NULL};
    *already = false;
    enum rc rc = queue_reads(pg, fences, fence_count, work, causes, cause_count, error);
    if (rc == RC_OK) {
        rc = pg_collect(pg, results, 4, error);
    }
    if (rc == RC_OK && pg_changed(results[1]) != (int64_t)fence_count) {
        rc = fence_failed(pg, fences, fence_count, already, error);
    } else if (rc == RC_OK) {
        rc = read_cases(results[2], work, error);
        rc = rc == RC_OK ? read_causes(results[3], work, error) : rc;
    }
    for (size_t i = 0; i < 4; i++) {
        PQclear(results[i]);
    }
    return rc;
}
