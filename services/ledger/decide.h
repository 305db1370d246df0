// SPDX-License-Identifier: Apache-2.0
// For the decide_*.c files alone: what a decider is given, and what all of them do alike.
#pragma once

#include "case.h"

struct context {
    const struct case_state *state;
    const struct case_input *input;
    int64_t now_ms;
    struct case_decision *decision;
};

typedef void (*decider)(const struct context *context);

void decide_refusal(const struct context *context, const char *code, const char *text);
// The same, of one field of the command's body.
void decide_refusal_of(const struct context *context, const char *field, const char *code,
                       const char *text);
// A fact with its meta filled; its body is the caller's to fill.
struct fact *decide_fact(const struct context *context, enum fact_kind kind);
// What the case is now. Borrows from the state.
void decide_traits(const struct case_state *state, Redress__V1__CaseTraits *traits);
// A clock that was breached has told so already and needs no stop; one whose due time has passed
// without anybody telling is breached, not stopped.
void decide_stop(const struct context *context, const struct case_clock *clock);
void decide_stop_named(const struct context *context, const char *name);
// Whether the decision's facts so far stop or breach it.
bool decide_has_ended(const struct case_decision *decision, const struct case_clock *clock);
// Breaches what is past its due time, though nobody has told so yet, before it is given another.
void decide_tell_late(const struct context *context);
// The facts alone, whatever the time is.
void decide_stopped(const struct context *context, const struct case_clock *clock);
void decide_breached(const struct context *context, const struct case_clock *clock);
// Of a clock that this very decision arms, by its terms.
void decide_breached_terms(const struct context *context, const Redress__V1__ClockTerms *terms);
// Where the facts of the decision so far lead.
enum case_status decide_next_status(const struct context *context);
// An escalation outlives the case until a person takes its alarm, so its clock runs on; so do
// visits after a crisis.
void decide_stop_all(const struct context *context);
// Whom a review's clock is of: those of an institution or above who decided nothing of the case.
// Borrows from the state and the decision.
struct reviewers {
    char *of; // "" for a clock that is not theirs
    char **decided_by;
    size_t decided_count;
};
struct reviewers decide_reviewers(const struct context *context);
struct reviewers decide_reviewers_of_clock(const struct context *context, const char *clock);
void decide_alarm(const struct context *context, Redress__V1__AlarmKind kind);
// Stops the clocks that wait for what the decision's facts have made true.
void decide_stop_reached(const struct context *context);
// Stops the clocks that wait for what only another reply can lead to.
void decide_stop_unreachable(const struct context *context);
// An alarm that climbs the ladder of another unit than the case's.
void decide_alarm_to(const struct context *context, Redress__V1__AlarmKind kind, const char *unit);
// Raises the alarm of a case that was not urgent before, or whose crisis is worse; not while one
// waits for somebody.
void decide_urgent_alarm(const struct context *context, uint32_t urgency, uint32_t crisis);
// The alarm of a case that has ended, for what its complainant writes now.
void decide_alarm_of_text(const struct context *context, uint32_t urgency, uint32_t crisis);
// Whether what somebody asks for is due in time to come that can be watched; else refuses.
bool decide_bounds_due(const struct context *context, int64_t due_at_ms);
// Dissatisfied: not solved, or a score (0: none given) below 3.
bool decide_is_dissatisfied(bool solved, uint32_t score);
// "supervision-3"; in the decision's storage, which one clock's name fills at a time.
const char *decide_clock_name(const struct context *context, const char *prefix, uint32_t number);
// Who handles the case now; "" nobody.
const char *decide_handled_by(const struct case_state *state);
// Whether the input sends the case back to be handled by somebody else.
bool decide_reworks(const struct case_state *state, const struct case_input *input);
void decide_rework(const struct context *context, const char *reason);
// An alarm where the input leaves the case with nobody who can act (unstaffed_to).
void decide_unstaffed(const struct context *context);

// What was recorded of the runs that did not begin at the reception or were changed since.
void decide_list_runs(const struct context *context, Redress__V1__CaseAssessed *body);
// Of terms that follow from a fact of before the last assessment, which could not count their run,
// or that don't know all of the run's pauses and extensions: the run, and what the case is now.
void decide_tell_overtaken(const struct context *context, Redress__V1__ClockArmed *body);
// What the case was before an assessment, and what was reached: where rules that hold from now on
// may begin.
void decide_list_reached(const struct context *context, Redress__V1__CaseAssessed *body);
// A clock's new terms: the next version, and what held before.
Redress__V1__ClockArmed *decide_armed(const struct context *context, const struct case_clock *clock,
                                      Redress__V1__ClockTerms *terms, const char *reason);

// A clock that a case is given only now rests as the case does, or did since the clock began, as
// its rule has it.
void decide_pause_armed(const struct context *context, const Redress__V1__ClockTerms *armed);
// A clock that rests gets other terms for the time after its pause, which stays.
void decide_amended_pause(const struct context *context, const struct case_clock *clock,
                          const struct case_change *pause, Redress__V1__ClockTerms *terms);

// Says that these terms end a pause of their clock alone: by a command, with its note, or because
// its cap is used up.
void decide_tell_alone(const struct context *context, const struct case_change *pause,
                       const char *note, Redress__V1__ClockArmed *body);

// decide_clocks.c
void decide_arm(const struct context *context);
void decide_warn(const struct context *context);
void decide_breach(const struct context *context);
void decide_end(const struct context *context);
// decide_pauses.c
void decide_suspend(const struct context *context);
void decide_resume(const struct context *context);
// A suspended case goes on, its clocks by these plans.
void decide_run_on(const struct context *context, const struct case_plan *plans, size_t count,
                   const char *note);
void decide_pause_clock(const struct context *context);
void decide_resume_clock(const struct context *context);
// Clocks that rest alone run on, those of these plans that do.
void decide_run_on_alone(const struct context *context, const struct case_plan *plans, size_t count,
                         const char *note);
void decide_request_extension(const struct context *context);
void decide_extension(const struct context *context);
// decide_casework.c
void decide_accept(const struct context *context);
void decide_refuse(const struct context *context);
void decide_redirect(const struct context *context);
void decide_transfer(const struct context *context);
void decide_resolve(const struct context *context);
void decide_dispatch(const struct context *context);
void decide_return(const struct context *context);
void decide_designate(const struct context *context);
void decide_sign(const struct context *context);
void decide_investigate(const struct context *context);
void decide_outcome(const struct context *context);
void decide_reply(const struct context *context);
// decide_closure.c
void decide_feedback(const struct context *context);
void decide_follow_up(const struct context *context);
void decide_order_rework(const struct context *context);
void decide_close(const struct context *context);
void decide_reopen(const struct context *context);
void decide_review(const struct context *context);
void decide_re_review(const struct context *context);
void decide_review_result(const struct context *context);
void decide_withdraw(const struct context *context);
void decide_request_termination(const struct context *context);
void decide_terminate(const struct context *context);
void decide_archive(const struct context *context);
// decide_contact.c
void decide_record_message(const struct context *context);
void decide_offer_evidence(const struct context *context);
void decide_complainant_withdraws(const struct context *context);
void decide_complainant_reopens(const struct context *context);
void decide_message(const struct context *context);
// decide_promises.c
// Whether an assessment, whose levels are filled, promises more than was promised before.
void decide_promised(const struct context *context, Redress__V1__CaseAssessed *body);
void decide_progress(const struct context *context);
void decide_visit(const struct context *context);
// Arms anew what an end of the case had stopped, as ends did before visits outlived them.
void decide_visits_again(const struct context *context);
void decide_mediation(const struct context *context);
void decide_open_improvement(const struct context *context);
void decide_complete_improvement(const struct context *context);
// decide_desk.c
void decide_acknowledge(const struct context *context);
void decide_comment(const struct context *context);
// decide_assessment.c
// What the case would be by an assessment of either kind. Borrows from both.
void decide_found(const struct case_state *state, const struct case_input *input,
                  Redress__V1__CaseTraits *found);
void decide_assess(const struct context *context);
void decide_set_assessment(const struct context *context);
// decide_access.c
void decide_reveal(const struct context *context);
void decide_request_reveal(const struct context *context);
void decide_approve_reveal(const struct context *context);
void decide_conflict(const struct context *context);
void decide_erase(const struct context *context);
void decide_grant(const struct context *context);
void decide_break_glass(const struct context *context);
// decide_supervision.c
void decide_supervise(const struct context *context);
void decide_answer_supervision(const struct context *context);
void decide_lift_supervision(const struct context *context);
// Whether the table of triggers names facts of this kind.
bool decide_may_supervise(enum fact_kind kind);
// Raises the order that what was decided calls for, by the table of triggers.
void decide_supervision_by_rule(const struct context *context);
// Where a case ends without a closure, its orders lapse.
void decide_lapse(const struct context *context);
// decide_persons.c
void decide_concern_person(const struct context *context);
void decide_raise_allegation(const struct context *context);
void decide_allegation(const struct context *context);
void decide_authority(const struct context *context);
void decide_team(const struct context *context);
void decide_evidence(const struct context *context);
// decide_joint.c
void decide_add_co_handler(const struct context *context);
void decide_report_stage(const struct context *context);
void decide_answer_co_handling(const struct context *context);
// Where the lead decides, no co-handler's clock runs on.
void decide_stop_co_handling(const struct context *context);
// A co-handler that becomes the lead owes nobody an answer; one that leads no more owes it again.
void decide_lead(const struct context *context, const char *unit);
// decide_cluster.c
void decide_note_repeat(const struct context *context);
void decide_merge(const struct context *context);
// Nobody joins; the reason is said in the case that ended.
void decide_passed_lead(const struct context *context, bool leads);
void decide_unmerge(const struct context *context);
