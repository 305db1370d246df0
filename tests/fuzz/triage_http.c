// SPDX-License-Identifier: Apache-2.0
// Triage's requests, see fake_request.h. The index has one case beside the one asked for; the
// service token is "t".
#include "fake_request.h"
#include "regions.h"

#include "routes.h"
#include "rulebook.h"
#include "store.h"

#include "common/ident.h"

#include <string.h>

#define OTHER "11234567-89ab-8def-8123-456789abcdef"

static struct routes_context routes = {.service_token = "t"};

__typeof__(redis_pool_take) __wrap_redis_pool_take;
__typeof__(redis_pool_give) __wrap_redis_pool_give;
__typeof__(store_candidates) __wrap_store_candidates;

enum rc __wrap_redis_pool_take(struct redis_pool *pool, struct redis **redis, struct error *error) {
    (void)pool;
    (void)error;
    *redis = NULL;
    return RC_OK;
}

void __wrap_redis_pool_give(struct redis_pool *pool, struct redis *redis) {
    (void)pool;
    (void)redis;
}

enum rc __wrap_store_candidates(struct redis *redis, const struct store_question *question,
                                struct store_answer *answer, struct error *error) {
    const char *tenants = question->scope.tenants;
    (void)redis;
    (void)error;
    FUZZ_CHECK(ident_is_uuid(question->case_id) && tenants[0] != '\0');
    FUZZ_CHECK(question->scope.units != NULL && question->scope.cases != NULL);
    memcpy(answer->self.case_id, question->case_id, sizeof answer->self.case_id);
    similarity_sketch_text(&answer->self.sketch, tenants, strlen(tenants));
    answer->cases[0] = answer->self;
    memcpy(answer->cases[0].case_id, OTHER, sizeof answer->cases[0].case_id);
    answer->count = 1;
    answer->known = true;
    return RC_OK;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct error error;
    (void)count;
    (void)arguments;
    FUZZ_CHECK(region_book_borrow(&routes.regions, regions_example(), &rulebook_options, &error) ==
               RC_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fake_request_run(triage_routes, triage_route_count, &routes, data, size);
    return 0;
}
