/*
 * served.c - the life of a served response
 */
#include "shim/served.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "shim/header_api.h"
#include "shim/scheme.h"

static struct lcc_served *served_new(void)
{
    struct lcc_served *served = calloc(1, sizeof(*served));

    if (served) {
        served->head.limit = 2 * (size_t)LCC_ENTRY_HEAD_MAX;
        served->infos.limit = LCC_ENTRY_MAX;
        served->url.limit = SIZE_MAX;
        served->type.limit = LCC_ENTRY_HEAD_MAX;
    }
    return served;
}

static void forget_urls(struct lcc_served *served)
{
    if (served->real) {
        served->real->free(served->effective_url);
        served->real->free(served->redirect_url);
    }
    served->effective_url = NULL;
    served->redirect_url = NULL;
}

struct lcc_served *lcc_served_free(struct lcc_served *served)
{
    if (!served) {
        return NULL;
    }
    if (served->active) {
        /* Inside one of its own callbacks: lcc_replay() does it later. */
        served->dropped = true;
        return NULL;
    }
    forget_urls(served);
    lcc_header_api_forget(served);
    lcc_buf_done(&served->head);
    lcc_buf_done(&served->infos);
    lcc_buf_done(&served->url);
    lcc_buf_done(&served->type);
    free(served->lines);
    free(served->scratch);
    free(served);
    return NULL;
}

/* It goes on, and what is known of it is what follows. */
static void start_anew(struct lcc_served *served)
{
    const struct lcc_progress before = served->progress;

    forget_urls(served);
    served->redirect_made = false;
    served->effective_request = -1;
    lcc_buf_clear(&served->infos);
    served->laid_out_of = 0;
    served->status = 0;
    served->version = 0;
    served->connect_status = 0;
    served->header_size = 0;
    served->file_time = -1;
    served->retry_after = 0;
    served->type_line = LCC_LINE_NONE;
    served->anew = true;
    served->progress = (struct lcc_progress){
        .start_us = before.start_us,
        .first_byte_us = before.first_byte_us,
        .total = -1,
    };
}

void lcc_served_reset(struct lcc_served *served)
{
    if (served && served->active) {
        start_anew(served);
    } else {
        lcc_served_leave_over(served);
    }
}

void lcc_served_leave_over(struct lcc_served *served)
{
    if (served) {
        served->left_over = true;
    }
}

void lcc_served_step_aside(struct lcc_handle *handle)
{
    struct lcc_engine_state *state = handle->state;

    if (state && lcc_scheme_has_url(handle)) {
        state->behind.is_behind = false;
        state->served = lcc_served_free(state->served);
    } else if (state) {
        lcc_served_leave_over(state->served);
    }
}

/* As new, but for what was told last and the memory. */
static void start_over(struct lcc_served *served, const struct lcc_real *real)
{
    const size_t kept = offsetof(struct lcc_served, stored_s);

    forget_urls(served);
    lcc_header_api_forget(served);
    memset((char *)served + kept, 0, sizeof(*served) - kept);
    lcc_buf_clear(&served->url);
    served->real = real;
    served->length = -1;
    served->progress.total = -1;
    served->file_time = -1;
    served->type_line = LCC_LINE_NONE;
    served->type_built_line = LCC_LINE_NONE;
    served->location_line = LCC_LINE_NONE;
    served->effective_request = -1;
}

/* Nothing is told. */
static void forget_lines(struct lcc_served *served)
{
    lcc_buf_clear(&served->head);
    lcc_buf_clear(&served->infos);
    served->line_count = 0;
    served->longest_line = 0;
    served->marks = 0;
    served->laid_out_of = 0;
    served->recorded_header_bytes = 0;
}

/* The URL as it is now: the program may set another one before it asks. */
static int keep_url(struct lcc_handle *handle, struct lcc_served *served)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const char *url = lcc_shadow_string(shadow, LCC_OPT_URL);
    CURLU *parts = lcc_shadow_pointer(shadow, LCC_OPT_CURLU);
    char *text = NULL;
    int r;

    served->urls_given = handle->state->busy ? handle->state->behind.urls_given
                                             : shadow->urls_given;
    served->url_is_text = url != NULL;
    if (served->urls_given != shadow->urls_given) {
        /* Set by a callback while what is stored was checked. */
        r = lcc_buf_append(&served->url, handle->state->plan.request.url);
        return r ? r : lcc_buf_put_u8(&served->url, 0);
    }
    if (!url && parts) {
        if (handle->real->url_get(parts, CURLUPART_URL, &text, 0)) {
            return -ENOMEM;
        }
        url = text;
    }
    url = url ? url : "";
    r = lcc_buf_append(&served->url, lcc_span_of(url, strlen(url) + 1));
    handle->real->free(text);
    return r;
}

static int make_scratch(struct lcc_served *served)
{
    char *scratch;

    if (served->scratch_size > served->longest_line) {
        return 0;
    }
    scratch = realloc(served->scratch, served->longest_line + 1);
    if (!scratch) {
        return -ENOMEM;
    }
    served->scratch = scratch;
    served->scratch_size = served->longest_line + 1;
    return 0;
}

/* CURLOPT_NOBODY asks by HEAD, whatever was set after it. */
static const char *method_sent(const struct lcc_handle *handle)
{
    return lcc_shadow_method_word(
        lcc_shadow_long(&handle->shadow, LCC_OPT_NOBODY)
            ? LCC_METHOD_HEAD
            : handle->shadow.method);
}

/* Are the lines those of the last time? */
static bool is_laid_out(const struct lcc_handle *handle,
                        const struct lcc_served *served,
                        const struct lcc_entry *entry, int64_t age_s)
{
    const struct lcc_known *known = &handle->state->known;

    return known->holds && served->laid_out_of == known->serial &&
           served->laid_out_age == age_s && !handle->state->status_header &&
           entry->head.data == known->entry.head.data &&
           entry->pieces.data == known->entry.pieces.data;
}

/* Under the serial of what is known, where nothing else went into them. */
static int lay_out(struct lcc_handle *handle, struct lcc_served *served,
                   const struct lcc_entry *entry,
                   const struct lcc_decision *decision)
{
    const struct lcc_known *known = &handle->state->known;
    const int64_t age_s = decision->add_age ? decision->age_s : LCC_TIME_ABSENT;
    int r;

    if (is_laid_out(handle, served, entry, age_s)) {
        return 0;
    }
    forget_lines(served);
    r = lcc_served_lay_out(served, entry, decision,
                           handle->state->status_header);
    if (!r) {
        r = make_scratch(served);
    }
    if (!r) {
        r = lcc_buf_append(&served->infos, entry->infos);
    }
    if (!r && !handle->state->status_header && known->holds &&
        entry->head.data == known->entry.head.data &&
        entry->pieces.data == known->entry.pieces.data) {
        served->laid_out_of = known->serial;
        served->laid_out_age = age_s;
    }
    return r;
}

static int fill(struct lcc_handle *handle, struct lcc_served *served,
                const struct lcc_entry *entry,
                const struct lcc_decision *decision)
{
    int r = lay_out(handle, served, entry, decision);

    if (!r) {
        r = keep_url(handle, served);
    }
    served->method = method_sent(handle);
    served->resume_asked = handle->state->plan.resume_from;
    served->range_line_bytes = handle->state->plan.range_line_bytes;
    served->resume_from = served->resume_asked;
    served->stored_s = entry->response_time_s;
    served->body_bytes = entry->body_bytes;
    return r;
}

/* The handle's own, made new or used again; taken from it. */
static struct lcc_served *served_take(struct lcc_handle *handle)
{
    struct lcc_served *served = lcc_steal(&handle->state->served);

    if (!served) {
        served = served_new();
    }
    if (served) {
        lcc_catch_up_served(handle->state);
        start_over(served, handle->real);
    }
    return served;
}

int lcc_served_begin(struct lcc_handle *handle, const struct lcc_entry *entry,
                     const struct lcc_decision *decision)
{
    struct lcc_served *served = served_take(handle);
    int r;

    if (!served) {
        return -ENOMEM;
    }
    r = fill(handle, served, entry, decision);
    if (r) {
        lcc_served_free(served);
        return r;
    }
    handle->state->served = served;
    return 0;
}

int lcc_served_nothing(struct lcc_handle *handle)
{
    struct lcc_served *served = served_take(handle);
    int r;

    if (!served) {
        return -ENOMEM;
    }
    forget_lines(served);
    served->method = method_sent(handle);
    r = keep_url(handle, served);
    if (r) {
        lcc_served_free(served);
        return r;
    }
    handle->state->served = served;
    return 0;
}
