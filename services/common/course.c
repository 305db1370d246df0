// SPDX-License-Identifier: Apache-2.0
// Facts are taken one by one; before each, what has happened of itself by then is settled.
#include "common/course.h"

#include <string.h>

_Static_assert(COURSE_CHANGES < DEADLINE_CHANGES, "room for one that is asked for");

struct taking {
    const struct policy_choice *choice;
    struct course *course;
    struct error *error;
    struct deadline_change changes[COURSE_CHANGES];
    size_t change_count;
    int64_t start_ms;
    const char *restart_ground;
    int64_t pause_cap_ms; // when the pause that is on ends of itself
};

#define REFUSE(taking, code, ...)                                                                  \
    ({                                                                                             \
        error_fill((taking)->error, RC_CONFLICT, code, "", __VA_ARGS__);                           \
        RC_CONFLICT;                                                                               \
    })

static void compute(struct taking *taking) {
    struct deadline *deadline = &taking->course->deadline;
    deadline_of_choice(taking->choice, taking->start_ms, taking->changes, taking->change_count,
                       deadline);
    deadline->steps[0].text = taking->restart_ground;
}

static void enter(struct taking *taking, enum course_state state, int64_t at_ms) {
    taking->course->state = state;
    taking->course->since_ms = at_ms;
    taking->course->resumes_by_ms = state == COURSE_PAUSED ? taking->pause_cap_ms : 0;
}

static void end_pause(struct taking *taking, int64_t at_ms) {
    taking->changes[taking->change_count - 1].to_ms = at_ms;
    compute(taking);
    enter(taking, COURSE_RUNNING, at_ms);
}

// What happens by a moment without any fact.
static void settle(struct taking *taking, int64_t at_ms) {
    struct course *course = taking->course;
    if (course->state == COURSE_PAUSED && taking->pause_cap_ms < at_ms) {
        end_pause(taking, taking->pause_cap_ms);
    }
    if (course->state == COURSE_RUNNING && course->deadline.due_at_ms < at_ms) {
        enter(taking, COURSE_BREACHED, course->deadline.due_at_ms);
    }
}

// What pauses on a ground have used of its cap, in the cap's measure.
static int64_t cap_used(const struct taking *taking, const struct policy_pause *pause) {
    const struct calendar *calendar = taking->course->deadline.policy->calendar;
    int64_t used = 0;
    for (size_t i = 0; i < taking->change_count; i++) {
        const struct deadline_change *change = &taking->changes[i];
        if (change->is_pause && strcmp(change->ground, pause->ground) == 0) {
            used += limit_measure(calendar, pause->cap.unit, change->from_ms, change->to_ms);
        }
    }
    return used;
}

static enum rc begin_pause(struct taking *taking, const struct course_event *event,
                           int64_t until_ms) {
    taking->pause_cap_ms = until_ms;
    taking->changes[taking->change_count++] = (struct deadline_change){
        .is_pause = true, .from_ms = event->at_ms, .to_ms = until_ms, .ground = event->ground};
    compute(taking); // at the latest, then
    enter(taking, COURSE_PAUSED, event->at_ms);
    return RC_OK;
}

// What has happened, and a change that is asked for.
static size_t list_with(const struct taking *taking, const struct deadline_change *change,
                        struct deadline_change list[DEADLINE_CHANGES]) {
    memcpy(list, taking->changes, taking->change_count * sizeof *list);
    list[taking->change_count] = *change;
    return taking->change_count + 1;
}

// No pause lasts beyond what the law leaves to the clock.
static int64_t lawful_until(const struct taking *taking, const struct course_event *event,
                            int64_t cap_ms) {
    struct deadline_change list[DEADLINE_CHANGES];
    struct deadline_law law;
    const struct deadline_change pause = {
        .is_pause = true, .from_ms = event->at_ms, .to_ms = cap_ms, .ground = event->ground};
    deadline_law(taking->choice, taking->start_ms, list, list_with(taking, &pause, list), &law);
    return law.bounds && law.latest_ms < cap_ms ? law.latest_ms : cap_ms;
}

static enum rc take_pause(struct taking *taking, const struct course_event *event) {
    const struct deadline *deadline = &taking->course->deadline;
    if (taking->change_count == COURSE_CHANGES) {
        return REFUSE(taking, "too-many", "more than %d changes of one clock", COURSE_CHANGES);
    }
    if (event->recorded) {
        return begin_pause(taking, event, event->until_ms);
    }
    const struct policy_pause *pause = policy_pause_on(deadline->rule, event->ground);
    if (taking->course->state != COURSE_RUNNING) {
        return REFUSE(taking, "not-running", "only a running clock can be paused");
    }
    if (pause == NULL) {
        return REFUSE(taking, "unknown-ground", "%s of %s is no ground for a pause",
                      event->ground == NULL ? "that" : event->ground, deadline->rule->id);
    }
    int64_t used = cap_used(taking, pause);
    if (used >= limit_amount(pause->cap)) {
        return REFUSE(taking, "cap-used", "the cap of pauses for %s is used up", pause->ground);
    }
    int64_t cap_ms = limit_end(deadline->policy->calendar, pause->cap, event->at_ms, -used).at_ms;
    int64_t until_ms = lawful_until(taking, event, cap_ms);
    if (until_ms <= event->at_ms) {
        return REFUSE(taking, "cap-used", "the law leaves no time for a pause");
    }
    return begin_pause(taking, event, until_ms);
}

static enum rc take_resume(struct taking *taking, const struct course_event *event) {
    if (taking->course->state != COURSE_PAUSED) {
        return REFUSE(taking, "not-paused", "only a paused clock can be resumed");
    }
    end_pause(taking, event->at_ms);
    return RC_OK;
}

static bool is_given(const char *text) { return text != NULL && text[0] != '\0'; }

static bool outlasts(struct limit one, struct limit other) {
    return one.unit != other.unit || limit_amount(one) > limit_amount(other);
}

static enum rc check_extension(struct taking *taking, const struct course_event *event) {
    const struct course *course = taking->course;
    const struct policy_extension *extension = course->deadline.rule->extension;
    if (extension == NULL) {
        return REFUSE(taking, "no-extension", "%s can't be extended", course->deadline.rule->id);
    }
    if (course->state != COURSE_RUNNING && course->state != COURSE_PAUSED) {
        return REFUSE(taking, "too-late", "an extension must be asked for before the limit ends");
    }
    if (course->extensions >= extension->count) {
        return REFUSE(taking, "too-often", "it may be extended %u times", extension->count);
    }
    if (event->limit.value == 0) {
        return REFUSE(taking, "too-long", "the extension is nothing");
    }
    if (extension->limit != NULL && outlasts(event->limit, *extension->limit)) {
        return REFUSE(taking, "too-long", "longer than allowed, %u %s, or in another unit",
                      extension->limit->value, limit_unit_name(extension->limit->unit));
    }
    if ((event->approver & extension->approved_by) == 0) {
        return REFUSE(taking, "not-approved", "who approved it may not");
    }
    bool needs_reason =
        extension->reason_above == NULL || outlasts(event->limit, *extension->reason_above);
    if (needs_reason && (!is_given(event->reason) || !is_given(event->plan))) {
        return REFUSE(taking, "reason-missing", "the complainant is told a reason and a plan");
    }
    return RC_OK;
}

// An extension that carries a clock beyond what a law below allowed until now is one of the law's:
// by its rule, and by whom it names.
static enum rc check_law(struct taking *taking, const struct course_event *event) {
    struct deadline_change list[DEADLINE_CHANGES];
    struct deadline_law before;
    struct deadline_law after;
    const struct deadline_change change = {.from_ms = event->at_ms, .limit = event->limit};
    size_t count = list_with(taking, &change, list);
    deadline_law(taking->choice, taking->start_ms, list, count - 1, &before);
    deadline_law(taking->choice, taking->start_ms, list, count, &after);
    if (!after.bounds || after.own_ms <= before.latest_ms) {
        return RC_OK;
    }
    const char *name = taking->choice->law->id;
    const struct policy_extension *extension = taking->choice->law->extension;
    if (extension == NULL) {
        return REFUSE(taking, "too-long", "%s, a law's limit, can't be extended", name);
    }
    if (before.extensions >= extension->count) {
        return REFUSE(taking, "too-often", "by law, %s may be extended %u times", name,
                      extension->count);
    }
    if (after.lawful_ms > after.latest_ms) {
        return REFUSE(taking, "too-long", "longer than the law allows: %s", name);
    }
    if ((event->approver & extension->approved_by) == 0) {
        return REFUSE(taking, "not-approved", "who approved it may not by law: %s", name);
    }
    return is_given(event->reason) && is_given(event->plan)
               ? RC_OK
               : REFUSE(taking, "reason-missing", "the complainant is told a reason and a plan");
}

// Whether one limit ends later than another that begins with it.
static bool ends_later(const struct taking *taking, struct limit one, struct limit other,
                       int64_t from_ms) {
    const struct calendar *calendar = taking->course->deadline.policy->calendar;
    return one.unit == other.unit ? limit_amount(one) > limit_amount(other)
                                  : limit_end(calendar, one, from_ms, 0).at_ms >
                                        limit_end(calendar, other, from_ms, 0).at_ms;
}

// What counts of an extension that was granted by the rule of then: no more, and no more often,
// than the rule of now allows.
static struct deadline_change left_of(const struct taking *taking,
                                      const struct course_event *event) {
    const struct policy_extension *extension = taking->course->deadline.rule->extension;
    struct deadline_change change = {.from_ms = event->at_ms, .limit = event->limit};
    if (extension == NULL || taking->course->extensions >= extension->count) {
        change.granted = event->limit;
        change.limit.value = 0;
    } else if (extension->limit != NULL &&
               ends_later(taking, event->limit, *extension->limit, event->at_ms)) {
        change.granted = event->limit;
        change.limit = *extension->limit;
    }
    return change;
}

static enum rc take_extend(struct taking *taking, const struct course_event *event) {
    if (taking->change_count == COURSE_CHANGES) {
        return REFUSE(taking, "too-many", "more than %d changes of one clock", COURSE_CHANGES);
    }
    enum rc rc = event->recorded ? RC_OK : check_extension(taking, event);
    rc = rc == RC_OK && !event->recorded ? check_law(taking, event) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    struct deadline_change change =
        event->recorded ? left_of(taking, event)
                        : (struct deadline_change){.from_ms = event->at_ms, .limit = event->limit};
    size_t at = taking->change_count;
    // The pause that is on stays the last change: its end is still to come.
    if (taking->course->state == COURSE_PAUSED) {
        taking->changes[at] = taking->changes[at - 1];
        at--;
    }
    taking->changes[at] = change;
    taking->change_count++;
    taking->course->extensions += change.limit.value != 0 ? 1 : 0;
    compute(taking);
    return RC_OK;
}

static enum rc take_restart(struct taking *taking, const struct course_event *event) {
    const struct policy_rule *rule = taking->course->deadline.rule;
    if (event->recorded || policy_restarts_on(rule, event->ground)) {
        taking->change_count = 0;
        taking->start_ms = event->at_ms;
        taking->restart_ground = event->ground;
        taking->course->extensions = 0;
        taking->course->late = false;
        taking->course->restarts++;
        compute(taking);
        enter(taking, COURSE_RUNNING, event->at_ms);
        return RC_OK;
    }
    return REFUSE(taking, "unknown-ground", "%s of %s is no ground to begin again",
                  event->ground == NULL ? "that" : event->ground, rule->id);
}

static enum rc take_stop(struct taking *taking, const struct course_event *event) {
    if (taking->course->state == COURSE_STOPPED) {
        return REFUSE(taking, "not-running", "it has stopped before");
    }
    if (taking->course->state == COURSE_PAUSED) {
        end_pause(taking, event->at_ms);
    }
    taking->course->late = taking->course->state == COURSE_BREACHED;
    enter(taking, COURSE_STOPPED, event->at_ms);
    return RC_OK;
}

static enum rc (*const takers[])(struct taking *, const struct course_event *) = {
    [COURSE_PAUSE] = take_pause,     [COURSE_RESUME] = take_resume, [COURSE_EXTEND] = take_extend,
    [COURSE_RESTART] = take_restart, [COURSE_STOP] = take_stop,
};

enum rc course_run(const struct policy_choice *choice, int64_t start_ms,
                   const struct course_event *events, size_t count, int64_t now_ms,
                   struct course *course, struct error *error) {
    struct taking taking = {
        .choice = choice, .course = course, .error = error, .start_ms = start_ms};
    course->late = false;
    course->extensions = 0;
    course->restarts = 0;
    compute(&taking);
    enter(&taking, COURSE_RUNNING, start_ms);
    int64_t before = start_ms;
    for (size_t i = 0; i < count; i++) {
        if (events[i].at_ms < before || events[i].at_ms > now_ms) {
            return REFUSE(&taking, "unordered", "facts must be in order, from the start until now");
        }
        before = events[i].at_ms;
        settle(&taking, before);
        enum rc rc = takers[events[i].kind](&taking, &events[i]);
        if (rc != RC_OK) {
            return rc;
        }
    }
    settle(&taking, now_ms);
    return RC_OK;
}

int64_t course_amended_due(int64_t due_ms, int64_t amended_ms, int64_t now_ms) {
    return due_ms <= now_ms || amended_ms <= now_ms ? due_ms : amended_ms;
}
