// SPDX-License-Identifier: Apache-2.0
// Categories, hooks, templates, lexicon: what cases are about and what is said of them.
#include "region_check.h"

#include "common/yaml_place.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static enum rc fail(const struct region_checking *checking, const struct yaml_place *place,
                    const char *what) {
    return yaml_fault(checking->directory, place, checking->error, "%s", what);
}

#define PLACE(file_name, by, of, what_key)                                                         \
    (&(const struct yaml_place){                                                                   \
        .file = (file_name), .entry_key = (by), .entry = (of), .key = (what_key)})
#define CATEGORY(of, key) PLACE("categories.yaml", "code", of, key)
#define HOOK(of, key) PLACE("hooks.yaml", "id", of, key)
#define RULE(of, key) PLACE("lexicon.yaml", "id", of, key)

static bool listed(const char *const *list, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static const struct region_subject *subject_named(const struct region_category *category,
                                                  const char *code) {
    for (unsigned i = 0; i < category->subject_count; i++) {
        if (strcmp(category->subjects[i].code, code) == 0) {
            return &category->subjects[i];
        }
    }
    return NULL;
}

static enum rc check_category(const struct region_checking *checking,
                              const struct region_category *entry) {
    if (region_category(checking->region, entry->code) != entry) {
        return fail(checking, CATEGORY(entry->code, "code"), "it is there twice");
    }
    for (unsigned i = 0; i < entry->institution_type_count; i++) {
        if (!region_has_type(checking->region, entry->institution_types[i])) {
            return fail(checking, CATEGORY(entry->code, "institution_types"),
                        "no institution has this type");
        }
    }
    for (unsigned i = 0; i < entry->subject_count; i++) {
        if (subject_named(entry, entry->subjects[i].code) != &entry->subjects[i]) {
            return fail(checking, CATEGORY(entry->code, "subjects"), "a subject is there twice");
        }
    }
    return RC_OK;
}

// The facts of proto/redress/v1/facts.proto.
static const char *const facts[] = {"*",
                                    "CaseRegistered",
                                    "CaseAssessed",
                                    "CaseAccepted",
                                    "CaseDispatched",
                                    "CaseSigned",
                                    "CaseDecided",
                                    "CaseReplied",
                                    "CaseClosed",
                                    "FeedbackRecorded",
                                    "ClockArmed",
                                    "ClockWarned",
                                    "ClockBreached",
                                    "ClockStopped",
                                    "CaseEscalated",
                                    "CaseCommented",
                                    "CaseNotAccepted",
                                    "CaseRedirected",
                                    "CaseTransferredToEmergency",
                                    "CaseResolvedOnSpot",
                                    "ReturnRequested",
                                    "CaseDesignated",
                                    "InvestigationStarted",
                                    "CaseSuspended",
                                    "CaseResumed",
                                    "FollowUpRecorded",
                                    "ReworkOrdered",
                                    "CaseReopened",
                                    "ReviewRequested",
                                    "FinalReviewRequested",
                                    "ReviewDecided",
                                    "CaseWithdrawn",
                                    "TerminationRequested",
                                    "CaseTerminated",
                                    "CaseArchived",
                                    "CaseRevealed",
                                    "RevealRequested",
                                    "RevealApproved",
                                    "ConflictDeclared",
                                    "ContentErased",
                                    "AccessGranted",
                                    "GlassBroken",
                                    "MessageReceived",
                                    "MessageSent",
                                    "EvidenceOffered",
                                    "ProgressTold",
                                    "FollowUpVisited",
                                    "ImprovementOpened",
                                    "ImprovementDone",
                                    "AlarmRaised",
                                    "AlarmAcknowledged",
                                    "DeliveryRecorded",
                                    "ProposalRefused",
                                    "ClockPaused",
                                    "ExtensionRequested",
                                    "ExtensionDecided",
                                    "SupervisionOrdered",
                                    "SupervisionAnswered",
                                    "SupervisionLifted",
                                    "PersonConcerned",
                                    "AllegationRaised",
                                    "AllegationDecided",
                                    "AuthorityRecorded",
                                    "TeamFormed",
                                    "EvidenceRegistered",
                                    "CoHandlerAdded",
                                    "CoHandlerAnswered",
                                    "StageReported",
                                    "RepeatRecognised",
                                    "CaseMerged",
                                    "CaseUnmerged",
                                    "MediationRecorded"};

static enum rc check_hook(const struct region_checking *checking, size_t number) {
    const struct region *region = checking->region;
    const struct region_hook *hook = &region->hooks[number];
    for (size_t i = 0; i < number; i++) {
        if (strcmp(region->hooks[i].id, hook->id) == 0) {
            return fail(checking, HOOK(hook->id, "id"), "it is there twice");
        }
    }
    if (strncmp(hook->url, "http://", 7) != 0 && strncmp(hook->url, "https://", 8) != 0) {
        return fail(checking, HOOK(hook->id, "url"), "must begin with http:// or https://");
    }
    for (unsigned i = 0; i < hook->fact_count; i++) {
        if (!listed(facts, COUNT(facts), hook->facts[i])) {
            return fail(checking, HOOK(hook->id, "facts"), "there is no such fact");
        }
    }
    for (unsigned i = 0; i < hook->institution_count; i++) {
        if (strcmp(hook->institutions[i], "*") != 0 &&
            region_institution(region, hook->institutions[i]) == NULL) {
            return fail(checking, HOOK(hook->id, "institutions"), "there is no such institution");
        }
    }
    return RC_OK;
}

static bool placeholders_are_known(const char *text) {
    static const char *const placeholders[] = {"tracking_code",
                                               "institution",
                                               "received_at",
                                               "due_at",
                                               "reply",
                                               "case_id",
                                               "level",
                                               "unit",
                                               "clock",
                                               "name",
                                               "ground",
                                               "right_route",
                                               "authority",
                                               "reason",
                                               "result",
                                               "changed_to",
                                               "findings",
                                               "proposed_unit",
                                               "text",
                                               "media_type",
                                               "link",
                                               "instruction",
                                               "lift_condition",
                                               "plan",
                                               "earlier_progress",
                                               "warning",
                                               "calendar",
                                               "year"};
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t size = strcspn(at + 1, "}");
        bool known = false;
        for (size_t i = 0; i < COUNT(placeholders); i++) {
            known = known || (at[1 + size] == '}' && strlen(placeholders[i]) == size &&
                              strncmp(placeholders[i], at + 1, size) == 0);
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

// The messages that notification sends; each in both languages.
static const char *const messages[] = {
    "case-registered",  "case-accepted",       "case-not-accepted",    "case-redirected",
    "case-replied",     "case-closed",         "case-reopened",        "case-rework",
    "review-decided",   "case-withdrawn",      "case-dispatched",      "case-designated",
    "rework-ordered",   "return-requested",    "review-requested",     "termination-requested",
    "message-sent",     "message-received",    "evidence-offered",     "reopened",
    "withdrawn",        "supervision-ordered", "supervision-answered", "supervision-lifted",
    "co-handler-added", "co-handler-answered", "clock-warned",         "alarm-raised",
    "calendar-missing", "case-escalated",      "extension-requested",  "case-extended",
    "glass-broken",     "progress-told",       "improvement-opened",   "case-terminated",
    "case-resumed"};

static enum rc check_messages(const struct region_checking *checking) {
    static const char *const languages[] = {"zh-CN", "en"};
    for (size_t i = 0; i < COUNT(messages) * COUNT(languages); i++) {
        const char *code = messages[i / COUNT(languages)];
        const char *language = languages[i % COUNT(languages)];
        if (region_template(checking->region, code, language) == NULL) {
            return yaml_fault(checking->directory,
                              PLACE("templates.yaml", "code", code, "language"), checking->error,
                              "the text in %s is missing", language);
        }
    }
    return RC_OK;
}

static enum rc check_template(const struct region_checking *checking, size_t number) {
    const struct region_template *list = checking->region->templates;
    const struct region_template *entry = &list[number];
    struct yaml_place place = {.file = "templates.yaml",
                               .entry_key = "code",
                               .entry = entry->code,
                               .key = "language",
                               .nth = 1};
    for (size_t i = 0; i < number; i++) {
        place.nth += strcmp(list[i].code, entry->code) == 0 ? 1 : 0;
    }
    if (strcmp(entry->language, "zh-CN") != 0 && strcmp(entry->language, "en") != 0) {
        return fail(checking, &place, "must be zh-CN or en");
    }
    if (region_template(checking->region, entry->code, entry->language) != entry) {
        return fail(checking, &place, "this text is there twice");
    }
    place.key = "subject";
    if (strpbrk(entry->subject, "\r\n") != NULL) {
        return fail(checking, &place, "must be one line");
    }
    if (!placeholders_are_known(entry->subject)) {
        return fail(checking, &place, "unknown {placeholder}");
    }
    place.key = "body";
    return placeholders_are_known(entry->body) ? RC_OK
                                               : fail(checking, &place, "unknown {placeholder}");
}

static bool level_is(const char *level, char letter, char least, char most) {
    return level == NULL ||
           (level[0] == letter && level[1] >= least && level[1] <= most && level[2] == '\0');
}

static enum rc check_rule_category(const struct region_checking *checking,
                                   const struct region_rule *rule) {
    const struct region_category *category =
        rule->category == NULL ? NULL : region_category(checking->region, rule->category);
    if (rule->category != NULL && category == NULL) {
        return fail(checking, RULE(rule->id, "category"), "categories.yaml has no such category");
    }
    if (rule->subject != NULL &&
        (category == NULL || subject_named(category, rule->subject) == NULL)) {
        return fail(checking, RULE(rule->id, "subject"), "its category has no such subject");
    }
    return RC_OK;
}

static enum rc check_rule(const struct region_checking *checking, unsigned number) {
    const struct region_rule *rules = checking->region->lexicon->rules;
    const struct region_rule *rule = &rules[number];
    for (unsigned i = 0; i < number; i++) {
        if (strcmp(rules[i].id, rule->id) == 0) {
            return fail(checking, RULE(rule->id, "id"), "it is there twice");
        }
    }
    if (!level_is(rule->urgency, 'P', '1', '4')) {
        return fail(checking, RULE(rule->id, "urgency"), "must be P1 to P4");
    }
    if (!level_is(rule->crisis, 'R', '0', '4')) {
        return fail(checking, RULE(rule->id, "crisis"), "must be R0 to R4");
    }
    if (rule->weight < 1 || rule->weight > 100) {
        return fail(checking, RULE(rule->id, "weight"), "must be 1 to 100");
    }
    return check_rule_category(checking, rule);
}

// Mails and pages name clocks: each that a pack or a commitment names has a title, the region's own
// in region.yaml.
static enum rc check_clock_titles(const struct region_checking *checking,
                                  const struct policy *policy) {
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const char *clock = policy->rules[i].clock;
        if (strcmp(region_clock_title(checking->region, clock, "zh-CN"), clock) == 0) {
            return yaml_fault(checking->directory,
                              PLACE("region.yaml", "id", checking->region->id, "id"),
                              checking->error,
                              "the clock \"%s\" of %s has no title: clocks: needs its code, zh-CN "
                              "and en",
                              clock, policy->label);
        }
    }
    return RC_OK;
}

enum rc region_check_texts(const struct region_checking *checking) {
    const struct region *region = checking->region;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < region->category_count && rc == RC_OK; i++) {
        rc = check_category(checking, &region->categories[i]);
    }
    for (size_t i = 0; i < region->hook_count && rc == RC_OK; i++) {
        rc = check_hook(checking, i);
    }
    for (size_t i = 0; i < region->template_count && rc == RC_OK; i++) {
        rc = check_template(checking, i);
    }
    rc = rc == RC_OK ? check_messages(checking) : rc;
    for (size_t i = 0; i < region->policy_count && rc == RC_OK; i++) {
        rc = check_clock_titles(checking, region->policies[i]);
    }
    for (unsigned i = 0; i < region->lexicon->rule_count && rc == RC_OK; i++) {
        rc = check_rule(checking, i);
    }
    return rc;
}
