// SPDX-License-Identifier: Apache-2.0
// DOMAIN: privacy and audit. Sorted by name, as strcmp does.
#include "common/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASEWORK (ROLE_OPERATOR | ROLE_COUNSELLOR | ROLE_HANDLER | ROLE_SUPERVISOR)
#define INSIDE (CASEWORK | ROLE_REVIEWER | ROLE_AUDITOR)        // what staff say of a case
#define STORY (INSIDE | ROLE_PANEL_MEMBER)                      // what it is about, redacted
#define WAY (ROLE_PEOPLE | ROLE_PANEL_MEMBER | ROLE_INTEGRATOR) // where it stands
#define NAME_SIZE 96

const struct field_permission field_permissions[] = {
    {"AccessGranted.reason", INSIDE | ROLE_ADMINISTRATOR},
    {"AllegationRaised.text", INSIDE | ROLE_PANEL_MEMBER},
    {"AuthorityRecorded.authority", INSIDE},
    {"CaseRedirected.authority", WAY},
    {"ContentErased.reason", INSIDE | ROLE_ADMINISTRATOR},
    {"FeedbackRecorded.comment", INSIDE | ROLE_PANEL_MEMBER},
    {"GlassBroken.reason", INSIDE | ROLE_ADMINISTRATOR},
    {"TeamFormed.service", INSIDE}, // a person; elsewhere whom an emergency went to
    {"acting_for", WAY},
    {"actions", WAY},
    {"actor", ROLE_PEOPLE},
    {"alarm_id", WAY},
    {"alarms", WAY},
    {"allegation", WAY},
    {"allegations", INSIDE | ROLE_PANEL_MEMBER},
    {"alone", WAY},
    {"amended", WAY},
    {"anonymous", INSIDE},
    {"answer", INSIDE},
    {"appeal_until", WAY},
    {"assessed", WAY},
    {"at", WAY},
    {"at_ms", WAY},
    {"attempts", WAY},
    {"attitude", WAY},
    {"authority", INSIDE},
    {"based_on", WAY},
    {"became_major", WAY},
    {"before", WAY},
    {"begins_on", WAY},
    {"breached", WAY},
    {"by_complainant", WAY},
    {"by_region", WAY},
    {"calendar_version", WAY},
    {"case_id", WAY},
    {"category", WAY},
    {"cause", INSIDE},
    {"channel", WAY},
    {"clock", WAY},
    {"clocks", WAY},
    {"closed_at", WAY},
    {"closure", WAY},
    {"cluster", ROLE_PEOPLE},
    {"cluster_id", WAY},
    {"co_handlers", ROLE_PEOPLE},
    {"code", WAY},
    {"comment", INSIDE},
    {"confidence_permille", WAY},
    {"conflicts", ROLE_PEOPLE},
    {"contactable", INSIDE},
    {"crisis", WAY},
    {"crisis_confirmed", WAY},
    {"data", WAY},
    {"days_apart", INSIDE},
    {"decided_by", ROLE_PEOPLE},
    {"delivery_id", WAY},
    {"displaced", WAY},
    {"due_at", WAY},
    {"due_at_ms", WAY},
    {"earlier", INSIDE},
    {"earlier_case_id", ROLE_PEOPLE},
    {"earlier_received_at_ms", ROLE_PEOPLE},
    {"earlier_status", ROLE_PEOPLE},
    {"effect", INSIDE},
    {"erased", WAY},
    {"evidence", INSIDE},
    {"extended", WAY},
    {"extension_requested", WAY},
    {"failure", WAY},
    {"final", WAY},
    {"findings", INSIDE | ROLE_PANEL_MEMBER},
    {"first", WAY},
    {"first_response_at", WAY},
    {"flags", WAY},
    {"follow_up_attempts", WAY},
    {"from", WAY},
    {"giver", INSIDE},
    {"granted", WAY},
    {"ground", WAY},
    {"handled_until_ms", WAY},
    {"handler", ROLE_PEOPLE},
    {"improvement", WAY},
    {"improvements", WAY},
    {"institution", WAY},
    {"institution_name", WAY},
    {"instruction", INSIDE},
    {"issuer", ROLE_PEOPLE},
    {"kind", WAY},
    {"language", WAY},
    {"lapsed", WAY},
    {"last_day_kept", WAY},
    {"late", WAY},
    {"late_reason", INSIDE},
    {"lead", WAY},
    {"leads", WAY},
    {"legal", INSIDE},
    {"level", WAY},
    {"lexicon_version", WAY},
    {"lift_condition", INSIDE},
    {"measure", INSIDE | ROLE_PANEL_MEMBER},
    {"media_type", INSIDE},
    {"mediation", WAY},
    {"medical", INSIDE},
    {"milestone", WAY},
    {"missing_answers_reason", INSIDE},
    {"name", WAY},
    {"narrative", STORY},
    {"narrative_permille", INSIDE},
    {"next_warn_at_ms", WAY},
    {"note", INSIDE},
    {"number", WAY},
    {"occasion_sequence", WAY},
    {"offer", INSIDE},
    {"on_behalf_relation", INSIDE},
    {"open_alarm", WAY},
    {"order", WAY},
    {"orders", ROLE_PEOPLE},
    {"ordinal", WAY},
    {"outcome", WAY},
    {"overall", WAY},
    {"owner", WAY},
    {"person", WAY},
    {"persons", INSIDE},
    {"plan", INSIDE},
    {"policy_version", WAY},
    {"previous_calendar_version", WAY},
    {"previous_due_at_ms", WAY},
    {"previous_handler", ROLE_PEOPLE},
    {"previous_policy_version", WAY},
    {"promised_at", WAY},
    {"promised_at_ms", WAY},
    {"proposal_type", WAY},
    {"proposed_unit", WAY},
    {"purpose", WAY},
    {"rating", WAY},
    {"reached", WAY},
    {"reason", INSIDE},
    {"reasons", INSIDE},
    {"received_at", WAY},
    {"received_at_ms", WAY},
    {"recipient", ROLE_PEOPLE},
    {"reopened", WAY},
    {"repeat", INSIDE},
    {"replied_at", WAY},
    {"reply", INSIDE | ROLE_PANEL_MEMBER | ROLE_INTEGRATOR},
    {"report", INSIDE},
    {"reported_to", ROLE_PEOPLE},
    {"request", STORY},
    {"resolution", INSIDE | ROLE_PANEL_MEMBER | ROLE_INTEGRATOR},
    {"responsibility", INSIDE | ROLE_PANEL_MEMBER},
    {"responsible_unit", WAY},
    {"restarted_at_ms", WAY},
    {"restarted_on", WAY},
    {"result", WAY},
    {"returns", WAY},
    {"reveal_approved", ROLE_PEOPLE},
    {"reveal_approved_for", ROLE_PEOPLE},
    {"reveal_requester", ROLE_PEOPLE},
    {"reveal_requests", ROLE_PEOPLE},
    {"revealed", CASEWORK},
    {"reveals", WAY},
    {"reviewed", WAY},
    {"reviewer", ROLE_PEOPLE},
    {"reviewers_of", WAY},
    {"reviews", WAY},
    {"right_route", WAY},
    {"rights_told", INSIDE},
    {"role", WAY},
    {"roles", WAY},
    {"run", WAY},
    {"runs", WAY},
    {"same_category", INSIDE},
    {"same_contact", INSIDE},
    {"same_unit", INSIDE},
    {"score", WAY},
    {"score_permille", INSIDE},
    {"sequence", WAY},
    {"service", WAY},
    {"sha256", INSIDE},
    {"since", INSIDE},
    {"situations", WAY},
    {"size", INSIDE},
    {"solved", WAY},
    {"source", ROLE_PEOPLE},
    {"staff", ROLE_PEOPLE},
    {"staff_code", INSIDE},
    {"stage", WAY},
    {"state", WAY},
    {"status", WAY},
    {"subject", WAY},
    {"supervised_until_ms", WAY},
    {"suspension_ground", WAY},
    {"team", INSIDE},
    {"template", WAY},
    {"terms", WAY},
    {"text", INSIDE},
    {"timeliness", WAY},
    {"title", INSIDE},
    {"to", WAY},
    {"tracking_code", ROLE_PEOPLE | ROLE_INTEGRATOR},
    {"trigger", WAY},
    {"type", WAY},
    {"unit", WAY},
    {"until_ms", WAY},
    {"updated_at", WAY},
    {"urgency", WAY},
    {"value", WAY},
    {"version", WAY},
    {"visits", WAY},
    {"with", ROLE_PEOPLE},
    {"without", ROLE_PEOPLE},
    {"witness", INSIDE},
};
const size_t field_permission_count = sizeof field_permissions / sizeof field_permissions[0];

static int compare(const void *name, const void *entry) {
    return strcmp(name, ((const struct field_permission *)entry)->name);
}

static const struct field_permission *find(const char *name) {
    return bsearch(name, field_permissions, field_permission_count, sizeof field_permissions[0],
                   compare);
}

unsigned field_roles(const char *fact, const char *name) {
    const struct field_permission *found = NULL;
    if (fact != NULL) {
        char qualified[NAME_SIZE];
        snprintf(qualified, sizeof qualified, "%s.%s", fact, name);
        found = find(qualified);
    }
    found = found == NULL ? find(name) : found;
    return found == NULL ? 0 : found->roles;
}

static const char *itself(const void *context, const char *name) {
    (void)context;
    return name;
}

json_t *field_mask(json_t *object, const char *fact, unsigned roles) {
    return field_mask_said(object, fact, roles, itself, NULL);
}

json_t *field_mask_said(json_t *object, const char *fact, unsigned roles, field_said said,
                        const void *context) {
    json_t *masked = json_array();
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, name, value) {
        if ((field_roles(fact, said(context, name)) & roles) == 0) {
            json_array_append_new(masked, json_string(name));
            json_object_set_new(object, name, json_null());
        }
    }
    if (json_array_size(masked) > 0) {
        json_object_set(object, "masked", masked);
    }
    json_decref(masked);
    return object;
}
