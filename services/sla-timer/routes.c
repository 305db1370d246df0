// SPDX-License-Identifier: Apache-2.0
// What-if: when a clock that began then would be due, and why.
#include "routes.h"

#include "rulebook.h"

#include "common/clock.h"
#include "common/deadline_text.h"
#include "common/json.h"
#include "common/region.h"

#include <string.h>

struct question {
    const char *institution;
    const char *clock;
    const char *urgency;
    const char *category;
    const char *situation;
    const char *start;
};

#define TEXT(member, required, least, most)                                                        \
    JSON_FIELD(JSON_FIELD_TEXT, struct question, member, #member, required, least, most)
static const struct json_field fields[] = {
    TEXT(institution, true, 1, 32), TEXT(clock, true, 1, 32),      TEXT(urgency, false, 2, 2),
    TEXT(category, false, 1, 64),   TEXT(situation, false, 1, 64), TEXT(start, true, 20, 39)};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static enum rc compute(const struct region *region, const struct question *question,
                       struct deadline *deadline, struct error *error) {
    int64_t start = 0;
    struct policy_case about;
    if (!region_case(region, question->institution, &about)) {
        return error_field(error, "unknown-code", "institution", "institution names nothing");
    }
    if (question->urgency != NULL) {
        about.severity = (unsigned)(question->urgency[1] - '0');
        if (question->urgency[0] != 'P' || about.severity < 1 || about.severity > 4) {
            return error_field(error, "unknown-code", "urgency", "urgency must be P1 to P4");
        }
    }
    about.category = question->category;
    about.situations = &question->situation;
    about.situation_count = question->situation == NULL ? 0 : 1;
    if (clock_parse(question->start, &start, error) != RC_OK) {
        return error_field(error, "bad-time", "start", "start is not an RFC 3339 time with zone");
    }
    return deadline_compute(region->policies, region->policy_count, &about, question->clock, start,
                            deadline)
               ? RC_OK
               : error_field(error, "unknown-code", "clock", "no such clock runs on such a case");
}

static json_t *time_text(int64_t ms) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(ms, text);
    return json_string(text);
}

static json_t *to_json(const struct deadline *deadline) {
    json_t *lines = json_array();
    json_t *whole = deadline_json(deadline, DEADLINE_CHINESE);
    for (unsigned i = 0; i < deadline->step_count; i++) {
        char line[DEADLINE_LINE_SIZE];
        deadline_line(deadline, i, DEADLINE_CHINESE, line);
        json_array_append_new(lines, json_string(line));
    }
    json_t *answer = json_pack(
        "{s:o, s:o, s:b, s:o, s:O, s:s, s:s}", "due_at", time_text(deadline->due_at_ms), "warn_at",
        time_text(deadline->warn_at_ms[0]), "provisional", deadline->provisional, "explanation",
        lines, "steps", json_object_get(whole, "steps"), "policy_version", deadline->policy->label,
        "calendar_version", calendar_label(deadline->policy->calendar));
    json_decref(whole);
    return answer;
}

static void post_due_date(struct http_request *request, void *context) {
    struct question question = {0};
    struct deadline deadline;
    struct error error;
    size_t size = 0;
    json_t *body = NULL;
    const char *text = http_body(request, &size);
    enum rc rc = json_read_object(text, size, &body, &error);
    rc = rc == RC_OK ? json_bind(body, "", fields, FIELD_COUNT, &question, &error) : rc;
    bool meaning = rc == RC_OK;
    const struct region_edition *edition = region_book_hold(context);
    rc = rc == RC_OK ? compute(edition->region, &question, &deadline, &error) : rc;
    json_t *answer = rc == RC_OK ? to_json(&deadline) : NULL;
    region_book_release(edition);
    json_decref(body);
    if (rc != RC_OK) {
        http_reply_problem(request, meaning ? 422 : 0, &error);
        return;
    }
    http_reply_json(request, 200, answer);
}

const struct http_route sla_timer_routes[] = {{"POST", "/v1/due-dates", post_due_date, 0}};
const size_t sla_timer_route_count = sizeof sla_timer_routes / sizeof sla_timer_routes[0];
