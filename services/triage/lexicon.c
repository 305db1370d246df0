// SPDX-License-Identifier: Apache-2.0
// Every term of every rule becomes one literal of a single vectorscan database. The text is folded
// (full-width to half-width, lower case) with a map back to the bytes that were written.
#include "lexicon.h"

#include <hs.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct place { // what a literal's id stands for
    uint16_t rule, group, term;
    uint32_t length; // folded bytes
};

struct lexicon {
    hs_database_t *database;
    hs_scratch_t *scratch;         // the prototype of what each call needs
    _Atomic(hs_scratch_t *) spare; // one that no call uses now; NULL while one does
    struct place *places;
    size_t count;
};

struct folded {
    char *text;
    uint32_t *origin; // for each folded byte and the end: where it came from
    size_t size;
};

static utf8proc_int32_t fold_point(utf8proc_int32_t point) {
    if (point >= 0xFF01 && point <= 0xFF5E) {
        point -= 0xFEE0;
    } else if (point == 0x3000) {
        point = ' ';
    }
    return utf8proc_tolower(point);
}

static enum rc fold(const char *text, size_t size, struct folded *folded, struct error *error) {
    folded->text = malloc(size * 2 + 8);
    folded->origin = malloc((size * 2 + 8) * sizeof *folded->origin);
    folded->size = 0;
    if (folded->text == NULL || folded->origin == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a text");
    }
    for (size_t at = 0; at < size;) {
        unsigned char lead = (unsigned char)text[at];
        if (lead >= 0xE4 && lead <= 0xEC && at + 2 < size) { // U+4000 to U+CFFF: nothing to fold
            for (size_t i = 0; i < 3; i++) {
                folded->origin[folded->size] = (uint32_t)at;
                folded->text[folded->size++] = text[at + i];
            }
            at += 3;
            continue;
        }
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                 (utf8proc_ssize_t)(size - at), &point);
        if (used <= 0) {
            return error_field(error, "bad-text", "text", "the text is not clean UTF-8");
        }
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t written = utf8proc_encode_char(fold_point(point), bytes);
        for (utf8proc_ssize_t i = 0; i < written && folded->size < size * 2 + 4; i++) {
            folded->origin[folded->size] = (uint32_t)at;
            folded->text[folded->size++] = (char)bytes[i];
        }
        at += (size_t)used;
    }
    folded->origin[folded->size] = (uint32_t)size;
    folded->text[folded->size] = '\0';
    return RC_OK;
}

static void free_folded(struct folded *folded) {
    free(folded->text);
    free(folded->origin);
}

static size_t count_terms(const struct region_lexicon *source) {
    size_t count = 0;
    for (unsigned r = 0; r < source->rule_count; r++) {
        for (unsigned g = 0; g < source->rules[r].all_count; g++) {
            count += source->rules[r].all[g].term_count;
        }
    }
    return count;
}

// The literals that the database is compiled from.
struct literals {
    char **texts;
    size_t *sizes;
    unsigned *flags;
    unsigned *ids;
};

static enum rc add_literal(struct lexicon *lexicon, struct literals *literals, const char *term,
                           struct place place, struct error *error) {
    struct folded folded = {NULL, NULL, 0};
    enum rc rc = fold(term, strlen(term), &folded, error);
    if (rc == RC_OK) {
        size_t at = lexicon->count++;
        literals->texts[at] = folded.text;
        literals->sizes[at] = folded.size;
        literals->flags[at] = 0;
        literals->ids[at] = (unsigned)at;
        place.length = (uint32_t)folded.size;
        lexicon->places[at] = place;
        folded.text = NULL;
    }
    free_folded(&folded);
    return rc;
}

static enum rc add_rule(struct lexicon *lexicon, struct literals *literals,
                        const struct region_lexicon *source, unsigned r, struct error *error) {
    const struct region_rule *rule = &source->rules[r];
    enum rc rc = RC_OK;
    for (unsigned g = 0; g < rule->all_count; g++) {
        for (unsigned t = 0; t < rule->all[g].term_count && rc == RC_OK; t++) {
            const struct place place = {(uint16_t)r, (uint16_t)g, (uint16_t)t, 0};
            rc = add_literal(lexicon, literals, rule->all[g].terms[t], place, error);
        }
    }
    return rc;
}

static enum rc compile(struct lexicon *lexicon, const struct literals *literals,
                       struct error *error) {
    hs_compile_error_t *cause = NULL;
    if (hs_compile_lit_multi((const char *const *)literals->texts, literals->flags, literals->ids,
                             literals->sizes, (unsigned)lexicon->count, HS_MODE_BLOCK, NULL,
                             &lexicon->database, &cause) != HS_SUCCESS) {
        error_set(error, RC_INTERNAL, "the lexicon does not compile: %s",
                  cause == NULL ? "" : cause->message);
        hs_free_compile_error(cause);
        return RC_INTERNAL;
    }
    return hs_alloc_scratch(lexicon->database, &lexicon->scratch) == HS_SUCCESS
               ? RC_OK
               : error_set(error, RC_INTERNAL, "out of memory for the lexicon");
}

enum rc lexicon_new(struct lexicon **out, const struct region_lexicon *source,
                    struct error *error) {
    struct lexicon *lexicon = calloc(1, sizeof *lexicon);
    size_t count = count_terms(source);
    *out = lexicon;
    struct literals literals = {calloc(count, sizeof(char *)), calloc(count, sizeof(size_t)),
                                calloc(count, sizeof(unsigned)), calloc(count, sizeof(unsigned))};
    enum rc rc = RC_OK;
    if (lexicon == NULL || literals.texts == NULL || literals.sizes == NULL ||
        literals.flags == NULL || literals.ids == NULL ||
        (lexicon->places = calloc(count, sizeof *lexicon->places)) == NULL) {
        rc = error_set(error, RC_INTERNAL, "out of memory for the lexicon");
    }
    for (unsigned r = 0; r < source->rule_count && rc == RC_OK; r++) {
        rc = add_rule(lexicon, &literals, source, r, error);
    }
    rc = rc == RC_OK ? compile(lexicon, &literals, error) : rc;
    for (size_t i = 0; literals.texts != NULL && i < count; i++) {
        free(literals.texts[i]);
    }
    free(literals.texts);
    free(literals.sizes);
    free(literals.flags);
    free(literals.ids);
    return rc;
}

void lexicon_free(struct lexicon *lexicon) {
    if (lexicon == NULL) {
        return;
    }
    hs_free_scratch(atomic_load(&lexicon->spare));
    hs_free_scratch(lexicon->scratch);
    hs_free_database(lexicon->database);
    free(lexicon->places);
    free(lexicon);
}

struct scan {
    const struct lexicon *lexicon;
    const struct folded *folded;
    struct lexicon_match *matches;
    size_t count;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context) {
    (void)from; // only the end is reported without SOM; the length is known
    (void)flags;
    struct scan *scan = context;
    const struct place *place = &scan->lexicon->places[id];
    size_t begin = (size_t)to - place->length;
    uint32_t offset = scan->folded->origin[begin];
    scan->matches[scan->count++] = (struct lexicon_match){
        .rule = place->rule,
        .group = place->group,
        .term = place->term,
        .offset = offset,
        .length = scan->folded->origin[to] - offset,
    };
    return scan->count == LEXICON_MATCHES;
}

static int compare(const void *left, const void *right) {
    const struct lexicon_match *a = left;
    const struct lexicon_match *b = right;
    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    if (a->length != b->length) {
        return a->length > b->length ? -1 : 1; // the longer first
    }
    return a->rule != b->rule ? (a->rule < b->rule ? -1 : 1) : a->group - b->group;
}

// A scratch is large and serves one call at a time; one thread alone always gets the same.
static hs_scratch_t *take_scratch(struct lexicon *lexicon) {
    hs_scratch_t *scratch = atomic_exchange(&lexicon->spare, NULL);
    if (scratch == NULL && hs_clone_scratch(lexicon->scratch, &scratch) != HS_SUCCESS) {
        return NULL;
    }
    return scratch;
}

static void give_scratch(struct lexicon *lexicon, hs_scratch_t *scratch) {
    hs_free_scratch(atomic_exchange(&lexicon->spare, scratch));
}

enum rc lexicon_match(struct lexicon *lexicon, const char *text, size_t size,
                      struct lexicon_match *matches, size_t *count, struct error *error) {
    struct folded folded = {NULL, NULL, 0};
    hs_scratch_t *scratch = NULL;
    enum rc rc = fold(text, size, &folded, error);
    struct scan scan = {lexicon, &folded, matches, 0};
    if (rc == RC_OK && (scratch = take_scratch(lexicon)) == NULL) {
        rc = error_set(error, RC_INTERNAL, "out of memory for matching");
    }
    if (rc == RC_OK) {
        hs_error_t code = hs_scan(lexicon->database, folded.text, (unsigned)folded.size, 0, scratch,
                                  on_match, &scan);
        if (code != HS_SUCCESS && code != HS_SCAN_TERMINATED) {
            rc = error_set(error, RC_INTERNAL, "matching failed with %d", code);
        }
    }
    give_scratch(lexicon, scratch);
    free_folded(&folded);
    qsort(matches, scan.count, sizeof *matches, compare);
    *count = scan.count;
    return rc;
}
