/*
 * text.c - sizes, durations and times for people
 */
#include "tools/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

const char *text_bytes(uint64_t bytes, char out[TEXT_SIZE])
{
    static const char units[] = "KMGTPE";
    double value = (double)bytes;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(out, TEXT_SIZE, "%" PRIu64, bytes);
        return out;
    }
    /* 1023.95 would be printed as 1024.0 */
    for (value /= 1024; value >= 1023.95 && unit + 2 < sizeof(units); unit++) {
        value /= 1024;
    }
    snprintf(out, TEXT_SIZE, "%.1f%c", value, units[unit]);
    return out;
}

const char *text_duration(int64_t seconds, char out[TEXT_SIZE])
{
    static const struct {
        char unit, smaller;
        int64_t seconds, smaller_seconds;
    } units[] = {{'d', 'h', 86400, 3600},
                 {'h', 'm', 3600, 60},
                 {'m', 's', 60, 1}};

    if (seconds == INT64_MAX) {
        snprintf(out, TEXT_SIZE, "never");
        return out;
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(units); i++) {
        const int64_t whole = seconds / units[i].seconds;
        const int64_t rest =
            seconds % units[i].seconds / units[i].smaller_seconds;
        if (whole >= 10 || (whole > 0 && rest == 0)) {
            snprintf(out, TEXT_SIZE, "%" PRId64 "%c", whole, units[i].unit);
            return out;
        }
        if (whole > 0) {
            snprintf(out, TEXT_SIZE, "%" PRId64 "%c %" PRId64 "%c", whole,
                     units[i].unit, rest, units[i].smaller);
            return out;
        }
    }
    snprintf(out, TEXT_SIZE, "%" PRId64 "s", seconds);
    return out;
}

const char *text_time(int64_t when_s, char out[TEXT_SIZE])
{
    const time_t when = (time_t)when_s;
    struct tm parts;

    if (!localtime_r(&when, &parts) ||
        strftime(out, TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        snprintf(out, TEXT_SIZE, "%" PRId64, when_s);
    }
    return out;
}

const char *text_us(uint64_t us, char out[TEXT_SIZE])
{
    if (us < 1000000) {
        snprintf(out, TEXT_SIZE, "%.1f ms", (double)us / 1e3);
    } else {
        snprintf(out, TEXT_SIZE, "%.1f s", (double)us / 1e6);
    }
    return out;
}

const char *text_responses(uint64_t count, char out[TEXT_SIZE])
{
    snprintf(out, TEXT_SIZE, "%" PRIu64 " response%s", count,
             count == 1 ? "" : "s");
    return out;
}
