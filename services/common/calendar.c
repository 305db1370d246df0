// SPDX-License-Identifier: Apache-2.0
// Working-day arithmetic. Pure: the calendar and the start are parameters, no clock is read.
#include "common/calendar.h"

civil_day civil_day_from_date(int year, int month, int day) {
    // Years begin in March here, so that the leap day is the last of its year (Hinnant, "chrono-
    // Compatible Low-Level Date Algorithms", days_from_civil).
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool is_weekday(civil_day day) {
    int from_monday = ((day + 3) % 7 + 7) % 7; // 1970-01-01 was a Thursday
    return from_monday < 5;
}

bool calendar_is_working_day(const struct calendar *calendar, civil_day day) {
    size_t low = 0;
    size_t high = calendar->exception_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct calendar_exception *exception = &calendar->exceptions[middle];
        if (day < exception->first)
            high = middle;
        else if (day > exception->last)
            low = middle + 1;
        else
            return exception->working;
    }
    return is_weekday(day);
}

static civil_day roll_forward(const struct calendar *calendar, civil_day day) {
    while (!calendar_is_working_day(calendar, day))
        day++;
    return day;
}

civil_day calendar_add_working_days(const struct calendar *calendar, civil_day start,
                                    uint32_t working_days) {
    civil_day day = start;
    for (uint32_t counted = 0; counted < working_days;) {
        day++;
        if (calendar_is_working_day(calendar, day))
            counted++;
    }
    return roll_forward(calendar, day);
}

civil_day calendar_add_calendar_days(const struct calendar *calendar, civil_day start,
                                     uint32_t days) {
    return roll_forward(calendar, start + (civil_day)days);
}
