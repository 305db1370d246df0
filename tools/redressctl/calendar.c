// SPDX-License-Identifier: Apache-2.0
// Working days from the command line: is a calendar file sound, when does a limit end.
#include "command.h"

#include "common/calendar_file.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALENDARS "deploy/calendars"

static json_t *working_days(const struct calendar *calendar) {
    json_t *years = json_object();
    civil_day end = calendar_published_end(calendar);
    while (calendar_is_published(calendar, end)) {
        char year[16];
        int number = civil_day_to_date(end).year;
        civil_day before = civil_day_from_date(number, 1, 1) - 1;
        snprintf(year, sizeof year, "%d", number);
        json_object_set_new(years, year,
                            json_integer(calendar_working_days_between(calendar, before, end)));
        end = before;
    }
    return years;
}

int calendar_check(const struct arguments *arguments) {
    struct calendar *calendar = NULL;
    struct error error;
    char path[1024];
    char name[1024];
    snprintf(path, sizeof path, "%s", arguments->positional[0]);
    snprintf(name, sizeof name, "%s", arguments->positional[0]);
    const char *directory = dirname(path);
    const char *file = basename(name);
    enum rc rc = calendar_file_load(&calendar, directory, file, &error);
    rc = rc == RC_OK ? calendar_check_succession(calendar, directory, file, &error) : rc;
    if (rc != RC_OK) {
        calendar_free(calendar);
        return fail(&error);
    }
    print_json(json_pack("{s:s, s:s, s:o}", "calendar", calendar_label(calendar), "zone",
                         zone_name(calendar_zone(calendar)), "working_days",
                         working_days(calendar)));
    calendar_free(calendar);
    return EXIT_GOOD;
}

static int add(const struct arguments *arguments, const struct calendar *calendar, civil_day from,
               uint32_t days) {
    char text[CIVIL_DAY_TEXT_SIZE];
    civil_day day = calendar_add_working_days(calendar, from, days);
    bool provisional =
        !calendar_is_published(calendar, day) || !calendar_is_published(calendar, from);
    civil_day_format(day, text);
    if (arguments->json) {
        print_json(json_pack("{s:s, s:s, s:b}", "date", text, "calendar", calendar_label(calendar),
                             "provisional", provisional));
    } else {
        printf("%s%s\n", text, provisional ? " (provisional)" : "");
    }
    return EXIT_GOOD;
}

int calendar_add(const struct arguments *arguments) {
    struct calendar_set *set = NULL;
    struct error error;
    char *end = NULL;
    civil_day from = 0;
    const char *name = argument(arguments, "calendar", NULL, "cn-state-council");
    const char *start = argument(arguments, "from", NULL, "");
    const char *count = argument(arguments, "working-days", NULL, "");
    unsigned long days = strtoul(count, &end, 10);
    if (!civil_day_parse(start, &from) || count[0] < '0' || count[0] > '9' || *end != '\0' ||
        days > 100000) {
        fprintf(stderr, "redressctl: --from must be a date, --working-days 0 to 100000\n");
        return EXIT_USAGE;
    }
    if (calendar_set_load(&set, argument(arguments, "directory", NULL, CALENDARS), &error) !=
        RC_OK) {
        return fail(&error);
    }
    const struct calendar *calendar = calendar_set_find(set, name);
    int code = EXIT_FAILED;
    if (calendar == NULL) {
        fprintf(stderr, "redressctl: there is no calendar \"%s\"\n", name);
    } else {
        code = add(arguments, calendar, from, (uint32_t)days);
    }
    calendar_set_free(set);
    return code;
}
