// SPDX-License-Identifier: Apache-2.0
// How well narrative similarity tells pairs that people called the same matter from others:
//   build/bin/redress-bench-similar FILE
// FILE has a JSON object a line: text, text2, label (1: same), and q1_key or text to group by. The
// threshold is chosen on four fifths and counted on the last (five folds, the pairs of one first
// question always together); the character Jaccard of the same folds stands beside it.
#include "triage/similarity.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FOLDS 5
#define PAIRS_MOST 1000000
#define LINE_MOST (1024 * 1024)

struct pair {
    struct similarity_sketch one;
    struct similarity_sketch other;
    unsigned fold;
    bool same;
};

static unsigned jaccard(const struct pair *pair) {
    return similarity_shared(&pair->one, &pair->other, SIMILARITY_CHARACTERS);
}

static unsigned product(const struct pair *pair) {
    return similarity_permille(&pair->one, &pair->other);
}

static unsigned fold_of(const char *group) {
    uint32_t hash = 2166136261U; // FNV-1a
    for (; *group != '\0'; group++) {
        hash = (hash ^ (unsigned char)*group) * 16777619U;
    }
    return (hash ^ (hash >> 16)) % FOLDS;
}

static bool read_pair(const char *line, struct pair *pair) {
    json_t *row = json_loads(line, 0, NULL);
    const char *text = json_string_value(json_object_get(row, "text"));
    const char *text2 = json_string_value(json_object_get(row, "text2"));
    const char *group = json_string_value(json_object_get(row, "q1_key"));
    const json_t *label = json_object_get(row, "label");
    bool fits = text != NULL && text2 != NULL && json_is_integer(label);
    if (fits) {
        similarity_sketch_text(&pair->one, text, strlen(text));
        similarity_sketch_text(&pair->other, text2, strlen(text2));
        pair->fold = fold_of(group == NULL ? text : group);
        pair->same = json_integer_value(label) == 1;
    }
    json_decref(row);
    return fits;
}

static struct pair *read_pairs(const char *path, size_t *count) {
    static char line[LINE_MOST];
    FILE *file = fopen(path, "r");
    size_t room = 0;
    struct pair *pairs = NULL;
    *count = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL && *count < PAIRS_MOST) {
        if (*count == room) {
            room = room == 0 ? 1024 : room * 2;
            struct pair *grown = realloc(pairs, room * sizeof *pairs);
            if (grown == NULL) {
                break;
            }
            pairs = grown;
        }
        *count += read_pair(line, &pairs[*count]);
    }
    if (file != NULL) {
        fclose(file);
    }
    return pairs;
}

// The pairs of a fold (or of all others) that this threshold judges as people did.
static size_t judged_right(const unsigned *scores, const struct pair *pairs, size_t count,
                           unsigned fold, bool within, unsigned threshold) {
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        if ((pairs[i].fold == fold) == within) {
            right += (scores[i] >= threshold) == pairs[i].same;
        }
    }
    return right;
}

static unsigned best_threshold(const unsigned *scores, const struct pair *pairs, size_t count,
                               unsigned fold) {
    size_t most = 0;
    unsigned best = 0;
    for (unsigned threshold = 0; threshold <= 1001; threshold++) {
        size_t right = judged_right(scores, pairs, count, fold, false, threshold);
        best = right > most ? threshold : best;
        most = right > most ? right : most;
    }
    return best;
}

static void validate(const char *name, unsigned (*score)(const struct pair *),
                     const struct pair *pairs, size_t count) {
    unsigned *scores = calloc(count, sizeof *scores);
    size_t right = 0;
    if (scores == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        scores[i] = score(&pairs[i]);
    }
    printf("%-28s thresholds", name);
    for (unsigned fold = 0; fold < FOLDS; fold++) {
        unsigned threshold = best_threshold(scores, pairs, count, fold);
        printf(" %u", threshold);
        right += judged_right(scores, pairs, count, fold, true, threshold);
    }
    printf("; accuracy on held-out folds %.4f\n", (double)right / (double)count);
    free(scores);
}

static bool meet(const struct pair *pair) {
    for (unsigned band = 0; band < SIMILARITY_BANDS; band++) {
        if (similarity_band(&pair->one, band) != 0 &&
            similarity_band(&pair->one, band) == similarity_band(&pair->other, band)) {
            return true;
        }
    }
    return false;
}

static void report_fixed(const struct pair *pairs, size_t count) {
    size_t counts[2][2] = {{0}};
    size_t met = 0;
    for (size_t i = 0; i < count; i++) {
        counts[pairs[i].same][product(&pairs[i]) >= SIMILARITY_THRESHOLD]++;
        met += pairs[i].same && meet(&pairs[i]);
    }
    size_t same = counts[1][0] + counts[1][1];
    printf("built-in threshold %d: accuracy %.4f, precision %.4f, recall %.4f\n",
           SIMILARITY_THRESHOLD, (double)(counts[0][0] + counts[1][1]) / (double)count,
           (double)counts[1][1] / (double)(counts[0][1] + counts[1][1]),
           (double)counts[1][1] / (double)same);
    printf("same pairs that meet in a band: %.4f\n", (double)met / (double)same);
}

static void report_speed(const struct pair *pairs, size_t count) {
    struct timespec begin;
    struct timespec end;
    unsigned long sum = 0;
    size_t rounds = 20000000 / count / 10 + 1;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            sum += product(&pairs[i]);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%.0f comparisons a second on one core (checksum %lu)\n",
           (double)(rounds * count) / seconds, sum);
}

int main(int argc, char **argv) {
    size_t count = 0;
    size_t same = 0;
    struct pair *pairs = argc == 2 ? read_pairs(argv[1], &count) : NULL;
    if (count == 0) {
        fprintf(stderr, "usage: redress-bench-similar FILE (JSON lines: text, text2, label)\n");
        free(pairs);
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        same += pairs[i].same;
    }
    size_t larger = same > count - same ? same : count - same;
    printf("%zu pairs, %zu the same; the larger class %.4f\n", count, same,
           (double)larger / (double)count);
    validate("character Jaccard", jaccard, pairs, count);
    validate("similarity_permille", product, pairs, count);
    report_fixed(pairs, count);
    report_speed(pairs, count);
    free(pairs);
    return 0;
}
