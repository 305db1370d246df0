// SPDX-License-Identifier: Apache-2.0
#include "simulated_case.h"

#include "common/policy_known.h"
#include "common/policy_schema.h"

#include <stdio.h>
#include <string.h>

#define KNOWN 400 // bytes of a message: the rest is left out

struct known {
    char text[KNOWN];
};

static bool has(const struct known *known, const char *code) {
    size_t size = strlen(code);
    for (const char *at = strstr(known->text, code); at != NULL; at = strstr(at + 1, code)) {
        if ((at == known->text || at[-1] == ' ') && (at[size] == ',' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

static void add(struct known *known, const char *code) {
    size_t used = strlen(known->text);
    if (!has(known, code) && used + strlen(code) + 3 <= sizeof known->text) {
        snprintf(known->text + used, sizeof known->text - used, "%s%s", used == 0 ? "" : ", ",
                 code);
    }
}

static void add_all(struct known *known, char *const *codes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add(known, codes[i]);
    }
}

// What the rules select their cases by.
static void add_named(const struct packs *packs, const char *clock, struct known *situations,
                      struct known *categories) {
    for (size_t p = 0; p < packs->count; p++) {
        for (unsigned r = 0; r < packs->all[p]->rule_count; r++) {
            const struct policy_rule *rule = &packs->all[p]->rules[r];
            if (clock == NULL || strcmp(rule->clock, clock) == 0) {
                add_all(situations, rule->when.situations, rule->when.situation_count);
                add_all(categories, rule->when.categories, rule->when.category_count);
            }
        }
    }
}

static enum rc unknown(const char *option, const char *value, const struct known *known,
                       struct error *error) {
    return error_field(error, "unknown-code", option, "--%s \"%s\" is none of: %s", option, value,
                       known->text[0] == '\0' ? "(none is known)" : known->text);
}

static bool is_named(const struct policy_case *about, const char *word) {
    for (size_t i = 0; i < about->situation_count; i++) {
        if (strcmp(about->situations[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc read_situations(struct simulated_case *simulated, const char *text,
                               const struct packs *packs, struct error *error) {
    struct known known = {POLICY_SITUATIONS_TEXT};
    struct known categories = {""};
    struct policy_case *about = &simulated->about;
    char *rest = NULL;
    add_named(packs, NULL, &known, &categories);
    if (packs->region != NULL) {
        add_all(&known, packs->region->situations, packs->region->situation_count);
    }
    if ((size_t)snprintf(simulated->situation_text, SIMULATED_TEXT, "%s", text) >= SIMULATED_TEXT) {
        return error_field(error, "too-long", "situation", "--situation is too long");
    }
    about->situations = simulated->situations;
    for (char *word = strtok_r(simulated->situation_text, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        if (!has(&known, word)) {
            return unknown("situation", word, &known, error);
        }
        if (is_named(about, word)) {
            return error_field(error, "twice", "situation", "--situation names \"%s\" twice", word);
        }
        if (about->situation_count == SIMULATED_SITUATIONS) {
            return error_field(error, "too-many", "situation", "--situation names at most %d",
                               SIMULATED_SITUATIONS);
        }
        simulated->situations[about->situation_count++] = word;
    }
    return RC_OK;
}

// Categories are a region's; of packs alone only those matter that their rules name.
static enum rc read_category(struct policy_case *about, const char *category,
                             const struct packs *packs, struct error *error) {
    struct known known = {""};
    struct known situations = {""};
    about->category = category;
    if (packs->region == NULL) {
        add_named(packs, NULL, &situations, &known);
    }
    for (size_t i = 0; packs->region != NULL && i < packs->region->category_count; i++) {
        add(&known, packs->region->categories[i].code);
    }
    bool knows = packs->region != NULL && category != NULL
                     ? region_category(packs->region, category) != NULL
                     : category == NULL || has(&known, category);
    return knows ? RC_OK : unknown("category", category, &known, error);
}

static enum rc read_channel(struct policy_case *about, const char *channel, struct error *error) {
    struct known known = {""};
    const char *name = NULL;
    for (unsigned i = 1; (name = policy_schema_channel(i)) != NULL; i++) {
        add(&known, name);
        if (channel != NULL && strcmp(name, channel) == 0) {
            about->channel = i;
        }
    }
    return channel == NULL || about->channel != 0 ? RC_OK
                                                  : unknown("channel", channel, &known, error);
}

static enum rc read_severity(struct policy_case *about, const char *severity, struct error *error) {
    about->severity = (unsigned)(severity[1] - '0');
    return severity[0] == 'P' && about->severity < POLICY_SEVERITIES && strlen(severity) == 2
               ? RC_OK
               : error_field(error, "unknown-code", "severity", "--severity must be P1 to P4");
}

static enum rc read_type(struct policy_case *about, const char *type, struct error *error) {
    const struct known known = {POLICY_TYPES_TEXT};
    about->institution_type = type == NULL ? about->institution_type : type;
    return type == NULL || policy_knows_type(type)
               ? RC_OK
               : unknown("institution-type", type, &known, error);
}

enum rc simulated_case_read(struct simulated_case *simulated, const struct arguments *arguments,
                            const struct packs *packs, struct error *error) {
    struct policy_case *about = &simulated->about;
    enum rc rc =
        read_situations(simulated, argument(arguments, "situation", NULL, ""), packs, error);
    rc = rc == RC_OK
             ? read_category(about, argument(arguments, "category", NULL, NULL), packs, error)
             : rc;
    rc = rc == RC_OK ? read_channel(about, argument(arguments, "channel", NULL, NULL), error) : rc;
    rc =
        rc == RC_OK ? read_severity(about, argument(arguments, "severity", NULL, "P0"), error) : rc;
    return rc == RC_OK
               ? read_type(about, argument(arguments, "institution-type", NULL, NULL), error)
               : rc;
}

// Whether each rule of the clock asks for a situation, and whether there is one at all.
static bool asks_for_situations(const struct packs *packs, const char *clock, bool *exists) {
    bool all = true;
    *exists = false;
    for (size_t p = 0; p < packs->count; p++) {
        for (unsigned r = 0; r < packs->all[p]->rule_count; r++) {
            const struct policy_rule *rule = &packs->all[p]->rules[r];
            if (clock == NULL || strcmp(rule->clock, clock) == 0) {
                *exists = true;
                all = all && rule->when.situation_count > 0;
            }
        }
    }
    return all && *exists;
}

enum rc simulated_case_has_no_clock(const struct packs *packs, const char *clock,
                                    struct error *error) {
    struct known situations = {""};
    struct known categories = {""};
    struct known clocks = {""};
    bool exists = false;
    if (asks_for_situations(packs, clock, &exists)) {
        add_named(packs, clock, &situations, &categories);
        return error_field(error, "unknown-code", "situation",
                           "no such clock runs on such a case at that time: its rules hold only "
                           "with --situation %s",
                           situations.text);
    }
    for (size_t p = 0; !exists && p < packs->count; p++) {
        for (unsigned r = 0; r < packs->all[p]->rule_count; r++) {
            add(&clocks, packs->all[p]->rules[r].clock);
        }
    }
    return exists ? error_field(error, "unknown-code", "clock",
                                "no such clock runs on such a case at that time")
                  : error_field(error, "unknown-code", "clock",
                                "there is no such clock \"%s\"; there are: %s",
                                clock == NULL ? "" : clock, clocks.text);
}
