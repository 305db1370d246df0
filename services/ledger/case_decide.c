// SPDX-License-Identifier: Apache-2.0
// Deciding: what an input makes true of a case. One function a kind of input; a table picks it.
#include "decide.h"

#include "permission.h"
#include "workflow.h"

#include <string.h>

static void decide_submit(const struct context *context) {
    const Redress__V1__SubmitCase *submit = context->input->of.submit;
    const struct case_state *state = context->state;
    if (state->status != CASE_NONE) {
        if (memcmp(state->content_sha256, submit->content_sha256.data, 32) != 0) {
            decide_refusal(context, "content-differs", "another submission has this case id");
        }
        return; // the same submission again
    }
    struct fact *fact = decide_fact(context, FACT_CASE_REGISTERED);
    Redress__V1__CaseRegistered *body = &fact->body.registered;
    fact->meta.case_id = submit->meta->case_id;
    fact->meta.tenant = submit->meta->tenant;
    body->content_sha256 = submit->content_sha256;
    body->tracking_code = submit->tracking_code;
    body->channel = submit->channel;
    body->category = submit->category;
    body->narrative = submit->narrative;
    body->request = submit->request;
    body->received_at_ms = submit->received_at_ms;
    body->promised_at_ms = submit->promised_at_ms;
    body->anonymous = submit->anonymous;
    body->on_behalf_relation = submit->on_behalf_relation;
    body->n_contact_hashes = submit->n_contact_hashes;
    body->contact_hashes = submit->contact_hashes;
    body->contactable = submit->sealed_contact.len > 0;
    body->source = submit->source;
    body->language = submit->language;
}

static void decide_delivery(const struct context *context) {
    const Redress__V1__RecordDelivery *record = context->input->of.delivery;
    struct fact *fact = decide_fact(context, FACT_DELIVERY_RECORDED);
    Redress__V1__DeliveryRecorded *body = &fact->body.delivery;
    body->delivery_id = record->delivery_id;
    body->occasion_sequence = record->occasion_sequence;
    body->channel = record->channel;
    body->recipient = record->recipient;
    body->template_ = record->template_;
    body->state = record->state;
    body->attempts = record->attempts;
    body->failure = record->failure;
}

static const decider deciders[INPUT_KIND_COUNT] = {
    [INPUT_SUBMIT] = decide_submit,
    [INPUT_ASSESS] = decide_assess,
    [INPUT_ARM_CLOCK] = decide_arm,
    [INPUT_WARN_CLOCK] = decide_warn,
    [INPUT_BREACH_CLOCK] = decide_breach,
    [INPUT_END_CLOCK] = decide_end,
    [INPUT_RECORD_DELIVERY] = decide_delivery,
    [INPUT_RECORD_FEEDBACK] = decide_feedback,
    [INPUT_RECORD_MESSAGE] = decide_record_message,
    [INPUT_OFFER_EVIDENCE] = decide_offer_evidence,
    [INPUT_WITHDRAW_CASE] = decide_complainant_withdraws,
    [INPUT_REOPEN_CASE] = decide_complainant_reopens,
    [INPUT_ACCEPT] = decide_accept,
    [INPUT_REFUSE] = decide_refuse,
    [INPUT_REDIRECT] = decide_redirect,
    [INPUT_TRANSFER_EMERGENCY] = decide_transfer,
    [INPUT_RESOLVE_ON_SPOT] = decide_resolve,
    [INPUT_DISPATCH] = decide_dispatch,
    [INPUT_REQUEST_RETURN] = decide_return,
    [INPUT_DESIGNATE] = decide_designate,
    [INPUT_SIGN] = decide_sign,
    [INPUT_INVESTIGATE] = decide_investigate,
    [INPUT_SUSPEND] = decide_suspend,
    [INPUT_RESUME] = decide_resume,
    [INPUT_DECIDE] = decide_outcome,
    [INPUT_REPLY] = decide_reply,
    [INPUT_FOLLOW_UP] = decide_follow_up,
    [INPUT_REWORK] = decide_order_rework,
    [INPUT_CLOSE] = decide_close,
    [INPUT_REOPEN] = decide_reopen,
    [INPUT_REVIEW] = decide_review,
    [INPUT_RE_REVIEW] = decide_re_review,
    [INPUT_DECIDE_REVIEW] = decide_review_result,
    [INPUT_WITHDRAW] = decide_withdraw,
    [INPUT_REQUEST_TERMINATION] = decide_request_termination,
    [INPUT_TERMINATE] = decide_terminate,
    [INPUT_ARCHIVE] = decide_archive,
    [INPUT_ACKNOWLEDGE] = decide_acknowledge,
    [INPUT_COMMENT] = decide_comment,
    [INPUT_SET_ASSESSMENT] = decide_set_assessment,
    [INPUT_REVEAL] = decide_reveal,
    [INPUT_REQUEST_REVEAL] = decide_request_reveal,
    [INPUT_APPROVE_REVEAL] = decide_approve_reveal,
    [INPUT_DECLARE_CONFLICT] = decide_conflict,
    [INPUT_ERASE] = decide_erase,
    [INPUT_GRANT] = decide_grant,
    [INPUT_BREAK_GLASS] = decide_break_glass,
    [INPUT_REPORT_PROGRESS] = decide_progress,
    [INPUT_VISIT] = decide_visit,
    [INPUT_OPEN_IMPROVEMENT] = decide_open_improvement,
    [INPUT_COMPLETE_IMPROVEMENT] = decide_complete_improvement,
    [INPUT_RECORD_MEDIATION] = decide_mediation,
    [INPUT_MESSAGE] = decide_message,
    [INPUT_REQUEST_EXTENSION] = decide_request_extension,
    [INPUT_DECIDE_EXTENSION] = decide_extension,
    [INPUT_PAUSE_CLOCK] = decide_pause_clock,
    [INPUT_RESUME_CLOCK] = decide_resume_clock,
    [INPUT_SUPERVISE] = decide_supervise,
    [INPUT_ANSWER_SUPERVISION] = decide_answer_supervision,
    [INPUT_LIFT_SUPERVISION] = decide_lift_supervision,
    [INPUT_CONCERN_PERSON] = decide_concern_person,
    [INPUT_RAISE_ALLEGATION] = decide_raise_allegation,
    [INPUT_DECIDE_ALLEGATION] = decide_allegation,
    [INPUT_RECORD_AUTHORITY] = decide_authority,
    [INPUT_FORM_TEAM] = decide_team,
    [INPUT_REGISTER_EVIDENCE] = decide_evidence,
    [INPUT_ADD_CO_HANDLER] = decide_add_co_handler,
    [INPUT_REPORT_STAGE] = decide_report_stage,
    [INPUT_ANSWER_CO_HANDLING] = decide_answer_co_handling,
    [INPUT_NOTE_REPEAT] = decide_note_repeat,
    [INPUT_MERGE] = decide_merge,
    [INPUT_UNMERGE] = decide_unmerge,
};

const char *case_refusal_text(const char *code) {
    static const char *const texts[][2] = {
        {"role-not-allowed", "no role of this user may give this command"},
        {"not-your-unit", "another unit has the case"},
        {"not-your-region", "only who has the whole region may"},
        {"in-scope", "the case is in this user's scope already"},
        {"emergency-only",
         "a broken glass opens a case to read it, and for what an emergency needs"},
        {"wrong-state", "the case's state does not allow this command"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i][0], code) == 0) {
            return texts[i][1];
        }
    }
    return workflow_code_text(code);
}

static const char *judge(const struct case_state *state, const struct case_input *input) {
    if (input->kind >= INPUT_PROPOSAL_COUNT) {
        return case_permits(state, input->kind, input->of.command->actor);
    }
    return state->status == CASE_NONE && input->kind != INPUT_SUBMIT ? "unknown-case" : NULL;
}

// Where the way ends, no clock of the case itself runs on; where it begins again, visits are owed
// again that an end of before had silenced.
static void end_clocks(const struct context *context) {
    enum case_status status = decide_next_status(context);
    bool was_open = workflow_is_open(context->state->status);
    if (was_open && !workflow_is_open(status)) {
        decide_stop_all(context);
        decide_lapse(context);
    }
    if (!was_open && workflow_is_open(status)) {
        decide_visits_again(context);
    }
}

static bool may_end_or_begin(enum input_kind kind) {
    return kind >= INPUT_PROPOSAL_COUNT || kind == INPUT_WITHDRAW_CASE ||
           kind == INPUT_REOPEN_CASE || kind == INPUT_RECORD_FEEDBACK;
}

static bool is_quiet(const struct case_decision *decision) {
    bool is = true;
    for (size_t i = 0; i < decision->count && is; i++) {
        is = fact_is_quiet(decision->facts[i].kind);
    }
    return is;
}

// What follows from the facts of this decision itself.
static void follow(const struct context *context) {
    enum input_kind kind = context->input->kind;
    if (is_quiet(context->decision)) {
        return;
    }
    decide_stop_reached(context);
    if (may_end_or_begin(kind)) {
        end_clocks(context);
    }
    decide_supervision_by_rule(context);
}

static void begin(const struct case_state *state, struct case_decision *decision) {
    decision->verdict = CASE_DECIDED_NOTHING;
    decision->code = "";
    decision->text = "";
    decision->field = "";
    decision->count = 0;
    decision->alarm_count = 0;
    decision->withheld_count = state->conflict_count;
    for (size_t i = 0; i < state->conflict_count; i++) {
        decision->withheld_from[i] = (char *)state->conflicts[i];
    }
}

void case_decide_lead(const struct case_state *state, const struct case_input *input, bool leads,
                      int64_t now_ms, struct case_decision *decision) {
    const struct context context = {state, input, now_ms, decision};
    begin(state, decision);
    decide_passed_lead(&context, leads);
}

void case_decide(const struct case_state *state, const struct case_input *input, int64_t now_ms,
                 struct case_decision *decision) {
    const struct context context = {state, input, now_ms, decision};
    begin(state, decision);
    const char *code = judge(state, input);
    if (code != NULL) {
        decide_refusal(&context, code, case_refusal_text(code));
        return;
    }
    deciders[input->kind](&context);
    if (decision->verdict != CASE_DECIDED_FACTS) {
        return;
    }
    if (input->unhandled_to != NULL) { // since a grant has ended
        decide_alarm_to(&context, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_ASSIGNEE,
                        input->unhandled_to);
    }
    if (input->unsupervised_to != NULL) { // by this input, or since a grant has ended
        decide_alarm_to(&context, REDRESS__V1__ALARM_KIND__ALARM_KIND_NO_SUPERVISOR,
                        input->unsupervised_to);
    }
    follow(&context);
}
