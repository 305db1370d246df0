// SPDX-License-Identifier: Apache-2.0
// Two-way contact: what complainants send by tracking code and PIN, and what they are written.
#include "decide.h"

#include "workflow.h"

#include <string.h>

// Proposals are judged here: nobody's role is asked for.
static bool allowed(const struct context *context) {
    const char *code = workflow_refusal(context->state, context->input->kind);
    if (code != NULL && strcmp(code, "wrong-state") == 0) {
        decide_refusal(context, code, "the case's state does not allow this");
    } else if (code != NULL) {
        decide_refusal(context, code, workflow_code_text(code));
    }
    return code == NULL;
}

const char *case_message_refusal(const struct case_state *state) {
    return state->messages >= CASE_MESSAGES ? "too-many-messages" : NULL;
}

const char *case_offer_refusal(const struct case_state *state, const char *sha256) {
    if (state->offers >= CASE_OFFERS) {
        return "too-much-evidence";
    }
    if (sha256 != NULL && case_has_evidence(&state->parts, sha256)) {
        return "already-registered";
    }
    return sha256 != NULL && case_was_offered(state, sha256) ? "already-offered" : NULL;
}

// What the public door asks beforehand too (routes_internal.c).
static bool taken(const struct context *context, const char *code) {
    static const struct {
        const char *code, *field, *text;
    } refusals[] = {
        {"too-many-messages", "", "the case has all the messages it can take"},
        {"too-much-evidence", "", "the case has all the evidence it can list"},
        {"already-registered", "sha256",
         "evidence with this digest is registered; it is never changed"},
        {"already-offered", "sha256", "evidence with this digest was offered before"},
    };
    for (size_t i = 0; code != NULL && i < sizeof refusals / sizeof refusals[0]; i++) {
        if (strcmp(refusals[i].code, code) == 0) {
            decide_refusal_of(context, refusals[i].field, refusals[i].code, refusals[i].text);
        }
    }
    return code == NULL;
}

void decide_record_message(const struct context *context) {
    if (!allowed(context) || !taken(context, case_message_refusal(context->state))) {
        return;
    }
    struct fact *fact = decide_fact(context, FACT_MESSAGE_RECEIVED);
    fact->body.message_received.text = context->input->of.message->text;
    fact->body.message_received.unit = (char *)context->state->unit;
}

void decide_offer_evidence(const struct context *context) {
    const Redress__V1__OfferEvidence *offer = context->input->of.evidence;
    if (!allowed(context) || !taken(context, case_offer_refusal(context->state, offer->sha256))) {
        return;
    }
    Redress__V1__EvidenceOffered *body =
        &decide_fact(context, FACT_EVIDENCE_OFFERED)->body.evidence_offered;
    body->sha256 = offer->sha256;
    body->media_type = offer->media_type;
    body->size = offer->size;
    body->note = offer->note;
    body->unit = (char *)context->state->unit;
}

void decide_complainant_withdraws(const struct context *context) {
    if (!allowed(context)) {
        return;
    }
    Redress__V1__CaseWithdrawn *body = &decide_fact(context, FACT_CASE_WITHDRAWN)->body.withdrawn;
    body->reason = context->input->of.withdraw->reason;
    body->by_complainant = true;
    body->unit = (char *)context->state->unit;
}

void decide_complainant_reopens(const struct context *context) {
    const Redress__V1__ReopenCase *reopen = context->input->of.reopen;
    if (!allowed(context)) {
        return;
    }
    Redress__V1__CaseReopened *body = &decide_fact(context, FACT_CASE_REOPENED)->body.reopened;
    body->ground = reopen->ground;
    body->reason = reopen->reason;
    body->by_complainant = true;
    body->unit = (char *)context->state->unit;
}

void decide_message(const struct context *context) {
    decide_fact(context, FACT_MESSAGE_SENT)->body.message_sent.text =
        (char *)context->input->of.command->text;
}
