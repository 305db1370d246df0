// SPDX-License-Identifier: Apache-2.0
// Working days and hours against published sums and a walk day by day; each way to break a file.
#include "common/calendar_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALENDARS "deploy/calendars"

static struct calendar_set *set;
static const struct calendar *china;

static int load(void **state) {
    struct error error;
    (void)state;
    if (calendar_set_load(&set, CALENDARS, &error) != RC_OK) {
        return -1;
    }
    china = calendar_set_find(set, "cn-state-council");
    return china == NULL ? -1 : 0;
}

static int unload(void **state) {
    (void)state;
    calendar_set_free(set);
    return 0;
}

static civil_day day_of(const char *text) {
    civil_day day = 0;
    assert_true(civil_day_parse(text, &day));
    return day;
}

static void test_calendar_published_sums_agree(void **state) {
    (void)state;
    static const struct {
        const char *start;
        uint32_t limit;
        const char *end;
    } sums[] = {
        {"2026-02-13", 5, "2026-02-27"},  {"2026-09-30", 3, "2026-10-10"},
        {"2025-09-26", 10, "2025-10-16"}, {"2025-01-24", 5, "2025-02-07"},
        {"2026-04-30", 3, "2026-05-08"},  {"2025-12-31", 5, "2026-01-08"},
        {"2026-09-18", 5, "2026-09-24"},
    };
    for (size_t i = 0; i < COUNT(sums); i++) {
        assert_int_equal(calendar_add_working_days(china, day_of(sums[i].start), sums[i].limit),
                         day_of(sums[i].end));
    }
}

static void test_calendar_days_ending_on_holiday_roll_forward(void **state) {
    (void)state;
    assert_int_equal(calendar_roll_forward(china, day_of("2026-08-05") + 60), day_of("2026-10-08"));
    assert_int_equal(calendar_roll_forward(china, day_of("2026-09-17") + 14), day_of("2026-10-08"));
}

static void test_calendar_each_published_year_has_248_working_days(void **state) {
    (void)state;
    assert_int_equal(
        calendar_working_days_between(china, day_of("2024-12-31"), day_of("2025-12-31")), 248);
    assert_int_equal(
        calendar_working_days_between(china, day_of("2025-12-31"), day_of("2026-12-31")), 248);
}

// The tables must say what counting one by one says: within, across and far outside the published
// years, in every calendar.
static void walk(const struct calendar *calendar, civil_day start) {
    civil_day day = start;
    uint32_t counted = 0;
    while (!calendar_is_working_day(calendar, day)) {
        day++;
    }
    assert_int_equal(calendar_add_working_days(calendar, start, 0), day);
    for (day = start; counted < 300;) {
        day++;
        if (calendar_is_working_day(calendar, day)) {
            counted++;
            assert_int_equal(calendar_add_working_days(calendar, start, counted), day);
        }
        assert_int_equal(calendar_working_days_between(calendar, start, day), counted);
        assert_int_equal(calendar_working_days_between(calendar, day, start), -(int)counted);
    }
}

static void test_calendar_any_sum_is_what_a_walk_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < calendar_set_count(set); i++) {
        const struct calendar *calendar = calendar_set_at(set, i);
        for (civil_day day = day_of("2024-06-01"); day < day_of("2028-06-01"); day += 3) {
            walk(calendar, day);
        }
        walk(calendar, day_of("1969-12-25"));
        walk(calendar, day_of("2079-12-25"));
    }
}

static int64_t moment(const struct calendar *calendar, const char *day, int hour, int minute) {
    return zone_to_instant(calendar_zone(calendar), day_of(day), (hour * 60 + minute) * 60000);
}

#define HOUR_MS 3600000LL

static void test_calendar_working_hours_stop_at_lunch_night_and_holiday(void **state) {
    (void)state;
    static const struct {
        const char *from;
        int hour, minute, minutes;
        const char *to;
        int to_hour, to_minute;
    } sums[] = {
        {"2026-03-02", 9, 0, 60, "2026-03-02", 10, 0},
        {"2026-03-02", 11, 30, 60, "2026-03-02", 14, 30},  // over lunch
        {"2026-03-02", 11, 30, 30, "2026-03-02", 12, 0},   // to its begin, not to its end
        {"2026-03-02", 12, 30, 30, "2026-03-02", 14, 30},  // from lunch
        {"2026-03-02", 17, 0, 60, "2026-03-03", 9, 0},     // over night
        {"2026-03-02", 3, 0, 420, "2026-03-02", 17, 30},   // a whole day from before it
        {"2026-02-14", 17, 0, 60, "2026-02-24", 9, 0},     // worked Saturday, then Spring Festival
        {"2026-02-18", 10, 0, 420, "2026-02-24", 17, 30},  // from within it
        {"2026-12-31", 17, 0, 30, "2026-12-31", 17, 30},   // the last published moment
        {"2026-03-02", 8, 30, 2100, "2026-03-06", 17, 30}, // a week of five days
        {"2026-03-02", 8, 30, 2101, "2026-03-09", 8, 31},
    };
    for (size_t i = 0; i < COUNT(sums); i++) {
        int64_t from = moment(china, sums[i].from, sums[i].hour, sums[i].minute);
        int64_t to = moment(china, sums[i].to, sums[i].to_hour, sums[i].to_minute);
        assert_int_equal(calendar_add_working_ms(china, from, sums[i].minutes * 60000LL), to);
        assert_int_equal(calendar_working_ms_between(china, from, to), sums[i].minutes * 60000LL);
    }
    int64_t start = moment(china, "2026-03-02", 9, 0);
    assert_int_equal(calendar_add_working_ms(china, start, 0), start);
}

// Adding and measuring undo each other, over every kind of day.
static void test_calendar_working_time_added_is_working_time_between(void **state) {
    (void)state;
    for (size_t i = 0; i < calendar_set_count(set); i++) {
        const struct calendar *calendar = calendar_set_at(set, i);
        int64_t start = moment(calendar, "2026-09-20", 0, 0);
        for (int step = 0; step < 2000; step++) {
            int64_t from = start + step * (HOUR_MS / 4 + 1777);
            int64_t amount = step * 61000LL + 1;
            int64_t to = calendar_add_working_ms(calendar, from, amount);
            assert_true(to > from);
            assert_int_equal(calendar_working_ms_between(calendar, from, to), amount);
            assert_int_equal(calendar_working_ms_between(calendar, from, to - 1), amount - 1);
        }
    }
}

static void test_calendar_outside_published_years_says_so(void **state) {
    (void)state;
    assert_false(calendar_is_published(china, day_of("2024-12-31")));
    assert_true(calendar_is_published(china, day_of("2025-01-01")));
    assert_true(calendar_is_published(china, day_of("2026-12-31")));
    assert_false(calendar_is_published(china, day_of("2027-01-01")));
    assert_int_equal(calendar_published_end(china), day_of("2026-12-31"));
}

static void test_calendar_set_finds_a_version_and_the_newest(void **state) {
    (void)state;
    assert_string_equal(calendar_label(calendar_set_find(set, "uk-england@1")), "uk-england@1");
    assert_string_equal(calendar_label(calendar_set_find(set, "uk-england")), "uk-england@1");
    assert_null(calendar_set_find(set, "uk-england@2"));
    assert_null(calendar_set_find(set, "uk"));
    assert_null(calendar_set_find(set, "uk-england@"));
}

static const char sound[] = "id: cn-test\n"                                                // 1
                            "version: 1\n"                                                 // 2
                            "source: test\n"                                               // 3
                            "zone: Asia/Shanghai\n"                                        // 4
                            "week: [monday, tuesday, wednesday]\n"                         // 5
                            "hours:\n"                                                     // 6
                            "  - {from: \"08:30\", to: \"12:00\"}\n"                       // 7
                            "  - {from: \"14:00\", to: \"17:30\"}\n"                       // 8
                            "first_year: 2025\n"                                           // 9
                            "last_year: 2026\n"                                            // 10
                            "ranges:\n"                                                    // 11
                            "  - {first: 2025-01-01, working: false}\n"                    // 12
                            "  - {first: 2025-01-26, working: true}\n"                     // 13
                            "  - {first: 2026-01-01, last: 2026-01-04, working: false}\n"; // 14

// Loads the sound file with one text changed; gives what was said.
static enum rc load_changed(const char *from, const char *to, char said[512]) {
    char directory[] = "/tmp/redress-calendar-XXXXXX";
    char path[128];
    struct calendar *calendar = NULL;
    struct error error = {.text = ""};
    const char *at = strstr(sound, from);
    assert_non_null(at);
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/cn-test@1.yaml", directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    fclose(file);
    enum rc rc = calendar_file_load(&calendar, directory, "cn-test@1.yaml", &error);
    unlink(path);
    rmdir(directory);
    assert_true((rc == RC_OK) == (calendar != NULL));
    calendar_free(calendar);
    snprintf(said, 512, "%s", error.text);
    return rc;
}

static void test_calendar_file_faults_are_named(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        const char *place, *what;
    } faults[] = {
        {"2025-01-01,", "2025-02-30,", ":12: 2025-02-30: last: ", "not a date"},
        {"2025-01-01,", "2025-1-01, ", ":12: ", "length"},
        {"last: 2026-01-04", "last: 2025-12-30", ":14: 2026-01-01: last: ", "not a date"},
        {"2025-01-26", "2024-12-29", ":13: 2024-12-29: last: ", "overlap or are not sorted"},
        {"2025-01-26", "2025-01-01", ":1", "overlap or are not sorted"},
        {"first: 2025-01-01,", "first: 2025-01-01, last: 2025-01-26,", ":13: ", "overlap"},
        {"2026-01-01, last", "2025-12-31, last", ":10: cn-test: last_year: ", "2026"},
        {"last: 2026-01-04", "last: 2027-01-04", ":14: 2026-01-01: last: ", "outside"},
        {"last_year: 2026", "last_year: 2027", ":10: cn-test: last_year: ", "a hole: 2027"},
        {"last_year: 2026", "last_year: 2024", ":10: cn-test: last_year: ", "from first_year"},
        {"2025-01-26", "2025-01-27", ":13: 2025-01-27: working: ", "no off day"},
        {"Asia/Shanghai", "Asia/Shanghia", ":4: cn-test: zone: ", "no zone"},
        {"Asia/Shanghai", "CST-8", ":4: cn-test: zone: ", "no zone"},
        {"Asia/Shanghai", "/etc/localtime", ":4: cn-test: zone: ", "no zone"},
        {"[monday, tuesday, wednesday]", "[]", ":5: cn-test: week: ", "no working day"},
        {"wednesday", "monday", ":5: ", "\"monday\" is there twice in mapping field 'week'"},
        {"id: cn-test", "id: ../x y", ": id: ", "only a-z"},
        {"version: 1", "version: 0", ":2: cn-test: version: ", "at least 1"},
        {"wednesday", "wensday", ":5: ", "wensday"},
        {"\"14:00\"", "\"11:59\"", ":8: 11:59: from: ", "overlaps"},
        {"\"17:30\"", "\"13:00\"", ":8: 14:00: to: ", "after from"},
        {"\"17:30\"", "\"24:01\"", ":8: 14:00: to: ", "times"},
        {"\"17:30\"", "\"17:60\"", ":8: 14:00: to: ", "times"},
        {"version: 1", "version: 2", ":2: cn-test: version: ", "cn-test@2.yaml"},
        {"source: test\n", "sauce: test\n", ":3: ", "sauce"},
        {"working: true", "working: perhaps", ":13: ", "Invalid ENUM"},
        {"source: test", "source: \" \"", ":3: cn-test: source: ", "says nothing"},
        {"source: test", "source: \"\\u3000\"", ":3: cn-test: source: ", "says nothing"},
        {"first_year: 2025", "first_year: 2025.5", ":9: ", "mapping field 'first_year'"},
        {"ranges:\n", "---\nranges:\n", ":11: ", "second document"},
        {"last: 2026-01-04", "last: 2026-12-31",
         ":11: cn-test: ranges: ", "2026 has no working day"},
        {"2025-01-01, working", "2024-11-30, working", ":12: ", "outside"},
    };
    char said[512];
    assert_int_equal(load_changed("source", "source", said), RC_OK);
    for (size_t i = 0; i < COUNT(faults); i++) {
        enum rc rc = load_changed(faults[i].from, faults[i].to, said);
        if (rc != RC_INVALID || strstr(said, "/cn-test@1.yaml:") == NULL ||
            strstr(said, faults[i].place) == NULL || strstr(said, faults[i].what) == NULL) {
            fail_msg("\"%s\": want %s … %s, got %d: %s", faults[i].to, faults[i].place,
                     faults[i].what, rc, said);
        }
    }
}

// A notice for a year may move the December before: that day is known, its year is not.
static void test_calendar_day_beside_the_published_years_publishes_none(void **state) {
    char directory[] = "/tmp/redress-calendar-XXXXXX";
    char path[128];
    struct calendar *calendar = NULL;
    struct error error = {.text = ""};
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/cn-test@1.yaml", directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("id: cn-test\nversion: 1\nsource: test\nzone: Asia/Shanghai\n"
          "week: [monday, tuesday, wednesday, thursday, friday]\nfirst_year: 2026\n"
          "last_year: 2026\nranges:\n  - {first: 2025-12-31, working: false}\n"
          "  - {first: 2026-01-01, working: false}\n  - {first: 2027-01-01, working: false}\n",
          file);
    fclose(file);
    assert_int_equal(calendar_file_load(&calendar, directory, "cn-test@1.yaml", &error), RC_OK);
    unlink(path);
    rmdir(directory);
    civil_day stray = civil_day_from_date(2025, 12, 31);
    assert_false(calendar_is_working_day(calendar, stray));
    assert_true(calendar_is_working_day(calendar, stray - 1));
    assert_false(calendar_is_published(calendar, stray));
    assert_true(calendar_is_published(calendar, stray + 1));
    assert_false(calendar_is_working_day(calendar, civil_day_from_date(2027, 1, 1)));
    assert_true(calendar_is_working_day(calendar, civil_day_from_date(2027, 1, 4)));
    assert_int_equal(calendar_published_end(calendar), civil_day_from_date(2026, 12, 31));
    // Monday to Friday from 29 December on: the 31st and the 1st are off.
    assert_int_equal(calendar_add_working_days(calendar, stray - 2, 2),
                     civil_day_from_date(2026, 1, 2));
    calendar_free(calendar);
}

// A desk that is open when the clock changes: its working hours would be 23 or 25 a day.
static void test_calendar_hours_over_a_clock_change_are_refused(void **state) {
    (void)state;
    struct calendar *calendar = NULL;
    struct error error = {.text = ""};
    const struct calendar_hours all_day[] = {{0, 1440}};
    struct calendar_terms terms = {.id = "desk",
                                   .version = 1,
                                   .zone = "Europe/London",
                                   .week = {true, true, true, true, true, true, true},
                                   .hours = all_day,
                                   .hour_count = 1,
                                   .first_year = 2026,
                                   .last_year = 2026};
    assert_int_equal(calendar_new(&calendar, &terms, &error), RC_INVALID);
    assert_non_null(strstr(error.text, "2026-03-29"));
    assert_null(calendar);
    terms.week[6] = false; // clocks change on Sundays
    assert_int_equal(calendar_new(&calendar, &terms, &error), RC_OK);
    calendar_free(calendar);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar_published_sums_agree),
        cmocka_unit_test(test_calendar_days_ending_on_holiday_roll_forward),
        cmocka_unit_test(test_calendar_each_published_year_has_248_working_days),
        cmocka_unit_test(test_calendar_any_sum_is_what_a_walk_counts),
        cmocka_unit_test(test_calendar_working_hours_stop_at_lunch_night_and_holiday),
        cmocka_unit_test(test_calendar_working_time_added_is_working_time_between),
        cmocka_unit_test(test_calendar_outside_published_years_says_so),
        cmocka_unit_test(test_calendar_set_finds_a_version_and_the_newest),
        cmocka_unit_test(test_calendar_file_faults_are_named),
        cmocka_unit_test(test_calendar_day_beside_the_published_years_publishes_none),
        cmocka_unit_test(test_calendar_hours_over_a_clock_change_are_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
