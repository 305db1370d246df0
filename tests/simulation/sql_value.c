// SPDX-License-Identifier: Apache-2.0
// Memory of a statement, and how values compare.
#include "sql_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_SIZE (16u << 20)

static char scratch[SCRATCH_SIZE];
static size_t scratch_used;

const struct sql_value sql_null = {.type = SQL_NULL};

_Noreturn void sql_no_such(const char *what, const char *name) {
    fprintf(stderr, "the simulation's SQL has no %s \"%s\"\n", what, name);
    abort();
}

void *sql_scratch(size_t size) {
    size_t rounded = (size + 15) & ~(size_t)15;
    if (scratch_used + rounded > SCRATCH_SIZE) {
        fprintf(stderr, "a statement of the simulation needs too much memory\n");
        abort();
    }
    void *memory = scratch + scratch_used;
    scratch_used += rounded;
    return memset(memory, 0, rounded);
}

void sql_scratch_reset(void) { scratch_used = 0; }

struct sql_value sql_truth(bool truth) {
    return (struct sql_value){.type = SQL_BOOL, .number = truth};
}

bool sql_is_true(const struct sql_value *value) {
    return value->type == SQL_BOOL && value->number != 0;
}

int sql_compare(const struct sql_value *left, const struct sql_value *right) {
    if (left->type == SQL_LIST && right->type == SQL_LIST) {
        for (size_t i = 0; i < left->size && i < right->size; i++) {
            int order = sql_compare(&left->items[i], &right->items[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
    if (left->type <= SQL_TIME) {
        return left->number < right->number ? -1 : left->number > right->number;
    }
    size_t shorter = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->bytes, right->bytes, shorter);
    return order != 0 ? order : left->size < right->size ? -1 : left->size > right->size;
}
