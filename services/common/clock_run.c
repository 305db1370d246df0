// SPDX-License-Identifier: Apache-2.0
// Recorded changes become events of the course; what was lawful then is not judged again.
#include "common/clock_run.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/time_order.h"

#include <stdio.h>
#include <string.h>

#define EVENTS (2 * COURSE_CHANGES + 2)

#define COPY(target, source) snprintf(target, sizeof(target), "%s", source)

static void add_situation(struct clock_about *about, const char *situation) {
    if (about->about.situation_count < CLOCK_SITUATIONS + 1) {
        about->situations[about->about.situation_count++] = situation;
    }
}

void clock_about_init(struct clock_about *about, const char *category, uint32_t urgency,
                      uint32_t crisis, uint32_t channel, const char *situations) {
    char *rest = about->texts;
    about->about = (struct policy_case){.category = category,
                                        .severity = urgency <= 4 ? urgency : 0,
                                        .channel = channel <= 8 ? channel : 0,
                                        .situations = about->situations};
    COPY(about->texts, situations);
    add_situation(about, policy_crisis(crisis));
    for (char *at = strsep(&rest, ","); at != NULL; at = strsep(&rest, ",")) {
        if (at[0] != '\0') {
            add_situation(about, at);
        }
    }
}

// Events of the run, in order; how many.
static size_t list_events(const struct clock_run *run, struct course_event events[EVENTS]) {
    size_t count = 0;
    if (run->restarted_on[0] != '\0') {
        events[count++] = (struct course_event){.kind = COURSE_RESTART,
                                                .at_ms = run->started_at_ms,
                                                .ground = run->restarted_on,
                                                .recorded = true};
    }
    for (size_t i = 0; i < run->change_count; i++) {
        const struct clock_change *change = &run->changes[i];
        bool pause = change->ground[0] != '\0';
        events[count++] = (struct course_event){.kind = pause ? COURSE_PAUSE : COURSE_EXTEND,
                                                .at_ms = change->from_ms,
                                                .ground = change->ground,
                                                .limit = change->limit,
                                                .until_ms = change->until_ms,
                                                .recorded = true};
        // A pause that used its cap up ended of itself.
        if (pause && change->to_ms != 0 && change->to_ms < change->until_ms) {
            events[count++] = (struct course_event){
                .kind = COURSE_RESUME, .at_ms = change->to_ms, .recorded = true};
        }
    }
    return count;
}

// "supervision-2" is a clock by the rule of "supervision".
static void rule_name(const char *name, char rule[CLOCK_NAME_SIZE]) {
    const char *dash = strrchr(name, '-');
    bool numbered =
        dash != NULL && dash[1] != '\0' && dash[1 + strspn(dash + 1, "0123456789")] == '\0';
    snprintf(rule, CLOCK_NAME_SIZE, "%.*s", numbered ? (int)(dash - name) : CLOCK_NAME_SIZE, name);
}

enum rc clock_run_course(const struct policy *const *policies, size_t count,
                         const struct policy_case *about, const struct clock_run *run,
                         const struct course_event *event, int64_t now_ms, struct course *course,
                         struct error *error) {
    struct policy_choice choice;
    struct course_event events[EVENTS];
    char clock[CLOCK_NAME_SIZE];
    rule_name(run->name, clock);
    if (!policy_choose(policies, count, about, clock, run->started_at_ms, &choice)) {
        error_set(error, RC_NOT_FOUND, "no policy has a rule for the clock %s", run->name);
        return RC_NOT_FOUND;
    }
    size_t event_count = list_events(run, events);
    // An extension that was granted while a pause lasted stands between its two ends.
    time_order(events, event_count, sizeof events[0], offsetof(struct course_event, at_ms));
    if (event != NULL) {
        events[event_count++] = *event;
    }
    return course_run(&choice, run->started_at_ms, events, event_count, now_ms, course, error);
}

void clock_terms_fill(struct clock_terms *terms, const char *name, const char *restarted_on,
                      const struct deadline *deadline) {
    memset(terms, 0, offsetof(struct clock_terms, explanation));
    COPY(terms->name, name);
    COPY(terms->restarted_on, restarted_on);
    COPY(terms->stops_on, deadline->rule->stops_on);
    COPY(terms->policy_version, deadline->policy->label);
    COPY(terms->calendar_version, calendar_label(deadline->policy->calendar));
    terms->started_at_ms = deadline->start_at_ms;
    memcpy(terms->warn_at_ms, deadline->warn_at_ms,
           deadline->warn_count * sizeof terms->warn_at_ms[0]);
    terms->warn_count = deadline->warn_count;
    terms->due_at_ms = deadline->due_at_ms;
    terms->provisional = deadline->provisional;
    terms->lapses = deadline->rule->lapses;
    terms->line_count = deadline->step_count;
    for (unsigned i = 0; i < deadline->step_count; i++) {
        deadline_line(deadline, i, DEADLINE_CHINESE, terms->explanation[i]);
    }
}

void clock_terms_stand(struct clock_terms *terms) {
    COPY(terms->explanation[0], "现行规则已无此时限，按已告知的期限计算");
    terms->line_count = 1;
}

void clock_terms_to_message(const struct clock_terms *terms, struct clock_terms_message *message) {
    redress__v1__clock_terms__init(&message->terms);
    for (unsigned i = 0; i < terms->line_count; i++) {
        message->lines[i] = (char *)terms->explanation[i];
    }
    message->terms.name = (char *)terms->name;
    message->terms.started_at_ms = terms->started_at_ms;
    if (terms->warn_count > 0) {
        message->terms.warn_at_ms = terms->warn_at_ms[0];
        message->terms.n_later_warns_at_ms = terms->warn_count - 1;
        message->terms.later_warns_at_ms = (int64_t *)terms->warn_at_ms + 1;
    }
    message->terms.due_at_ms = terms->due_at_ms;
    message->terms.policy_version = (char *)terms->policy_version;
    message->terms.calendar_version = (char *)terms->calendar_version;
    message->terms.n_explanation = terms->line_count;
    message->terms.explanation = message->lines;
    message->terms.provisional = terms->provisional;
    message->terms.stops_on = (char *)terms->stops_on;
    message->terms.lapses = terms->lapses;
    message->terms.restarted_on = (char *)terms->restarted_on;
}

static bool read_change(struct clock_change *change, const Redress__V1__ClockChange *message) {
    memset(change, 0, sizeof *change);
    COPY(change->ground, message->ground);
    change->from_ms = message->from_ms;
    change->to_ms = message->to_ms;
    change->until_ms = message->until_ms;
    change->limit.value = message->value;
    change->limit.keeps_last_day = message->last_day_kept;
    return message->ground[0] != '\0' || limit_unit_read(message->unit, &change->limit.unit);
}

static bool fits(const char *text, size_t least, size_t room) {
    size_t size = strlen(text);
    return size >= least && size < room && text_is_clean(text, size);
}

bool clock_run_read(struct clock_run *run, const Redress__V1__ClockRun *message) {
    if (!fits(message->name, 1, CLOCK_NAME_SIZE) ||
        !fits(message->restarted_on, 0, CLOCK_CODE_SIZE) ||
        !clock_is_time(message->started_at_ms)) {
        return false;
    }
    run->name = message->name;
    run->started_at_ms = message->started_at_ms;
    run->restarted_on = message->restarted_on;
    run->change_count = 0;
    for (size_t i = 0; i < message->n_changes && i < COURSE_CHANGES; i++) {
        if (!fits(message->changes[i]->ground, 0, CLOCK_CODE_SIZE) ||
            !read_change(&run->changes[run->change_count++], message->changes[i])) {
            return false;
        }
    }
    return message->n_changes <= COURSE_CHANGES;
}

void clock_run_forget(struct clock_run *run, int64_t before_ms) {
    size_t kept = 0;
    for (size_t i = 0; i < run->change_count; i++) {
        if (run->changes[i].from_ms >= before_ms) {
            run->changes[kept++] = run->changes[i];
        }
    }
    run->change_count = kept;
}
