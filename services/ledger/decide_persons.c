// SPDX-License-Identifier: Apache-2.0
// Persons concerned, what each is said to have done and what was found of it, who acts for another,
// a special team, evidence. Nobody is named: titles and the institution's codes only.
#include "decide.h"

#include <string.h>
#include <strings.h>

static bool is_full(const struct context *context, size_t count, size_t most, const char *code,
                    const char *text) {
    if (count == most) {
        decide_refusal(context, code, text);
    }
    return count == most;
}

static bool is_concerned(const struct case_parts *parts, const char *staff_code) {
    for (size_t i = 0; i < parts->person_count; i++) {
        if (staff_code[0] != '\0' && strcmp(parts->persons[i].staff_code, staff_code) == 0) {
            return true;
        }
    }
    return false;
}

void decide_concern_person(const struct context *context) {
    const struct case_entry *entry = &context->input->of.command->entry;
    size_t count = context->state->parts.person_count;
    if (is_concerned(&context->state->parts, entry->staff_code)) {
        decide_refusal_of(context, "staff_code", "already-concerned",
                          "a person of this code is concerned already");
        return;
    }
    if (is_full(context, count, CASE_PERSONS, "too-many-persons",
                "a case has at most 12 persons concerned")) {
        return;
    }
    if (entry->staff_code[0] != '\0') { // nobody tells whoever is named
        struct case_decision *decision = context->decision;
        decision->withheld_from[decision->withheld_count++] = (char *)entry->staff_code;
    }
    Redress__V1__PersonConcerned *body =
        &decide_fact(context, FACT_PERSON_CONCERNED)->body.person_concerned;
    body->person = (uint32_t)count + 1;
    body->kind = (Redress__V1__PersonKind)entry->kind;
    body->title = (char *)entry->title;
    body->staff_code = (char *)entry->staff_code;
    body->supervised_until_ms = context->input->supervised_until_ms;
    decide_unstaffed(context);
}

void decide_raise_allegation(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_parts *parts = &context->state->parts;
    uint32_t person = command->entry.number;
    if (person > parts->person_count) {
        decide_refusal(context, "unknown-person", "the case has no person of this number");
        return;
    }
    if (is_full(context, parts->allegation_count, CASE_ALLEGATIONS, "too-many-allegations",
                "a case has at most 24 allegations")) {
        return;
    }
    Redress__V1__AllegationRaised *body =
        &decide_fact(context, FACT_ALLEGATION_RAISED)->body.allegation_raised;
    body->allegation = (uint32_t)parts->allegation_count + 1;
    body->person = person;
    body->category = (char *)command->category;
    body->text = (char *)command->text;
}

// Until the case is decided, an allegation can be decided anew.
void decide_allegation(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_parts *parts = &context->state->parts;
    uint32_t number = command->entry.number;
    if (number > parts->allegation_count) {
        decide_refusal(context, "unknown-allegation", "the case has no allegation of this number");
        return;
    }
    Redress__V1__AllegationDecided *body =
        &decide_fact(context, FACT_ALLEGATION_DECIDED)->body.allegation_decided;
    body->allegation = number;
    body->person = parts->allegations[number - 1].person;
    body->outcome = (Redress__V1__Outcome)command->outcome;
    body->responsibility = (Redress__V1__Responsibility)command->entry.kind;
    body->measure = (char *)command->detail;
}

void decide_authority(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    Redress__V1__AuthorityRecorded *body =
        &decide_fact(context, FACT_AUTHORITY_RECORDED)->body.authority_recorded;
    body->kind = (Redress__V1__AuthorityKind)command->entry.kind;
    body->since = (char *)command->entry.since;
    body->note = (char *)command->text;
}

void decide_team(const struct context *context) {
    const struct case_entry *entry = &context->input->of.command->entry;
    bool major = entry->kind == REDRESS__V1__TEAM_PURPOSE__TEAM_PURPOSE_MAJOR_DISPUTE;
    if (strcmp(entry->medical, entry->legal) == 0 || strcmp(entry->medical, entry->service) == 0 ||
        strcmp(entry->legal, entry->service) == 0) {
        decide_refusal(context, "same-member", "each member of the team is another person");
        return;
    }
    if (case_in_conflict(context->state, entry->medical) ||
        case_in_conflict(context->state, entry->legal) ||
        case_in_conflict(context->state, entry->service)) {
        decide_refusal(context, "in-conflict", "for a member of the team the case does not exist");
        return;
    }
    if (!entry->rights_told) {
        decide_refusal(context, "rights-not-told", "the patient is told of their rights first");
        return;
    }
    if (major && entry->reported_to[0] == '\0') {
        decide_refusal(context, "not-reported", "a major dispute is reported upward first");
        return;
    }
    Redress__V1__TeamFormed *body = &decide_fact(context, FACT_TEAM_FORMED)->body.team_formed;
    body->purpose = (Redress__V1__TeamPurpose)entry->kind;
    body->medical = (char *)entry->medical;
    body->legal = (char *)entry->legal;
    body->service = (char *)entry->service;
    body->witness = (char *)entry->witness;
    body->rights_told = entry->rights_told;
    body->reported_to = (char *)entry->reported_to;
}

static bool is_registered(const struct case_parts *parts, const unsigned char digest[32]) {
    for (size_t i = 0; i < parts->evidence_count; i++) {
        if (memcmp(parts->evidence[i], digest, 32) == 0) {
            return true;
        }
    }
    return false;
}

// The complainant's own digest, type and size stand on the record already. The field in which this
// registration says otherwise; NULL: none.
static const char *differs_in(const Redress__V1__EvidenceOffered *offer,
                              const struct case_entry *entry) {
    if (offer == NULL) {
        return NULL;
    }
    if (strcasecmp(offer->media_type, entry->media_type) != 0) {
        return "media_type";
    }
    if (offer->size != entry->size) {
        return "size";
    }
    return entry->kind == REDRESS__V1__EVIDENCE_GIVER__EVIDENCE_GIVER_COMPLAINANT ? NULL : "giver";
}

void decide_evidence(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_entry *entry = &command->entry;
    const struct case_parts *parts = &context->state->parts;
    const char *field = differs_in(command->offer, entry);
    if (is_registered(parts, entry->digest)) {
        decide_refusal(context, "already-registered",
                       "evidence with this digest is registered; it is never changed");
        return;
    }
    if (is_full(context, parts->evidence_count, CASE_EVIDENCE, "too-much-evidence",
                "a case has at most 48 pieces of evidence")) {
        return;
    }
    if (field != NULL) {
        decide_refusal_of(context, field, "differs-from-offer",
                          "the complainant offered this digest with another type or size, or as "
                          "their own");
        return;
    }
    Redress__V1__EvidenceRegistered *body =
        &decide_fact(context, FACT_EVIDENCE_REGISTERED)->body.evidence_registered;
    body->evidence = (uint32_t)parts->evidence_count + 1;
    body->sha256 = (char *)entry->sha256;
    body->media_type = (char *)entry->media_type;
    body->size = entry->size;
    body->giver = (Redress__V1__EvidenceGiver)entry->kind;
    body->offer = command->offer == NULL ? 0 : command->offer->meta->sequence;
    body->note = (char *)command->text;
}
