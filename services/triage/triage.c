// SPDX-License-Identifier: Apache-2.0
// matches → guards → rules whose every group matched within one sentence → levels, category.
#include "triage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES 18     // how far before a term a negation reaches: six characters
#define PERSON_BYTES 60    // how far before a term third-person talk reaches: twenty characters
#define DEFAULT_URGENCY 3u // P3
#define RAISES_FROM 2u     // P2
#define OTHER "other"

static const char *const sentence_ends[] = {"。", "！", "？", "!", "?", "；", ";", "\n"};
static const char *const clause_ends[] = {"，", ",", "、", "。", "！", "？", "；", "\n", "：", ":"};
// A negation that is itself doubled or part of a rhetorical phrase does not soften anything.
static const char *const false_negations[] = {
    "没有一天不", "不是不", "没有一刻不", "不得不", "无时无刻", "忍不住", "控制不住",
    "没人",       "没救",   "没有人",     "没办法", "没有办法", "睡不着"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

enum rc triage_init(struct triage *triage, const struct region *region, struct error *error) {
    triage->region = region;
    snprintf(triage->lexicon_version, sizeof triage->lexicon_version, "%.60s@%u",
             region->lexicon->id, region->lexicon->version);
    return lexicon_new(&triage->lexicon, region->lexicon, error);
}

void triage_close(struct triage *triage) { lexicon_free(triage->lexicon); }

static bool ends_at(const char *text, size_t at, const char *const *ends, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text[at] == ends[i][0] && strncmp(text + at, ends[i], strlen(ends[i])) == 0) {
            return true;
        }
    }
    return false;
}

// Begin of the window before a term: at most so many bytes, not past the begin of its clause.
static size_t window_begin(const char *text, uint32_t offset, size_t bytes, bool whole_sentence) {
    size_t begin = offset > bytes ? offset - bytes : 0;
    const char *const *ends = whole_sentence ? sentence_ends : clause_ends;
    size_t count = whole_sentence ? COUNT(sentence_ends) : COUNT(clause_ends);
    for (size_t at = offset; at-- > begin;) {
        if (ends_at(text, at, ends, count)) {
            return at + 1;
        }
    }
    return begin;
}

static bool window_has(const char *text, size_t begin, size_t end, const char *word) {
    return begin < end && memmem(text + begin, end - begin, word, strlen(word)) != NULL;
}

static bool window_has_any(const char *text, size_t begin, size_t end, char *const *words,
                           unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (window_has(text, begin, end, words[i])) {
            return true;
        }
    }
    return false;
}

static const char *guard_of(const struct region_lexicon *lexicon, const struct region_rule *rule,
                            const char *text, const struct lexicon_match *match) {
    if (!rule->guarded) {
        return "";
    }
    size_t end = match->offset;
    size_t begin = window_begin(text, match->offset, GUARD_BYTES, false);
    size_t beyond = end + strnlen(text + end, 3); // a false negation may end in the term itself
    for (size_t i = 0; i < COUNT(false_negations); i++) {
        if (window_has(text, begin, beyond, false_negations[i])) {
            return "";
        }
    }
    if (window_has_any(text, begin, end, lexicon->negations, lexicon->negation_count)) {
        return "negation";
    }
    begin = window_begin(text, match->offset, PERSON_BYTES, true);
    if (window_has_any(text, begin, end, lexicon->third_persons, lexicon->third_person_count)) {
        return "third-person";
    }
    return "";
}

// One call's scratch: matches with their guards and sentences.
struct found {
    struct lexicon_match matches[LEXICON_MATCHES];
    const char *guards[LEXICON_MATCHES];
    unsigned sentences[LEXICON_MATCHES];
    size_t count;
};

// The number of each match's sentence: of sentence ends before it. Matches are in order.
static void number_sentences(const char *text, struct found *found) {
    unsigned number = 0;
    size_t at = 0;
    for (size_t i = 0; i < found->count; i++) {
        for (; at < found->matches[i].offset; at++) {
            number += ends_at(text, at, sentence_ends, COUNT(sentence_ends)) ? 1 : 0;
        }
        found->sentences[i] = number;
    }
}

static void add_reason(struct assessment *assessment, const struct region_rule *rule,
                       const struct lexicon_match *match, const char *guard) {
    if (assessment->reason_count == TRIAGE_REASONS) {
        return;
    }
    assessment->reasons[assessment->reason_count++] =
        (struct triage_reason){.rule = rule->id,
                               .term = rule->all[match->group].terms[match->term],
                               .offset = match->offset,
                               .length = match->length,
                               .guard = guard};
}

// Whether every group of the rule has an unguarded match in the sentence of match m.
static bool rule_holds(const struct found *found, const struct region_rule *rule, size_t m) {
    for (unsigned group = 0; group < rule->all_count; group++) {
        bool seen = false;
        for (size_t i = 0; i < found->count && !seen; i++) {
            seen = found->matches[i].rule == found->matches[m].rule &&
                   found->matches[i].group == group && found->guards[i][0] == '\0' &&
                   found->sentences[i] == found->sentences[m];
        }
        if (!seen) {
            return false;
        }
    }
    return true;
}

static bool applies(const struct region *region, const char *category, const char *institution) {
    const struct region_institution *owner = region_institution(region, institution);
    const struct region_category *found = region_category(region, category);
    if (found == NULL || owner == NULL) {
        return found != NULL;
    }
    for (unsigned i = 0; i < found->institution_type_count; i++) {
        if (strcmp(found->institution_types[i], owner->type) == 0) {
            return true;
        }
    }
    return false;
}

static void raise_levels(struct assessment *assessment, const struct region_rule *rule) {
    uint32_t urgency = rule->urgency == NULL ? 0 : (uint32_t)(rule->urgency[1] - '0');
    uint32_t crisis = rule->crisis == NULL ? 0 : (uint32_t)(rule->crisis[1] - '0') + 1;
    // P4 is an offer for texts that nothing else raises; see settle_urgency.
    if (urgency != 0 && (assessment->urgency == 0 || urgency < assessment->urgency)) {
        assessment->urgency = urgency;
    }
    if (crisis > assessment->crisis) {
        assessment->crisis = crisis;
    }
}

struct votes {
    uint32_t weight;
    const struct region_rule *best;
    uint32_t total;
};

static void vote(struct votes *votes, const struct region *region, const struct region_rule *rule,
                 const char *institution) {
    votes->total += rule->weight;
    if (rule->category != NULL && rule->weight > votes->weight &&
        applies(region, rule->category, institution)) {
        votes->weight = rule->weight;
        votes->best = rule;
    }
}

static void judge(const struct triage *triage, const struct found *found, const char *institution,
                  struct assessment *assessment, struct votes *votes) {
    const struct region_lexicon *lexicon = triage->region->lexicon;
    uint16_t last_rule = UINT16_MAX;
    for (size_t i = 0; i < found->count; i++) {
        const struct region_rule *rule = &lexicon->rules[found->matches[i].rule];
        bool holds = found->guards[i][0] == '\0' && rule_holds(found, rule, i);
        if (holds) {
            raise_levels(assessment, rule);
            vote(votes, triage->region, rule, institution);
        }
        bool told = holds || (rule->all_count == 1 && found->guards[i][0] != '\0');
        if (told && (found->matches[i].rule != last_rule || rule->all_count > 1)) {
            add_reason(assessment, rule, &found->matches[i], found->guards[i]);
            last_rule = found->matches[i].rule;
        }
    }
}

static void choose_category(const struct triage *triage, const char *institution, const char *given,
                            const struct votes *votes, struct assessment *assessment) {
    const struct region_category *category = NULL;
    if (given[0] != '\0' && applies(triage->region, given, institution)) {
        category = region_category(triage->region, given);
    } else if (votes->best != NULL) {
        category = region_category(triage->region, votes->best->category);
    } else {
        category = region_category(triage->region, OTHER);
    }
    assessment->category = category == NULL ? OTHER : category->code;
    assessment->subject = "";
    if (votes->best != NULL && votes->best->subject != NULL &&
        strcmp(votes->best->category, assessment->category) == 0) {
        assessment->subject = votes->best->subject;
    }
}

static void settle(struct assessment *assessment, const struct votes *votes) {
    assessment->urgency = assessment->urgency == 0 ? DEFAULT_URGENCY : assessment->urgency;
    assessment->crisis = assessment->crisis == 0 ? 1 : assessment->crisis;
    // Share of the winning rule in all that matched: one clear subject is surer than many.
    assessment->confidence_permille =
        votes->total == 0 ? 100 : 300 + votes->weight * 600 / votes->total;
}

enum rc triage_assess(const struct triage *triage, const char *text, const char *institution,
                      const char *category, struct assessment *assessment, struct error *error) {
    struct votes votes = {0};
    struct found *found = malloc(sizeof *found);
    if (found == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for an assessment");
    }
    memset(assessment, 0, sizeof *assessment);
    enum rc rc =
        lexicon_match(triage->lexicon, text, strlen(text), found->matches, &found->count, error);
    for (size_t i = 0; rc == RC_OK && i < found->count; i++) {
        const struct region_lexicon *lexicon = triage->region->lexicon;
        found->guards[i] =
            guard_of(lexicon, &lexicon->rules[found->matches[i].rule], text, &found->matches[i]);
    }
    if (rc == RC_OK) {
        number_sentences(text, found);
        judge(triage, found, institution, assessment, &votes);
        choose_category(triage, institution, category, &votes, assessment);
        settle(assessment, &votes);
    }
    free(found);
    return rc;
}

static void add_placeless(struct assessment *assessment, const struct triage_reason *reason) {
    if (assessment->reason_count < TRIAGE_REASONS) {
        struct triage_reason *added = &assessment->reasons[assessment->reason_count++];
        *added = *reason;
        added->offset = 0;
        added->length = 0;
    }
}

void triage_raise(struct assessment *assessment, const struct assessment *by) {
    bool urgent = by->urgency < assessment->urgency && by->urgency <= RAISES_FROM;
    if (!urgent && by->crisis <= assessment->crisis) {
        return;
    }
    assessment->urgency = urgent ? by->urgency : assessment->urgency;
    assessment->crisis = by->crisis > assessment->crisis ? by->crisis : assessment->crisis;
    for (size_t i = 0; i < by->reason_count; i++) {
        add_placeless(assessment, &by->reasons[i]);
    }
}
