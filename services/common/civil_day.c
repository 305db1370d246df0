// SPDX-License-Identifier: Apache-2.0
// Howard Hinnant's algorithms ("chrono-Compatible Low-Level Date Algorithms"): years begin in March
// here, so that the leap day is the last of its year.
#include "common/civil_day.h"

#include <stdio.h>
#include <string.h>

#define ERA_DAYS 146097   // of 400 years
#define EPOCH_DAYS 719468 // from 0000-03-01 to 1970-01-01

civil_day civil_day_from_date(int year, int month, int day) {
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

struct civil_date civil_day_to_date(civil_day day) {
    int shifted = day + EPOCH_DAYS;
    int era = (shifted >= 0 ? shifted : shifted - ERA_DAYS + 1) / ERA_DAYS;
    int day_of_era = shifted - era * ERA_DAYS;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int from_march = (5 * day_of_year + 2) / 153;
    int month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (struct civil_date){.year = year_of_era + era * 400 + (month <= 2),
                               .month = month,
                               .day = day_of_year - (153 * from_march + 2) / 5 + 1};
}

int civil_day_weekday(civil_day day) {
    return ((day + 3) % 7 + 7) % 7; // 1970-01-01 was a Thursday
}

static civil_day first_of_next_month(int year, int month) {
    return civil_day_from_date(month == 12 ? year + 1 : year, month % 12 + 1, 1);
}

civil_day civil_day_add_months(civil_day day, uint32_t months) {
    struct civil_date date = civil_day_to_date(day);
    int index = date.month - 1 + (int)months;
    int year = date.year + index / 12;
    int month = index % 12 + 1;
    civil_day same = civil_day_from_date(year, month, date.day);
    civil_day last = first_of_next_month(year, month) - 1;
    return same < last ? same : last;
}

static bool is_number(const char *text, size_t size) { return strspn(text, "0123456789") >= size; }

bool civil_day_parse(const char *text, civil_day *day) {
    struct civil_date date;
    if (strlen(text) != 10 || !is_number(text, 4) || text[4] != '-' || !is_number(text + 5, 2) ||
        text[7] != '-' || !is_number(text + 8, 2) ||
        sscanf(text, "%4d-%2d-%2d", &date.year, &date.month, &date.day) != 3 || date.month < 1 ||
        date.month > 12 || date.day < 1) {
        return false;
    }
    *day = civil_day_from_date(date.year, date.month, date.day);
    return *day < first_of_next_month(date.year, date.month);
}

void civil_day_format(civil_day day, char text[CIVIL_DAY_TEXT_SIZE]) {
    struct civil_date date = civil_day_to_date(day);
    snprintf(text, CIVIL_DAY_TEXT_SIZE, "%04d-%02d-%02d", date.year, date.month, date.day);
}
