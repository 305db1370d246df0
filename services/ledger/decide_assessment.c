// SPDX-License-Identifier: Apache-2.0
// What a case is found to be, by triage or by a person, and what follows at once.
#include "decide.h"

#include "permission.h"
#include "workflow.h"

#include <string.h>

// Both levels in force after an assessment: text raises them, and never lowers what a person or
// another text has made of them. An urgent one overtakes those that are not.
static uint32_t raised_urgency(uint32_t known, uint32_t proposed) {
    return known != 0 && known < proposed ? known : proposed; // P1 is the most urgent
}

static uint32_t raised_crisis(uint32_t known, uint32_t proposed) {
    return known > proposed ? known : proposed;
}

static bool is_by_person(const struct case_state *state) { return state->person_urgency != 0; }

// Only what the case was registered with says what it is about.
static void find_by_text(const struct case_state *state, const Redress__V1__AssessCase *assess,
                         Redress__V1__CaseTraits *found) {
    bool stands = is_by_person(state) || assess->of_later_text;
    found->category = stands ? (char *)state->category : assess->category;
    found->urgency = (Redress__V1__Urgency)raised_urgency(state->urgency, assess->urgency);
    found->crisis = (Redress__V1__CrisisLevel)raised_crisis(state->crisis, assess->crisis);
}

static void find_by_person(const struct case_state *state, const struct case_command *command,
                           Redress__V1__CaseTraits *found) {
    uint32_t urgency = command->urgency != 0 ? command->urgency : state->urgency;
    uint32_t crisis = command->crisis != 0 ? command->crisis : state->crisis;
    const char *category = command->category != NULL ? command->category : state->category;
    const char *situations = command->situations != NULL ? command->situations : state->situations;
    found->category = (char *)category;
    found->urgency =
        urgency != 0 ? (Redress__V1__Urgency)urgency : REDRESS__V1__URGENCY__URGENCY_P3;
    found->crisis = (Redress__V1__CrisisLevel)crisis;
    found->situations = (char *)situations;
}

void decide_found(const struct case_state *state, const struct case_input *input,
                  Redress__V1__CaseTraits *found) {
    redress__v1__case_traits__init(found);
    decide_traits(state, found);
    if (input->kind == INPUT_ASSESS) {
        find_by_text(state, input->of.assess, found);
    } else {
        find_by_person(state, input->of.command, found);
    }
}

// The fact, whose subject, reasons and confidence are the caller's to fill.
static Redress__V1__CaseAssessed *tell_found(const struct context *context,
                                             const Redress__V1__CaseTraits *found) {
    struct fact *fact = decide_fact(context, FACT_CASE_ASSESSED);
    Redress__V1__CaseAssessed *body = &fact->body.assessed;
    body->category = found->category;
    body->urgency = found->urgency;
    body->crisis = found->crisis;
    body->situations = found->situations;
    body->received_at_ms = context->state->received_at_ms;
    fact->traits.category = found->category;
    fact->traits.urgency = found->urgency;
    fact->traits.crisis = found->crisis;
    fact->traits.situations = found->situations;
    return body;
}

// Whoever writes once more of what somebody has taken may be in danger once more.
static void alarm_found(const struct context *context, const Redress__V1__CaseAssessed *body) {
    const struct case_input *input = context->input;
    if (input->kind == INPUT_ASSESS && input->of.assess->of_later_text) {
        decide_alarm_of_text(context, (uint32_t)input->of.assess->urgency,
                             (uint32_t)input->of.assess->crisis);
    } else {
        decide_urgent_alarm(context, (uint32_t)body->urgency, (uint32_t)body->crisis);
    }
}

// What the clocks are to know of it. A pause holds on the grounds of the rule that holds now.
static void follow_found(const struct context *context, Redress__V1__CaseAssessed *body) {
    const struct case_input *input = context->input;
    decide_tell_late(context);
    decide_list_runs(context, body);
    decide_list_reached(context, body);
    decide_promised(context, body);
    alarm_found(context, body);
    if (input->waits_in_vain) {
        decide_run_on(context, input->plans, input->plan_count, "");
    }
    decide_run_on_alone(context, input->plans, input->plan_count, "");
}

// Nobody assesses it any more; who writes that they are in danger is heard all the same.
static void decide_ended(const struct context *context, const Redress__V1__AssessCase *assess) {
    if (assess->of_later_text) {
        decide_alarm_of_text(context, (uint32_t)assess->urgency, (uint32_t)assess->crisis);
        return;
    }
    decide_refusal(context, "closed", "the case is closed");
}

void decide_assess(const struct context *context) {
    const Redress__V1__AssessCase *assess = context->input->of.assess;
    const struct case_state *state = context->state;
    Redress__V1__CaseTraits found;
    bool stands = is_by_person(state) || assess->of_later_text; // but for the levels
    decide_found(state, context->input, &found);
    if (!workflow_is_open(state->status)) {
        decide_ended(context, assess);
        return;
    }
    if (stands && (uint32_t)found.urgency == state->urgency &&
        (uint32_t)found.crisis == state->crisis) {
        if (assess->of_later_text) { // whose alarm was taken may be in danger once more
            decide_alarm_of_text(context, (uint32_t)assess->urgency, (uint32_t)assess->crisis);
        }
        return; // nothing that was not known
    }
    Redress__V1__CaseAssessed *body = tell_found(context, &found);
    body->subject = stands ? (char *)state->subject : assess->subject;
    body->confidence_permille = assess->confidence_permille;
    body->n_reasons = assess->n_reasons;
    body->reasons = assess->reasons;
    body->lexicon_version = assess->lexicon_version;
    follow_found(context, body);
}

static bool keeps(const char *asked, const char *now) {
    return asked == NULL || strcmp(asked, now) == 0;
}

// Nothing else: another category or situation may make the case wait longer. P1 is most.
static bool only_raises(const struct case_state *state, const struct case_command *command) {
    return keeps(command->category, state->category) && keeps(command->subject, state->subject) &&
           keeps(command->situations, state->situations) &&
           (command->urgency == 0 || state->urgency == 0 || command->urgency <= state->urgency) &&
           (command->crisis == 0 || command->crisis >= state->crisis);
}

void decide_set_assessment(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    const struct case_state *state = context->state;
    Redress__V1__CaseTraits found;
    if (permission_by_glass_alone(state, command->actor) && !only_raises(state, command)) {
        decide_refusal(context, "emergency-only",
                       "a broken glass raises, and changes nothing else");
        return;
    }
    decide_found(state, context->input, &found);
    Redress__V1__CaseAssessed *body = tell_found(context, &found);
    body->subject = (char *)(command->subject != NULL    ? command->subject
                             : command->category != NULL ? ""
                                                         : state->subject);
    body->reason = (char *)command->text;
    body->confidence_permille = 1000;
    follow_found(context, body);
}
