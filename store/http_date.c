/*
 * http_date.c - the three forms of HTTP-date, without locale or time zone
 *
 * Pure. RFC 9110, section 5.6.7. Names are matched without case and "GMT" is
 * the only zone, as RFC 9111, section 4.2 asks of a cache.
 */
#include "store/http_date.h"

#include <string.h>

enum {
    MONTHS = 12,
    NAME_LENGTH = 3, /* letters of a short day's or month's name */
    DAY_S = 86400,
    FUTURE_YEARS = 50, /* two-digit years beyond this are in the past */
};

static const char month_names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
static const char *const day_names[] = {
    "sunday",   "monday", "tuesday",  "wednesday",
    "thursday", "friday", "saturday",
};

struct moment {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
};

struct cursor {
    const char *at;
    const char *end;
};

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int64_t year, int month)
{
    static const int days[MONTHS] = {31, 28, 31, 30, 31, 30,
                                     31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01, in the Gregorian calendar carried backwards. Years
 * begin in March here, so that the leap day comes last. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month_from_march = (month + 9) % MONTHS;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct moment *ret)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                           day_of_era / 146096) /
                          365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    ret->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    ret->month = (int)((month_from_march + 2) % MONTHS + 1);
    ret->year = year_of_era + era * 400 + (ret->month <= 2);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with(const struct cursor *c, const char *word, size_t length)
{
    if ((size_t)(c->end - c->at) < length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (lower(c->at[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    size_t length = strlen(word);

    if (!starts_with(c, word, length)) {
        return false;
    }
    c->at += length;
    return true;
}

/* Exactly @digits digits. */
static bool take_number(struct cursor *c, int digits, int *ret)
{
    int value = 0;

    if (c->end - c->at < digits) {
        return false;
    }
    for (int i = 0; i < digits; i++) {
        if (c->at[i] < '0' || c->at[i] > '9') {
            return false;
        }
        value = value * 10 + (c->at[i] - '0');
    }
    c->at += digits;
    *ret = value;
    return true;
}

static bool take_month(struct cursor *c, int *ret)
{
    for (int month = 0; month < MONTHS; month++) {
        if (starts_with(c, month_names + month * NAME_LENGTH, NAME_LENGTH)) {
            c->at += NAME_LENGTH;
            *ret = month + 1;
            return true;
        }
    }
    return false;
}

/* A day's name, short or in full; *ret_full tells which. */
static bool take_day_name(struct cursor *c, bool *ret_full)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(day_names); i++) {
        if (!starts_with(c, day_names[i], NAME_LENGTH)) {
            continue;
        }
        *ret_full = take_word(c, day_names[i]);
        c->at += *ret_full ? 0 : NAME_LENGTH;
        return true;
    }
    return false;
}

static bool take_time(struct cursor *c, struct moment *m)
{
    return take_number(c, 2, &m->hour) && take_word(c, ":") &&
           take_number(c, 2, &m->minute) && take_word(c, ":") &&
           take_number(c, 2, &m->second);
}

static bool take_year(struct cursor *c, struct moment *m)
{
    int year;

    if (!take_number(c, 4, &year)) {
        return false;
    }
    m->year = year;
    return true;
}

/* Two digits; -1 where there are none. */
static int pair_of(const char *at)
{
    const unsigned int high = (unsigned int)at[0] - '0';
    const unsigned int low = (unsigned int)at[1] - '0';

    return high > 9 || low > 9 ? -1 : (int)(high * 10 + low);
}

/* " 06 Nov 1994 08:49:37 GMT", after "Sun,". Nearly all dates are of this form,
 * and all of that have the same length. */
static bool take_imf(struct cursor *c, struct moment *m)
{
    static const char form[] = " 06 Nov 1994 08:49:37";
    const char *at = c->at;
    struct cursor month = {at + 4, c->end};
    const int century =
        c->end - at < (ptrdiff_t)sizeof(form) ? -1 : pair_of(at + 8);

    if (century < 0 || at[0] != ' ' || at[3] != ' ' || at[7] != ' ' ||
        at[12] != ' ' || at[15] != ':' || at[18] != ':' ||
        !take_month(&month, &m->month)) {
        return false;
    }
    m->day = pair_of(at + 1);
    m->year = (int64_t)century * 100 + pair_of(at + 10);
    m->hour = pair_of(at + 13);
    m->minute = pair_of(at + 16);
    m->second = pair_of(at + 19);
    c->at += sizeof(form) - 1;
    return m->day >= 0 && pair_of(at + 10) >= 0 && m->hour >= 0 &&
           m->minute >= 0 && m->second >= 0 && take_word(c, " gmt");
}

/* " 06-Nov-94 08:49:37 GMT", after "Sunday,"; a year of 0..99. */
static bool take_rfc850(struct cursor *c, struct moment *m)
{
    int year;

    if (!(take_word(c, " ") && take_number(c, 2, &m->day) &&
          take_word(c, "-") && take_month(c, &m->month) && take_word(c, "-") &&
          take_number(c, 2, &year) && take_word(c, " ") && take_time(c, m) &&
          take_word(c, " gmt"))) {
        return false;
    }
    m->year = year;
    return true;
}

/* " Nov  6 08:49:37 1994", after "Sun"; a day below 10 has a space. */
static bool take_asctime(struct cursor *c, struct moment *m)
{
    if (!(take_word(c, " ") && take_month(c, &m->month) && take_word(c, " "))) {
        return false;
    }
    int digits = take_word(c, " ") ? 1 : 2;
    return take_number(c, digits, &m->day) && take_word(c, " ") &&
           take_time(c, m) && take_word(c, " ") && take_year(c, m);
}

/* A leap second is part of the grammar: 23:59:60 is the next midnight. */
static bool is_moment(const struct moment *m)
{
    return m->day >= 1 && m->day <= days_of_month(m->year, m->month) &&
           m->hour <= 23 && m->minute <= 59 && m->second <= 60;
}

static int64_t seconds_of(const struct moment *m)
{
    return days_from_civil(m->year, m->month, m->day) * DAY_S + m->hour * 3600 +
           m->minute * 60 + m->second;
}

static int64_t floor_days(int64_t seconds)
{
    return seconds / DAY_S - (seconds % DAY_S < 0);
}

/* Held to the years of four digits, where no arithmetic overflows. */
static int64_t within_years(int64_t when_s)
{
    static const int64_t first = INT64_C(-62167219200); /* 0000-01-01 */
    static const int64_t last = INT64_C(253402300799);  /* 9999-12-31 */

    return when_s < first ? first : when_s > last ? last : when_s;
}

/* More than 50 years ahead means the most recent past year that ends so. */
static bool widen_year(struct moment *m, int64_t now_s)
{
    struct moment now;

    now_s = within_years(now_s);
    int64_t today = floor_days(now_s);
    civil_from_days(today, &now);
    int64_t furthest =
        days_from_civil(now.year + FUTURE_YEARS, now.month, now.day) * DAY_S +
        (now_s - today * DAY_S);
    m->year += now.year - now.year % 100 + 100;
    while (m->year >= 100 && seconds_of(m) > furthest) {
        m->year -= 100;
    }
    return is_moment(m);
}

bool lcc_http_date_parse(struct lcc_span text, int64_t now_s, int64_t *ret)
{
    text = lcc_span_trim(text);
    const char *from = text.size ? text.data : "";
    struct cursor c = {from, from + text.size};
    struct moment m = {0};
    bool full;
    bool valid;

    if (!take_day_name(&c, &full)) {
        return false;
    }
    if (!take_word(&c, ",")) {
        valid = !full && take_asctime(&c, &m) && is_moment(&m);
    } else if (full) {
        valid = take_rfc850(&c, &m) && widen_year(&m, now_s);
    } else {
        valid = take_imf(&c, &m) && is_moment(&m);
    }
    if (!valid || c.at != c.end) {
        return false;
    }
    *ret = seconds_of(&m);
    return true;
}

static char *put_number(char *at, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

static char *put_name(char *at, const char *name)
{
    memcpy(at, name, NAME_LENGTH);
    at[0] = (char)(at[0] - 'a' + 'A');
    return at + NAME_LENGTH;
}

static char *put_text(char *at, const char *text)
{
    size_t length = strlen(text);

    memcpy(at, text, length);
    return at + length;
}

void lcc_http_date_format(int64_t when_s, char out[LCC_HTTP_DATE_SIZE])
{
    int64_t when = within_years(when_s);
    int64_t days = floor_days(when);
    int64_t second = when - days * DAY_S;
    struct moment m;
    char *at = out;

    civil_from_days(days, &m);
    /* 1970-01-01 was a Thursday. */
    at = put_name(at, day_names[((days + 4) % 7 + 7) % 7]);
    at = put_number(put_text(at, ", "), m.day, 2);
    at = put_name(put_text(at, " "), month_names + (m.month - 1) * NAME_LENGTH);
    at = put_number(put_text(at, " "), m.year, 4);
    at = put_number(put_text(at, " "), second / 3600, 2);
    at = put_number(put_text(at, ":"), second / 60 % 60, 2);
    at = put_number(put_text(at, ":"), second % 60, 2);
    at = put_text(at, " GMT");
    *at = '\0';
}
