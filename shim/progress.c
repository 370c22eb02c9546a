/*
 * progress.c - where a served transfer is, as libcurl shows it
 *
 * The meter's columns and its arithmetic follow lib/progress.c, since people
 * and scripts read them; what is measured is this delivery.
 */
#include "shim/progress.h"

#include <stdio.h>
#include <string.h>

#include "shim/infos.h"
#include "shim/trace.h"
#include "store/clock.h"

enum {
    US_PER_S = 1000000,
    PERCENT_SHIFT = 10000, /* above it, divide first: no overflow */
    SIZE_TEXT = 24,
    TIME_TEXT = 32,
};

static struct lcc_progress *progress_of(const struct lcc_handle *handle)
{
    return &handle->state->served->progress;
}

bool lcc_progress_wanted(const struct lcc_handle *handle)
{
    return lcc_shadow_long(&handle->shadow, LCC_OPT_NOPROGRESS) == 0;
}

void lcc_progress_start(struct lcc_handle *handle)
{
    struct lcc_progress *progress = progress_of(handle);

    /* A wait for another's fetch is part of the transfer. */
    progress->start_us =
        lcc_clock_monotonic_us() - handle->state->transfer.wait.took_us;
}

/* Bytes a second; at least a microsecond has passed. */
static int64_t speed(int64_t bytes, int64_t us)
{
    if (us < 1) {
        us = 1;
    }
    if (bytes < INT64_MAX / US_PER_S) {
        return bytes * US_PER_S / us;
    }
    return us >= US_PER_S ? bytes / (us / US_PER_S) : INT64_MAX;
}

/* The speed of the last seconds, from a ring of samples. */
static void sample(struct lcc_progress *progress, int64_t now_us)
{
    unsigned int now = progress->samples % LCC_SPEED_SAMPLES;
    unsigned int oldest;
    int64_t ms;

    progress->sample[now] = progress->downloaded;
    progress->sample_us[now] = now_us;
    progress->samples++;
    if (progress->samples == 1) {
        progress->current_speed = progress->speed;
        return;
    }
    oldest = progress->samples >= LCC_SPEED_SAMPLES
                 ? progress->samples % LCC_SPEED_SAMPLES
                 : 0;
    ms = (now_us - progress->sample_us[oldest]) / 1000;
    progress->current_speed = speed(
        progress->sample[now] - progress->sample[oldest], (ms ? ms : 1) * 1000);
}

/* Take the time. True: a second has begun since the meter was last shown. */
static bool measure(struct lcc_progress *progress)
{
    int64_t now_us = lcc_clock_monotonic_us();

    progress->spent_us = now_us - progress->start_us;
    progress->speed = speed(progress->downloaded, progress->spent_us);
    if (progress->last_shown_s == now_us / US_PER_S) {
        return false;
    }
    progress->last_shown_s = now_us / US_PER_S;
    sample(progress, now_us);
    return true;
}

/* What was sent of a body, which a hit has of the stored transfer. */
struct uploads {
    int64_t total; /* 0 when it was not known */
    int64_t known; /* the same, or what was sent then */
    int64_t now;
};

static struct uploads uploads_of(const struct lcc_handle *handle)
{
    const struct lcc_served *served = handle->state->served;
    int64_t length = lcc_infos_upload_length(served);
    int64_t size = lcc_infos_upload_size(served);

    return (struct uploads){length > 0 ? length : 0,
                            length >= 0 ? length : size, size};
}

/* --- the meter ----------------------------------------------------------- */

/* Five columns: plain bytes, then k, M, G, T, P. */
static const char *size_text(int64_t bytes, char text[SIZE_TEXT])
{
    static const char units[] = "kMGTP";
    int64_t value = bytes;
    int64_t rest = 0;
    size_t unit = 0;

    if (bytes < 100000) {
        snprintf(text, SIZE_TEXT, "%5lld", (long long)bytes);
        return text;
    }
    rest = value % 1024;
    value /= 1024;
    while (value >= 10000 && units[unit + 1]) {
        rest = value % 1024;
        value /= 1024;
        unit++;
    }
    /* Millions and thousands of millions below 100 show a tenth. */
    if (value < 100 && (units[unit] == 'M' || units[unit] == 'G')) {
        snprintf(text, SIZE_TEXT, "%2lld.%lld%c", (long long)value,
                 (long long)(rest / (1024 / 10)), units[unit]);
    } else {
        snprintf(text, SIZE_TEXT, "%4lld%c", (long long)value, units[unit]);
    }
    return text;
}

/* Eight columns. */
static const char *time_text(int64_t seconds, char text[TIME_TEXT])
{
    int64_t hours = seconds / 3600;
    int64_t days = seconds / 86400;

    if (seconds <= 0) {
        snprintf(text, TIME_TEXT, "--:--:--");
    } else if (hours <= 99) {
        snprintf(text, TIME_TEXT, "%2d:%02d:%02d", (int)hours,
                 (int)(seconds / 60 % 60), (int)(seconds % 60));
    } else if (days <= 999) {
        snprintf(text, TIME_TEXT, "%3dd %02dh", (int)days, (int)(hours % 24));
    } else {
        snprintf(text, TIME_TEXT, "%7lldd", (long long)days);
    }
    return text;
}

static int64_t percent(int64_t part, int64_t whole)
{
    if (whole > PERCENT_SHIFT) {
        return part / (whole / 100);
    }
    return whole > 0 ? part * 100 / whole : 0;
}

static void show_title(struct lcc_handle *handle, FILE *stream)
{
    struct lcc_served *served = handle->state->served;

    if (served->meter_titled) {
        return;
    }
    served->meter_titled = true;
    if (served->resume_asked) {
        fprintf(stream, "** Resuming transfer from byte position %lld\n",
                (long long)served->resume_asked);
    }
    fputs("  % Total    % Received % Xferd  Average Speed   "
          "Time    Time     Time  Current\n"
          "                                 Dload  Upload   "
          "Total   Spent    Left  Speed\n",
          stream);
}

static void show_meter(struct lcc_handle *handle)
{
    const struct lcc_progress *progress = progress_of(handle);
    FILE *stream = lcc_trace_stream(handle);
    const struct uploads up = uploads_of(handle);
    int64_t up_speed = speed(up.now, progress->spent_us);
    bool known = progress->total >= 0 && progress->speed > 0;
    int64_t expected = up.known + (progress->total >= 0 ? progress->total
                                                        : progress->downloaded);
    int64_t estimate = known ? progress->total / progress->speed : 0;
    int64_t spent = progress->spent_us / US_PER_S;
    char sizes[6][SIZE_TEXT];
    char times[3][TIME_TEXT];

    show_title(handle, stream);
    fprintf(
        stream, "\r%3lld %s  %3lld %s  %3lld %s  %s  %s %s %s %s %s",
        (long long)percent(progress->downloaded + up.now, expected),
        size_text(expected, sizes[0]),
        (long long)(known ? percent(progress->downloaded, progress->total) : 0),
        size_text(progress->downloaded, sizes[1]),
        (long long)(up_speed > 0 ? percent(up.now, up.total) : 0),
        size_text(up.now, sizes[2]), size_text(progress->speed, sizes[3]),
        size_text(up_speed, sizes[4]), time_text(estimate, times[0]),
        time_text(spent, times[1]),
        time_text(estimate > 0 ? estimate - spent : 0, times[2]),
        size_text(progress->current_speed, sizes[5]));
    fflush(stream);
}

/* --- the callbacks ------------------------------------------------------- */

/* What the program's callback returned; CONTINUE where it has none, since
 * that asks for the meter. */
static int call(struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const struct lcc_progress *progress = progress_of(handle);
    void *data = lcc_shadow_pointer(shadow, LCC_OPT_XFERINFODATA);
    const struct uploads up = uploads_of(handle);
    int64_t total = progress->total >= 0 ? progress->total : 0;
    curl_xferinfo_callback newer = (curl_xferinfo_callback)lcc_shadow_function(
        shadow, LCC_OPT_XFERINFOFUNCTION);
    curl_progress_callback older = (curl_progress_callback)lcc_shadow_function(
        shadow, LCC_OPT_PROGRESSFUNCTION);

    if (newer) {
        return newer(data, total, progress->downloaded, up.total, up.now);
    }
    if (older) {
        return older(data, (double)total, (double)progress->downloaded,
                     (double)up.total, (double)up.now);
    }
    return CURL_PROGRESSFUNC_CONTINUE;
}

CURLcode lcc_progress_update(struct lcc_handle *handle)
{
    bool due;
    int answer;

    if (!lcc_progress_wanted(handle)) {
        return CURLE_OK; /* nor is the clock read: a small hit is short */
    }
    due = measure(progress_of(handle));
    answer = call(handle);
    if (answer == CURL_PROGRESSFUNC_CONTINUE) {
        if (due) {
            show_meter(handle);
        }
        return CURLE_OK;
    }
    if (answer) {
        lcc_trace_error(handle, "Callback aborted");
        return CURLE_ABORTED_BY_CALLBACK;
    }
    return CURLE_OK;
}

static bool has_callback(const struct lcc_handle *handle)
{
    return lcc_shadow_function(&handle->shadow, LCC_OPT_XFERINFOFUNCTION) ||
           lcc_shadow_function(&handle->shadow, LCC_OPT_PROGRESSFUNCTION);
}

CURLcode lcc_progress_done(struct lcc_handle *handle)
{
    struct lcc_progress *progress = progress_of(handle);
    CURLcode code;

    progress->last_shown_s = 0;
    if (!lcc_progress_wanted(handle)) {
        measure(progress);
    }
    code = lcc_progress_update(handle);
    if (code == CURLE_OK && lcc_progress_wanted(handle) &&
        !has_callback(handle)) {
        fputc('\n', lcc_trace_stream(handle));
    }
    return code;
}

/* --- the time that is left ----------------------------------------------- */

int64_t lcc_progress_limit_ms(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    long ms = lcc_shadow_long(shadow, LCC_OPT_TIMEOUT_MS);
    long seconds = lcc_shadow_long(shadow, LCC_OPT_TIMEOUT);

    if (ms < 0) {
        return 0; /* libcurl reads it without its sign: weeks */
    }
    return ms ? ms : (int64_t)seconds * 1000;
}

static int64_t spent_ms(const struct lcc_handle *handle)
{
    return (lcc_clock_monotonic_us() - progress_of(handle)->start_us) / 1000;
}

CURLcode lcc_progress_timeout(struct lcc_handle *handle)
{
    const struct lcc_progress *progress = progress_of(handle);
    int64_t limit = lcc_progress_limit_ms(handle);
    int64_t spent;

    if (!limit) {
        return CURLE_OK;
    }
    spent = spent_ms(handle);
    if (spent <= limit) {
        return CURLE_OK;
    }
    if (progress->total >= 0) {
        lcc_trace_error(handle,
                        "Operation timed out after %lld milliseconds with "
                        "%lld out of %lld bytes received",
                        (long long)spent, (long long)progress->downloaded,
                        (long long)progress->total);
    } else {
        lcc_trace_error(handle,
                        "Operation timed out after %lld milliseconds with "
                        "%lld bytes received",
                        (long long)spent, (long long)progress->downloaded);
    }
    return CURLE_OPERATION_TIMEDOUT;
}

int64_t lcc_progress_time_left(const struct lcc_handle *handle, int64_t most)
{
    int64_t limit = lcc_progress_limit_ms(handle);
    int64_t left = limit ? limit - spent_ms(handle) + 1 : most;

    if (left < 1) {
        return 1;
    }
    return left < most ? left : most;
}
