// SPDX-License-Identifier: Apache-2.0
// Deciding: what an input makes true of a case. One function a kind of input; a table picks it.
#include "case.h"

#include "common/ident.h"

#include <stdio.h>
#include <string.h>

struct context {
    const struct case_state *state;
    const struct case_input *input;
    int64_t now_ms;
    struct case_decision *decision;
};

static void refuse(const struct context *context, const char *code, const char *text) {
    context->decision->verdict = CASE_DECIDED_REFUSAL;
    context->decision->code = code;
    context->decision->text = text;
}

static struct fact *add_fact(const struct context *context, enum fact_kind kind) {
    struct case_decision *decision = context->decision;
    struct fact *fact = &decision->facts[decision->count++];
    fact_init(fact, kind);
    fact->meta.case_id = (char *)context->state->case_id;
    fact->meta.tenant = (char *)context->state->tenant;
    fact->meta.decided_at_ms = context->now_ms;
    fact->meta.actor = (char *)context->input->actor;
    fact->meta.cause_id = (char *)context->input->cause_id;
    decision->verdict = CASE_DECIDED_FACTS;
    return fact;
}

// A clock that was breached has told so already and needs no stop.
static void stop_clock(const struct context *context, const struct case_clock *clock) {
    if (!case_clock_runs(clock)) {
        return;
    }
    struct fact *fact = add_fact(context, FACT_CLOCK_STOPPED);
    fact->body.clock_stopped.name = (char *)clock->name;
    fact->body.clock_stopped.version = clock->version;
}

static void stop_named_clock(const struct context *context, const char *name) {
    stop_clock(context, case_clock_find(context->state, name));
}

static bool alarm_room(const struct case_state *state) { return state->alarm_count < CASE_ALARMS; }

// The unit is given, because a dispatch in the same decision may have changed it.
static void raise_alarm(const struct context *context, Redress__V1__AlarmKind kind,
                        const char *clock) {
    const struct case_state *state = context->state;
    if (!alarm_room(state)) {
        return;
    }
    char ordinal[16];
    snprintf(ordinal, sizeof ordinal, "%u", state->alarm_ordinal + 1);
    ident_uuid_from((const char *const[]){"alarm", state->case_id, ordinal, NULL},
                    context->decision->alarm_id);
    struct fact *fact = add_fact(context, FACT_ALARM_RAISED);
    fact->body.alarm_raised.alarm_id = context->decision->alarm_id;
    fact->body.alarm_raised.kind = kind;
    fact->body.alarm_raised.clock = (char *)clock;
    fact->body.alarm_raised.ordinal = state->alarm_ordinal + 1;
    fact->body.alarm_raised.unit = (char *)state->unit;
}

static void decide_submit(const struct context *context) {
    const Redress__V1__SubmitCase *submit = context->input->of.submit;
    const struct case_state *state = context->state;
    if (state->status != CASE_NONE) {
        if (memcmp(state->content_sha256, submit->content_sha256.data, 32) != 0) {
            refuse(context, "content-differs", "another submission has this case id");
        }
        return; // the same submission again
    }
    struct fact *fact = add_fact(context, FACT_CASE_REGISTERED);
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

// Both levels in force after an assessment: text raises, never lowers what a person set.
static uint32_t raised_urgency(uint32_t person, uint32_t proposed) {
    return person != 0 && person < proposed ? person : proposed; // P1 is the most urgent
}

static uint32_t raised_crisis(uint32_t person, uint32_t proposed) {
    return person > proposed ? person : proposed;
}

static bool is_urgent(uint32_t urgency, uint32_t crisis) {
    return urgency == REDRESS__V1__URGENCY__URGENCY_P1 ||
           crisis >= REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R3;
}

static void alarm_if_urgent(const struct context *context, uint32_t urgency, uint32_t crisis) {
    if (is_urgent(urgency, crisis) && !context->state->urgent_alarmed &&
        context->state->status != CASE_CLOSED) {
        raise_alarm(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_URGENT, "");
    }
}

static void decide_assess(const struct context *context) {
    const Redress__V1__AssessCase *assess = context->input->of.assess;
    const struct case_state *state = context->state;
    uint32_t urgency = raised_urgency(state->person_urgency, (uint32_t)assess->urgency);
    uint32_t crisis = raised_crisis(state->person_crisis, (uint32_t)assess->crisis);
    if (state->status == CASE_CLOSED) {
        refuse(context, "closed", "the case is closed");
        return;
    }
    bool by_person = state->person_urgency != 0;
    if (by_person && urgency == state->urgency && crisis == state->crisis) {
        return; // nothing that a person did not know
    }
    struct fact *fact = add_fact(context, FACT_CASE_ASSESSED);
    Redress__V1__CaseAssessed *body = &fact->body.assessed;
    body->category = by_person ? (char *)state->category : assess->category;
    body->subject = by_person ? (char *)state->subject : assess->subject;
    body->urgency = (Redress__V1__Urgency)urgency;
    body->crisis = (Redress__V1__CrisisLevel)crisis;
    body->confidence_permille = assess->confidence_permille;
    body->n_reasons = assess->n_reasons;
    body->reasons = assess->reasons;
    body->lexicon_version = assess->lexicon_version;
    body->received_at_ms = state->received_at_ms;
    alarm_if_urgent(context, urgency, crisis);
}

static bool waits_for_nothing(const struct case_state *state, const char *clock) {
    if (state->status == CASE_CLOSED) {
        return true;
    }
    if (strcmp(clock, "first_response") == 0) {
        return state->first_response_at_ms != 0;
    }
    return strcmp(clock, "resolution") == 0 && state->replied_at_ms != 0;
}

// A clock "escalation-<ordinal>" runs for that alarm, while nobody has acknowledged it.
static const struct case_alarm *alarm_of_clock(const struct case_state *state, const char *clock) {
    unsigned ordinal = 0;
    if (sscanf(clock, "escalation-%u", &ordinal) != 1) {
        return NULL;
    }
    for (size_t i = 0; i < state->alarm_count; i++) {
        if (state->alarms[i].ordinal == ordinal) {
            return &state->alarms[i];
        }
    }
    return NULL;
}

static bool is_escalation(const char *clock) { return strncmp(clock, "escalation-", 11) == 0; }

static bool same_terms(const struct case_clock *clock, const Redress__V1__ClockTerms *terms) {
    return clock->due_at_ms == terms->due_at_ms && clock->warn_at_ms == terms->warn_at_ms;
}

static void decide_arm(const struct context *context) {
    Redress__V1__ClockTerms *terms = context->input->of.arm->terms;
    const struct case_state *state = context->state;
    const struct case_clock *clock = case_clock_find(state, terms->name);
    if (is_escalation(terms->name)) {
        const struct case_alarm *alarm = alarm_of_clock(state, terms->name);
        if (alarm == NULL || alarm->acknowledged || case_clock_runs(clock)) {
            return;
        }
    } else if (waits_for_nothing(state, terms->name) ||
               (clock != NULL && (same_terms(clock, terms) || !case_clock_runs(clock)))) {
        return; // a breached clock stays breached: escalation is never reset
    }
    if (clock == NULL && state->clock_count == CASE_CLOCKS) {
        refuse(context, "too-many-clocks", "the case has no room for another clock");
        return;
    }
    struct fact *fact = add_fact(context, FACT_CLOCK_ARMED);
    terms->version = clock == NULL ? 1 : clock->version + 1;
    fact->body.clock_armed.terms = terms;
}

static void decide_warn(const struct context *context) {
    const Redress__V1__WarnClock *warn = context->input->of.warn;
    const struct case_clock *clock = case_clock_find(context->state, warn->name);
    if (clock == NULL || clock->version != warn->version || clock->warn_at_ms == 0 ||
        clock->state != CLOCK_STATE_RUNNING || context->now_ms < clock->warn_at_ms) {
        return;
    }
    struct fact *fact = add_fact(context, FACT_CLOCK_WARNED);
    fact->body.clock_warned.name = (char *)clock->name;
    fact->body.clock_warned.version = clock->version;
    fact->body.clock_warned.due_at_ms = clock->due_at_ms;
    fact->body.clock_warned.unit = (char *)context->state->unit;
}

static void escalate(const struct context *context, const struct case_clock *clock) {
    const struct case_alarm *alarm = alarm_of_clock(context->state, clock->name);
    if (alarm == NULL || alarm->acknowledged) {
        return;
    }
    struct fact *fact = add_fact(context, FACT_CASE_ESCALATED);
    fact->body.escalated.level = clock->version;
    fact->body.escalated.alarm_id = (char *)alarm->alarm_id;
    fact->body.escalated.clock = (char *)alarm->clock;
    fact->body.escalated.ordinal = alarm->ordinal;
    fact->body.escalated.unit = (char *)context->state->unit;
}

static void decide_breach(const struct context *context) {
    const Redress__V1__BreachClock *breach = context->input->of.breach;
    const struct case_clock *clock = case_clock_find(context->state, breach->name);
    if (!case_clock_runs(clock) || clock->version != breach->version ||
        context->now_ms < clock->due_at_ms) {
        return;
    }
    if (is_escalation(clock->name)) {
        escalate(context, clock);
        return;
    }
    struct fact *fact = add_fact(context, FACT_CLOCK_BREACHED);
    fact->body.clock_breached.name = (char *)clock->name;
    fact->body.clock_breached.version = clock->version;
    fact->body.clock_breached.due_at_ms = clock->due_at_ms;
    raise_alarm(context, REDRESS__V1__ALARM_KIND__ALARM_KIND_BREACH, clock->name);
}

static void decide_delivery(const struct context *context) {
    const Redress__V1__RecordDelivery *record = context->input->of.delivery;
    struct fact *fact = add_fact(context, FACT_DELIVERY_RECORDED);
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

static void decide_feedback(const struct context *context) {
    const Redress__V1__RecordFeedback *record = context->input->of.feedback;
    const struct case_state *state = context->state;
    if (state->status != CASE_REPLIED && state->status != CASE_CLOSED) {
        refuse(context, "not-rateable", "the case has no reply yet");
        return;
    }
    if (state->rating != 0) {
        refuse(context, "already-rated", "the handling was rated before");
        return;
    }
    struct fact *fact = add_fact(context, FACT_FEEDBACK_RECORDED);
    fact->body.feedback.overall = record->overall;
    fact->body.feedback.timeliness = record->timeliness;
    fact->body.feedback.attitude = record->attitude;
    fact->body.feedback.solved = record->solved;
    fact->body.feedback.comment = record->comment;
}

static void decide_accept(const struct context *context) {
    add_fact(context, FACT_CASE_ACCEPTED)->body.accepted.note =
        (char *)context->input->of.command->text;
    stop_named_clock(context, "first_response");
}

static void decide_dispatch(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = add_fact(context, FACT_CASE_DISPATCHED);
    fact->body.dispatched.unit = (char *)command->unit;
    fact->body.dispatched.note = (char *)command->text;
}

static void decide_sign(const struct context *context) {
    struct fact *fact = add_fact(context, FACT_CASE_SIGNED);
    fact->body.signed_for.unit = (char *)context->state->unit;
    fact->body.signed_for.handler = (char *)context->input->actor;
}

static void decide_outcome(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    struct fact *fact = add_fact(context, FACT_CASE_DECIDED);
    fact->body.decided.outcome = (Redress__V1__Outcome)command->outcome;
    fact->body.decided.responsible_unit = (char *)command->unit;
    fact->body.decided.findings = (char *)command->text;
}

static void decide_reply(const struct context *context) {
    add_fact(context, FACT_CASE_REPLIED)->body.replied.reply =
        (char *)context->input->of.command->text;
    stop_named_clock(context, "first_response");
    stop_named_clock(context, "resolution");
}

static void decide_close(const struct context *context) {
    const struct case_state *state = context->state;
    add_fact(context, FACT_CASE_CLOSED)->body.closed.note =
        (char *)context->input->of.command->text;
    // An alarm outlives the case until a person takes it, so its clock runs on.
    for (size_t i = 0; i < state->clock_count; i++) {
        if (!is_escalation(state->clocks[i].name)) {
            stop_clock(context, &state->clocks[i]);
        }
    }
}

static void decide_acknowledge(const struct context *context) {
    const struct case_state *state = context->state;
    const struct case_alarm *alarm = case_alarm_find(state, context->input->of.command->alarm_id);
    if (alarm == NULL) {
        refuse(context, "unknown-alarm", "the case has no such alarm");
        return;
    }
    if (alarm->acknowledged) {
        refuse(context, "already-acknowledged", "a person has this alarm already");
        return;
    }
    add_fact(context, FACT_ALARM_ACKNOWLEDGED)->body.alarm_acknowledged.alarm_id =
        (char *)alarm->alarm_id;
    snprintf(context->decision->clock_name, sizeof context->decision->clock_name, "escalation-%u",
             alarm->ordinal);
    stop_named_clock(context, context->decision->clock_name);
}

static void decide_comment(const struct context *context) {
    add_fact(context, FACT_CASE_COMMENTED)->body.commented.comment =
        (char *)context->input->of.command->text;
}

static void decide_set_assessment(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    uint32_t urgency = command->urgency != 0 ? command->urgency : state->urgency;
    uint32_t crisis = command->crisis != 0 ? command->crisis : state->crisis;
    const char *category = command->category != NULL ? command->category : state->category;
    struct fact *fact = add_fact(context, FACT_CASE_ASSESSED);
    Redress__V1__CaseAssessed *body = &fact->body.assessed;
    body->category = (char *)category;
    body->subject = (char *)(command->subject != NULL    ? command->subject
                             : command->category != NULL ? ""
                                                         : state->subject);
    body->urgency = urgency != 0 ? (Redress__V1__Urgency)urgency : REDRESS__V1__URGENCY__URGENCY_P3;
    body->crisis = (Redress__V1__CrisisLevel)crisis;
    body->confidence_permille = 1000;
    body->received_at_ms = state->received_at_ms;
    alarm_if_urgent(context, urgency, crisis);
}

static void decide_reveal(const struct context *context) {
    add_fact(context, FACT_CASE_REVEALED)->body.revealed.reason =
        (char *)context->input->of.command->text;
}

static void (*const deciders[INPUT_KIND_COUNT])(const struct context *) = {
    [INPUT_SUBMIT] = decide_submit,
    [INPUT_ASSESS] = decide_assess,
    [INPUT_ARM_CLOCK] = decide_arm,
    [INPUT_WARN_CLOCK] = decide_warn,
    [INPUT_BREACH_CLOCK] = decide_breach,
    [INPUT_RECORD_DELIVERY] = decide_delivery,
    [INPUT_RECORD_FEEDBACK] = decide_feedback,
    [INPUT_ACCEPT] = decide_accept,
    [INPUT_DISPATCH] = decide_dispatch,
    [INPUT_SIGN] = decide_sign,
    [INPUT_DECIDE] = decide_outcome,
    [INPUT_REPLY] = decide_reply,
    [INPUT_CLOSE] = decide_close,
    [INPUT_ACKNOWLEDGE] = decide_acknowledge,
    [INPUT_COMMENT] = decide_comment,
    [INPUT_SET_ASSESSMENT] = decide_set_assessment,
    [INPUT_REVEAL] = decide_reveal,
};

void case_decide(const struct case_state *state, const struct case_input *input, int64_t now_ms,
                 struct case_decision *decision) {
    const struct context context = {state, input, now_ms, decision};
    decision->verdict = CASE_DECIDED_NOTHING;
    decision->code = "";
    decision->text = "";
    decision->count = 0;
    if (input->kind >= INPUT_PROPOSAL_COUNT) {
        const char *code = case_permits(state, input->kind, input->of.command->actor);
        if (code != NULL) {
            refuse(&context, code, "this user may not do this to this case now");
            return;
        }
    } else if (state->status == CASE_NONE && input->kind != INPUT_SUBMIT) {
        refuse(&context, "unknown-case", "there is no such case");
        return;
    }
    deciders[input->kind](&context);
}
