// SPDX-License-Identifier: Apache-2.0
// A line is a template of its kind and language; {words} stand for the step's members.
#include "common/deadline_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LANGUAGES 2
#define VALUE_SIZE 420

static const struct {
    const char *code;
    const char *lines[LANGUAGES];
} kinds[] = {
    [DEADLINE_START] = {"start", {"自{at}起算{again}", "runs from {at}{again}"}},
    [DEADLINE_RULE] = {"rule",
                       {"依据{policy} {rule}（{source}）：{limit}",
                        "by {policy} {rule} ({source}): {limit}"}},
    [DEADLINE_LAW] = {"law",
                      {"法定期限优先：依据{policy} {rule}（{source}）：{limit}",
                       "the law's limit goes first: {policy} {rule} ({source}): {limit}"}},
    [DEADLINE_COUNTING] = {"counting", {"{counting}", "{counting}"}},
    [DEADLINE_PAUSED] = {"paused",
                         {"因{text}中止，自{at}至{to}，扣除{amount}",
                          "paused for {text} from {at} to {to}: {amount} excluded"}},
    [DEADLINE_EXTENDED] = {"extended", {"{at}延长{limit}", "extended at {at} by {limit}"}},
    [DEADLINE_EXTENDED_LESS] = {"extended_less",
                                {"{at}批准延长{granted}；现行{policy} {rule}至多{limit}，按此计",
                                 "extended at {at} by {granted}; {policy} {rule}, which holds now, "
                                 "allows {limit}: that counts"}},
    [DEADLINE_EXTENDED_NOT] = {"extended_not",
                               {"{at}批准延长{granted}；现行{policy} {rule}不允许，不计入",
                                "extended at {at} by {granted}; {policy} {rule}, which holds now, "
                                "does not allow it: not counted"}},
    [DEADLINE_LAST_DAY] = {"last_day", {"最后一日为{day}", "the last day is {day}"}},
    [DEADLINE_ROLLED] = {"rolled",
                         {"{day}为休息日，顺延至{to_day}", "{day} is off, rolls to {to_day}"}},
    [DEADLINE_LATEST] = {"latest",
                         {"法定最迟期限：依据{policy} {rule}（{source}），不得晚于{at}",
                          "the law lets it run no longer: {policy} {rule} ({source}), until {at}"}},
    [DEADLINE_DUE] = {"due", {"到期{at}{provisional}", "due {at}{provisional}"}},
};

static const char *const unit_names[LANGUAGES][LIMIT_WORKING_DAYS + 1] = {
    {"秒", "分钟", "小时", "个工作小时", "个自然日", "个月", "个工作日"},
    {" seconds", " minutes", " hours", " working hours", " calendar days", " months",
     " working days"},
};
static const char *const source_kinds[] = {"law", "standard", "plan", "ours"};

struct view {
    const struct deadline *deadline;
    const struct deadline_step *step;
    enum deadline_language language;
};

static void put_time(const struct view *view, int64_t at_ms, char value[VALUE_SIZE]) {
    char text[CLOCK_TEXT_SIZE];
    zone_format(calendar_zone(view->deadline->policy->calendar), at_ms, text);
    snprintf(value, VALUE_SIZE, "%s", text);
}

static void put_day(civil_day day, char value[VALUE_SIZE]) {
    char text[CIVIL_DAY_TEXT_SIZE];
    civil_day_format(day, text);
    snprintf(value, VALUE_SIZE, "%s", text);
}

static void put_limit(const struct view *view, const struct limit *limit, char value[VALUE_SIZE]) {
    snprintf(value, VALUE_SIZE, "%u%s", limit->value, unit_names[view->language][limit->unit]);
}

static void put_counting(const struct view *view, char value[VALUE_SIZE]) {
    const struct limit *limit = &view->step->limit;
    const char *calendar = calendar_label(view->deadline->policy->calendar);
    bool chinese = view->language == DEADLINE_CHINESE;
    if (limit->unit == LIMIT_WORKING_HOURS) {
        snprintf(value, VALUE_SIZE,
                 chinese ? "只计工作时间；日历%s"
                         : "working time alone counts; "
                           "calendar %s",
                 calendar);
    } else if (!limit_is_by_day(limit->unit)) {
        snprintf(value, VALUE_SIZE, "%s",
                 chinese ? "自该时刻起连续计算" : "runs on from that moment");
    } else if (chinese) {
        snprintf(value, VALUE_SIZE, "起算日%s，期限至最后一日24时%s；日历%s",
                 limit->counts_start_day ? "计入" : "不计入",
                 limit->keeps_last_day ? "，不顺延" : "", calendar);
    } else {
        snprintf(value, VALUE_SIZE,
                 "the start day is %s, the last day ends at 24:00%s; calendar %s",
                 limit->counts_start_day ? "counted" : "not counted",
                 limit->keeps_last_day ? " and does not roll" : "", calendar);
    }
}

static void put_amount(const struct view *view, char value[VALUE_SIZE]) {
    const struct deadline_step *step = view->step;
    bool by_day = limit_is_by_day(step->limit.unit);
    enum limit_unit unit = !by_day                                  ? LIMIT_SECONDS
                           : step->limit.unit == LIMIT_WORKING_DAYS ? LIMIT_WORKING_DAYS
                                                                    : LIMIT_CALENDAR_DAYS;
    const char *name = unit_names[view->language][unit];
    // To the millisecond, as the times beside it are: what they give must be what was excluded.
    if (!by_day && step->amount % 1000 != 0) {
        snprintf(value, VALUE_SIZE, "%" PRId64 ".%03" PRId64 "%s", step->amount / 1000,
                 step->amount % 1000, name);
    } else {
        snprintf(value, VALUE_SIZE, "%" PRId64 "%s", by_day ? step->amount : step->amount / 1000,
                 name);
    }
}

static void put_provisional(const struct view *view, char value[VALUE_SIZE]) {
    static const char *const words[] = {"（该年度日历尚未公布，暂定）",
                                        " (provisional: that year's calendar is not published)"};
    snprintf(value, VALUE_SIZE, "%s", view->deadline->provisional ? words[view->language] : "");
}

// The value of one {word}.
static void put(const struct view *view, const char *word, char value[VALUE_SIZE]) {
    const struct deadline_step *step = view->step;
    value[0] = '\0';
    if (strcmp(word, "at") == 0) {
        put_time(view, step->at_ms, value);
    } else if (strcmp(word, "to") == 0) {
        put_time(view, step->to_ms, value);
    } else if (strcmp(word, "day") == 0) {
        put_day(step->day, value);
    } else if (strcmp(word, "to_day") == 0) {
        put_day(step->to_day, value);
    } else if (strcmp(word, "limit") == 0) {
        put_limit(view, &step->limit, value);
    } else if (strcmp(word, "granted") == 0) {
        put_limit(view, &step->granted, value);
    } else if (strcmp(word, "policy") == 0) {
        snprintf(value, VALUE_SIZE, "%s", step->policy->label);
    } else if (strcmp(word, "rule") == 0) {
        snprintf(value, VALUE_SIZE, "%s", step->rule->id);
    } else if (strcmp(word, "source") == 0) {
        snprintf(value, VALUE_SIZE, "%s", step->rule->source.text);
    } else if (strcmp(word, "text") == 0) {
        snprintf(value, VALUE_SIZE, "%s", step->text == NULL ? "" : step->text);
    } else if (strcmp(word, "again") == 0 && step->text != NULL) {
        snprintf(value, VALUE_SIZE,
                 view->language == DEADLINE_CHINESE ? "（因%s重新起算）" : ", again for %s",
                 step->text);
    } else if (strcmp(word, "counting") == 0) {
        put_counting(view, value);
    } else if (strcmp(word, "amount") == 0) {
        put_amount(view, value);
    } else if (strcmp(word, "provisional") == 0) {
        put_provisional(view, value);
    }
}

void deadline_line(const struct deadline *deadline, unsigned step, enum deadline_language language,
                   char line[DEADLINE_LINE_SIZE]) {
    const struct view view = {deadline, &deadline->steps[step], language};
    const char *at = kinds[view.step->kind].lines[language];
    size_t used = 0;
    line[0] = '\0';
    while (*at != '\0' && used + 1 < DEADLINE_LINE_SIZE) {
        char word[16];
        char value[VALUE_SIZE];
        size_t plain = strcspn(at, "{");
        int added = 0;
        if (plain > 0) {
            added = snprintf(line + used, DEADLINE_LINE_SIZE - used, "%.*s", (int)plain, at);
            at += plain;
        } else {
            size_t size = strcspn(at, "}");
            snprintf(word, sizeof word, "%.*s", (int)size - 1, at + 1);
            put(&view, word, value);
            added = snprintf(line + used, DEADLINE_LINE_SIZE - used, "%s", value);
            at += size + 1;
        }
        used += (size_t)added;
    }
}

static json_t *time_json(const struct deadline *deadline, int64_t at_ms) {
    char text[CLOCK_TEXT_SIZE];
    zone_format(calendar_zone(deadline->policy->calendar), at_ms, text);
    return json_string(text);
}

static json_t *day_json(civil_day day) {
    char text[CIVIL_DAY_TEXT_SIZE];
    civil_day_format(day, text);
    return json_string(text);
}

static void add_members(json_t *json, const struct deadline *deadline,
                        const struct deadline_step *step) {
    enum deadline_step_kind kind = step->kind;
    bool cut = kind == DEADLINE_EXTENDED_LESS || kind == DEADLINE_EXTENDED_NOT;
    if (kind == DEADLINE_START || kind == DEADLINE_PAUSED || kind == DEADLINE_EXTENDED || cut ||
        kind == DEADLINE_LATEST || kind == DEADLINE_DUE) {
        json_object_set_new(json, "at", time_json(deadline, step->at_ms));
    }
    if (kind == DEADLINE_PAUSED) {
        json_object_set_new(json, "to", time_json(deadline, step->to_ms));
        json_object_set_new(json, "amount", json_integer(step->amount));
    }
    if (step->text != NULL) {
        json_object_set_new(json, "ground", json_string(step->text));
    }
    if (kind == DEADLINE_LAST_DAY || kind == DEADLINE_ROLLED) {
        json_object_set_new(json, "day", day_json(step->day));
    }
    if (kind == DEADLINE_ROLLED) {
        json_object_set_new(json, "to_day", day_json(step->to_day));
    }
    if (cut) {
        json_object_set_new(json, "granted_value", json_integer(step->granted.value));
        json_object_set_new(json, "granted_unit", json_string(limit_unit_name(step->granted.unit)));
    }
    if (kind == DEADLINE_RULE || kind == DEADLINE_LAW || cut || kind == DEADLINE_LATEST) {
        json_object_set_new(json, "policy", json_string(step->policy->label));
        json_object_set_new(json, "rule", json_string(step->rule->id));
        json_object_set_new(json, "source", json_string(step->rule->source.text));
        json_object_set_new(json, "source_kind",
                            json_string(source_kinds[step->rule->source.kind]));
    }
    if (kind == DEADLINE_RULE || kind == DEADLINE_LAW || kind == DEADLINE_EXTENDED || cut ||
        kind == DEADLINE_COUNTING) {
        json_object_set_new(json, "value", json_integer(step->limit.value));
        json_object_set_new(json, "unit", json_string(limit_unit_name(step->limit.unit)));
    }
}

json_t *deadline_json(const struct deadline *deadline, enum deadline_language language) {
    json_t *steps = json_array();
    json_t *warns = json_array();
    const struct calendar *calendar = deadline->policy->calendar;
    for (unsigned i = 0; i < deadline->step_count; i++) {
        char line[DEADLINE_LINE_SIZE];
        deadline_line(deadline, i, language, line);
        json_t *step =
            json_pack("{s:s, s:s}", "step", kinds[deadline->steps[i].kind].code, "text", line);
        add_members(step, deadline, &deadline->steps[i]);
        json_array_append_new(steps, step);
    }
    for (unsigned i = 0; i < deadline->warn_count; i++) {
        json_array_append_new(warns, time_json(deadline, deadline->warn_at_ms[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:b, s:s, s:s, s:s, s:s, s:o}", "start_at",
                     time_json(deadline, deadline->start_at_ms), "due_at",
                     time_json(deadline, deadline->due_at_ms), "warn_at", warns, "provisional",
                     deadline->provisional, "policy", deadline->policy->label, "rule",
                     deadline->rule->id, "calendar", calendar_label(calendar), "zone",
                     zone_name(calendar_zone(calendar)), "steps", steps);
}
