// SPDX-License-Identifier: Apache-2.0
// One function a part of a pack.
#include "policy_check.h"
#include "policy_check_private.h"

#include "common/json.h"
#include "policy_known.h"

#include <stdio.h>
#include <string.h>

#define WARNS_MOST 4
#define EXTENSIONS_MOST 4 // as in course.h
#define ATTEMPTS_MOST 100
#define YEARS_MOST 100
#define CODE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static enum rc check_limit(const struct policy_checking *checking, const struct policy *policy,
                           const char *entry, const char *key, const struct limit *limit) {
    bool by_day = limit_is_by_day(limit->unit);
    if (!by_day && limit->value == 0) {
        return FAIL(checking, entry, key, "a limit in hours or less must be at least 1");
    }
    if (!limit_is_bounded(*limit)) {
        return FAIL(checking, entry, key, "is longer than ten years");
    }
    if (limit->unit == LIMIT_WORKING_HOURS && !calendar_has_hours(policy->calendar)) {
        return FAIL(checking, entry, key, "working_hours, but %s has no hours",
                    calendar_label(policy->calendar));
    }
    if ((limit->counts_start_day && !by_day) || (limit->counts_start_day && limit->value == 0) ||
        (limit->keeps_last_day && (!by_day || limit->unit == LIMIT_WORKING_DAYS))) {
        return FAIL(checking, entry, key, "its unit has no such start_day or last_day");
    }
    return RC_OK;
}

static enum rc check_header(const struct policy_checking *checking, struct policy *policy) {
    if (policy->version == 0) {
        return FAIL(checking, policy->id, "version", "must be at least 1");
    }
    if (text_is_blank(policy->title)) {
        return FAIL(checking, policy->id, "title", "says nothing");
    }
    if (!civil_day_parse(policy->effective_from, &policy->from)) {
        return FAIL(checking, policy->id, "effective_from", "is not a date");
    }
    policy->until = INT32_MAX;
    if (policy->effective_until != NULL &&
        (!civil_day_parse(policy->effective_until, &policy->until) ||
         policy->until < policy->from)) {
        return FAIL(checking, policy->id, "effective_until",
                    "is not a date on or after effective_from");
    }
    if ((policy->layer == POLICY_INSTITUTION) != (policy->institution_count > 0)) {
        return FAIL(checking, policy->id, "layer",
                    "the institution layer, and no other, names its institutions");
    }
    policy->calendar = calendar_set_find(checking->calendars, policy->calendar_name);
    if (policy->calendar == NULL) {
        return FAIL(checking, policy->id, "calendar", "there is no calendar \"%s\"",
                    policy->calendar_name);
    }
    snprintf(policy->label, sizeof policy->label, "%s@%u", policy->id, policy->version);
    return RC_OK;
}

static enum rc check_ladder(const struct policy_checking *checking, const struct policy *policy) {
    const struct policy_ladder *ladder = &policy->ladder;
    if (ladder->level_count == 0) { // a commitment: the packs' ladders hold for its clocks
        return RC_OK;
    }
    if (ladder->levels[0].after.value != 0) {
        return FAIL(checking, policy->id, "after", "the first level is told at once: 0");
    }
    for (unsigned i = 0; i < ladder->level_count; i++) {
        if (ladder->levels[i].tell == 0) {
            return FAIL(checking, policy->id, "tell", "level %u names nobody", i + 1);
        }
        if ((ladder->levels[i].tell & POLICY_STAFF) == 0) {
            return FAIL(checking, policy->id, "tell", "level %u names nobody of the staff", i + 1);
        }
        if (i > 0) {
            enum rc rc =
                check_limit(checking, policy, policy->id, "ladder", &ladder->levels[i].after);
            if (rc != RC_OK || ladder->levels[i].after.value == 0) {
                return rc != RC_OK ? rc
                                   : FAIL(checking, policy->id, "ladder",
                                          "level %u comes at once after the one before", i + 1);
            }
        }
    }
    if (ladder->most + 1 < ladder->level_count || ladder->level_count < 2 || ladder->most > 1000) {
        return FAIL(checking, policy->id, "most",
                    "an alarm must climb: two levels at least, and all of them reached");
    }
    return RC_OK;
}

static enum rc check_warns(const struct policy_checking *checking, const struct policy_rule *rule) {
    if (rule->warn_count > WARNS_MOST) {
        return FAIL(checking, rule->id, "warn_percents", "more than %d", WARNS_MOST);
    }
    for (unsigned i = 0; i < rule->warn_count; i++) {
        uint32_t before = i == 0 ? 0 : rule->warn_percents[i - 1];
        if (rule->warn_percents[i] <= before || rule->warn_percents[i] > 99) {
            return FAIL(checking, rule->id, "warn_percents", "must climb from 1 to 99");
        }
    }
    return RC_OK;
}

static enum rc check_pauses(const struct policy_checking *checking, const struct policy *policy,
                            const struct policy_rule *rule) {
    for (unsigned i = 0; i < rule->pause_count; i++) {
        const struct policy_pause *pause = &rule->pauses[i];
        if (!policy_knows_ground(pause->ground)) {
            return FAIL(checking, rule->id, "pauses",
                        "the ground \"%s\" is none of " POLICY_GROUNDS_TEXT, pause->ground);
        }
        for (unsigned other = 0; other < i; other++) {
            if (strcmp(rule->pauses[other].ground, pause->ground) == 0) {
                return FAIL(checking, rule->id, "pauses", "the ground \"%s\" is there twice",
                            pause->ground);
            }
        }
        if (pause->cap.value == 0 || pause->cap.counts_start_day) {
            return FAIL(checking, rule->id, "pauses",
                        "a pause needs a cap of at least 1, start day not counted");
        }
        enum rc rc = check_limit(checking, policy, rule->id, "pauses", &pause->cap);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc check_restarts(const struct policy_checking *checking,
                              const struct policy_rule *rule) {
    for (unsigned i = 0; i < rule->restart_count; i++) {
        if (!policy_knows_restart(rule->restarts[i])) {
            return FAIL(checking, rule->id, "restarts",
                        "the ground \"%s\" is none of " POLICY_RESTARTS_TEXT, rule->restarts[i]);
        }
    }
    return RC_OK;
}

// Any word may name a situation; a case keeps them joined by commas, and commands give one a word.
static enum rc check_situations(const struct policy_checking *checking,
                                const struct policy_rule *rule) {
    for (unsigned i = 0; i < rule->when.situation_count; i++) {
        const char *code = rule->when.situations[i];
        if (code[strspn(code, CODE_CHARACTERS)] != '\0') {
            return FAIL(checking, rule->id, "situations",
                        "\"%s\" may have letters, digits, '.', '-' and '_' alone", code);
        }
    }
    return RC_OK;
}

static enum rc check_extension(const struct policy_checking *checking, const struct policy *policy,
                               const struct policy_rule *rule) {
    const struct policy_extension *extension = rule->extension;
    if (extension == NULL) {
        return RC_OK;
    }
    if (extension->count == 0 || extension->count > EXTENSIONS_MOST) {
        return FAIL(checking, rule->id, "count", "must be 1 to %d", EXTENSIONS_MOST);
    }
    if ((extension->limit == NULL) != extension->unbounded) {
        return FAIL(checking, rule->id, "extension",
                    "needs a limit, or unbounded: true, and not both");
    }
    if (extension->approved_by == 0) {
        return FAIL(checking, rule->id, "approved_by", "names nobody");
    }
    if ((extension->approved_by & POLICY_APPROVERS) == 0) {
        return FAIL(checking, rule->id, "approved_by", "names nobody who can decide an extension");
    }
    if ((extension->tell & POLICY_COMPLAINANT) == 0) {
        return FAIL(checking, rule->id, "tell", "the complainant must be told");
    }
    if (extension->limit != NULL && extension->limit->value == 0) {
        return FAIL(checking, rule->id, "extension", "a limit of 0 extends nothing");
    }
    return extension->limit == NULL
               ? RC_OK
               : check_limit(checking, policy, rule->id, "extension", extension->limit);
}

static enum rc check_statute(const struct policy_checking *checking, const struct policy *policy,
                             const struct policy_rule *rule) {
    if (rule->statutory && (rule->source.kind != POLICY_LAW || policy->layer != POLICY_NATIONAL)) {
        return FAIL(checking, rule->id, "statutory", "only a national law's limit is");
    }
    if (rule->longer_law_prevails && rule->statutory) {
        return FAIL(checking, rule->id, "longer_law_prevails",
                    "a law's own limit gives way to none");
    }
    return RC_OK;
}

static enum rc check_others(const struct policy_checking *checking, const struct policy *policy,
                            unsigned number) {
    const struct policy_rule *rule = &policy->rules[number];
    for (unsigned i = 0; i < number; i++) {
        const struct policy_rule *other = &policy->rules[i];
        if (strcmp(other->id, rule->id) == 0) {
            return FAIL(checking, rule->id, "id", "it is there twice");
        }
        if (policy_rules_overlap(policy, rule, policy, other)) {
            return FAIL(checking, rule->id, "when", "it overlaps %s: both may hold", other->id);
        }
    }
    return strcmp(rule->id, policy->id) == 0
               ? FAIL(checking, rule->id, "id", "it is the pack's own")
               : RC_OK;
}

// What the ledger counts itself: a rule of such a name would never run, or run for another thing.
static bool is_reserved(const char *clock) {
    static const char *const own[] = {"escalation-", "supervision-", "co-handling-",
                                      "improvement-"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strncmp(clock, own[i], strlen(own[i])) == 0) {
            return true;
        }
    }
    return false;
}

// "supervision-2" runs by the rule of "supervision": a rule of such a name would never be found.
static bool ends_in_number(const char *clock) {
    const char *dash = strrchr(clock, '-');
    return dash != NULL && dash[1] != '\0' && dash[1 + strspn(dash + 1, "0123456789")] == '\0';
}

static enum rc check_names(const struct policy_checking *checking, const struct policy_rule *rule) {
    if (is_reserved(rule->clock) || ends_in_number(rule->clock)) {
        return FAIL(checking, rule->id, "clock", "%s is a name that each case numbers itself",
                    rule->clock);
    }
    if (rule->clock[strspn(rule->clock, CODE_CHARACTERS)] != '\0') {
        return FAIL(checking, rule->id, "clock",
                    "\"%s\" may have letters, digits, '.', '-' and '_' alone", rule->clock);
    }
    if (rule->lapses && policy_is_duty(rule->clock)) {
        return FAIL(checking, rule->id, "lapses", "%s is owed: its end is a breach, and alarms",
                    rule->clock);
    }
    return text_is_blank(rule->source.text)
               ? FAIL(checking, rule->id, "source", "its text says nothing")
               : RC_OK;
}

static bool has_control_character(const char *text) {
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == '\x7f') {
            return true;
        }
    }
    return false;
}

// An id is a word in messages and explanations. Such a one is not repeated in the message.
static enum rc check_id(const struct policy_checking *checking, const struct policy *policy,
                        unsigned number) {
    const char *id = policy->rules[number].id;
    return text_is_blank(id) || has_control_character(id)
               ? FAIL(checking, policy->id, "rules",
                      "the id of rule %u is blank, or has a control character in it", number + 1)
               : RC_OK;
}

static enum rc check_numbers(const struct policy_checking *checking, const struct policy *policy) {
    if (policy->closure != NULL && (policy->closure->follow_up_attempts == 0 ||
                                    policy->closure->follow_up_attempts > ATTEMPTS_MOST)) {
        return FAIL(checking, policy->id, "follow_up_attempts", "must be 1 to %d", ATTEMPTS_MOST);
    }
    if (policy->retention != NULL && (policy->retention->years < POLICY_RETENTION_YEARS ||
                                      policy->retention->years > YEARS_MOST)) {
        return FAIL(checking, policy->id, "years", "must be %d, the standard's least, to %d",
                    POLICY_RETENTION_YEARS, YEARS_MOST);
    }
    return RC_OK;
}

enum rc policy_finish(const struct policy_checking *checking, struct policy *policy) {
    snprintf(policy->directory, sizeof policy->directory, "%s", checking->directory);
    snprintf(policy->file, sizeof policy->file, "%s", checking->file);
    enum rc rc = check_header(checking, policy);
    rc = rc == RC_OK ? check_ladder(checking, policy) : rc;
    rc = rc == RC_OK ? check_numbers(checking, policy) : rc;
    for (unsigned i = 0; i < policy->rule_count && rc == RC_OK; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        rc = check_id(checking, policy, i);
        rc = rc == RC_OK ? check_others(checking, policy, i) : rc;
        rc = rc == RC_OK ? check_names(checking, rule) : rc;
        rc = rc == RC_OK ? policy_check_start(checking, policy, rule) : rc;
        rc = rc == RC_OK ? check_limit(checking, policy, rule->id, "limit", &rule->limit) : rc;
        rc = rc == RC_OK ? check_warns(checking, rule) : rc;
        rc = rc == RC_OK ? check_pauses(checking, policy, rule) : rc;
        rc = rc == RC_OK ? check_restarts(checking, rule) : rc;
        rc = rc == RC_OK ? check_situations(checking, rule) : rc;
        rc = rc == RC_OK ? check_extension(checking, policy, rule) : rc;
        rc = rc == RC_OK ? check_statute(checking, policy, rule) : rc;
    }
    return rc;
}
