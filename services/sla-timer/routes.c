// SPDX-License-Identifier: Apache-2.0
// What-if: when a clock that began then would be due, and why.
#include "routes.h"

#include "common/clock.h"
#include "common/deadline.h"
#include "common/json.h"

#include <string.h>

struct question {
    const char *institution;
    const char *clock;
    const char *urgency;
    const char *start;
};

#define TEXT(member, required, least, most)                                                        \
    JSON_FIELD(JSON_FIELD_TEXT, struct question, member, #member, required, least, most)
static const struct json_field fields[] = {TEXT(institution, true, 1, 32), TEXT(clock, true, 1, 32),
                                           TEXT(urgency, false, 2, 2), TEXT(start, true, 20, 39)};

struct answer {
    const struct region_policy *policy;
    struct deadline deadline;
};

static enum rc compute(const struct region *region, const struct question *question,
                       struct answer *answer, struct error *error) {
    int64_t start = 0;
    unsigned urgency = 0;
    answer->policy = region_policy(region, question->institution);
    if (answer->policy == NULL) {
        return error_field(error, "unknown-code", "institution", "institution names nothing");
    }
    const struct region_clock *clock = region_clock(answer->policy, question->clock);
    if (clock == NULL) {
        return error_field(error, "unknown-code", "clock", "the policy has no such clock");
    }
    if (question->urgency != NULL) {
        urgency = (unsigned)(question->urgency[1] - '0');
        if (question->urgency[0] != 'P' || urgency < 1 || urgency > 4) {
            return error_field(error, "unknown-code", "urgency", "urgency must be P1 to P4");
        }
    }
    if (clock_parse(question->start, &start, error) != RC_OK) {
        return error_field(error, "bad-time", "start", "start is not an RFC 3339 time with zone");
    }
    return deadline_compute(region, answer->policy, clock, urgency, start, &answer->deadline)
               ? RC_OK
               : error_field(error, "unknown-code", "clock", "this clock does not run here");
}

static json_t *time_text(int64_t ms) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(ms, text);
    return json_string(text);
}

static json_t *to_json(const struct region *region, const struct answer *answer) {
    json_t *lines = json_array();
    for (unsigned i = 0; i < answer->deadline.line_count; i++) {
        json_array_append_new(lines, json_string(answer->deadline.explanation[i]));
    }
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:s}", "due_at",
                     time_text(answer->deadline.due_at_ms), "warn_at",
                     time_text(answer->deadline.warn_at_ms), "provisional",
                     answer->deadline.provisional, "explanation", lines, "policy_version",
                     json_sprintf("%s@%u", answer->policy->id, answer->policy->version),
                     "calendar_version", calendar_label(region->calendar));
}

static void post_due_date(struct http_request *request, void *context) {
    const struct region *region = context;
    struct question question = {0};
    struct answer answer;
    struct error error;
    size_t size = 0;
    json_t *body = NULL;
    const char *text = http_body(request, &size);
    enum rc rc = json_read_object(text, size, &body, &error);
    rc = rc == RC_OK ? json_bind(body, "", fields, 4, &question, &error) : rc;
    bool meaning = rc == RC_OK;
    rc = rc == RC_OK ? compute(region, &question, &answer, &error) : rc;
    json_decref(body);
    if (rc != RC_OK) {
        http_reply_problem(request, meaning ? 422 : 0, &error);
        return;
    }
    http_reply_json(request, 200, to_json(region, &answer));
}

const struct http_route sla_timer_routes[] = {{"POST", "/v1/due-dates", post_due_date, 0}};
const size_t sla_timer_route_count = sizeof sla_timer_routes / sizeof sla_timer_routes[0];
