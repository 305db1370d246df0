// SPDX-License-Identifier: Apache-2.0
// Days without a time of day, in whatever zone their owner says. Proleptic Gregorian.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_DAY_TEXT_SIZE 16

// Days since 1970-01-01.
typedef int32_t civil_day;

struct civil_date {
    int year;
    int month; // 1-12
    int day;   // 1-31
};

// Month 1-12, day 1-31; the caller has checked the date.
civil_day civil_day_from_date(int year, int month, int day);
struct civil_date civil_day_to_date(civil_day day);

// 0 Monday to 6 Sunday.
int civil_day_weekday(civil_day day);

// The same day so many months later, the month's last where it has no such day (Civil Code of the
// People's Republic of China, article 202).
civil_day civil_day_add_months(civil_day day, uint32_t months);

// "2026-02-13" and nothing else; false where there is no such day.
bool civil_day_parse(const char *text, civil_day *day);
void civil_day_format(civil_day day, char text[CIVIL_DAY_TEXT_SIZE]);
