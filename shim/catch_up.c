/*
 * catch_up.c - what libcurl would know, had it made the transfer itself
 *
 * Referer: lib/transfer.c, Curl_follow(). Buffer: lib/setopt.c. Error texts:
 * lib/curl_log.c. All of libcurl 7.88.
 */
#include "shim/catch_up.h"

#include <string.h>

#include "shim/effective_url.h"
#include "shim/trace.h"
#include "shim/transfer.h"

enum { BUFFER_IS_FREE_SINCE = 0x080700 }; /* BUFFERSIZE is never refused */

void lcc_catch_up_begin(struct lcc_engine_state *state)
{
    state->behind.error_told = false;
}

void lcc_catch_up_served(struct lcc_engine_state *state)
{
    state->behind.is_behind = true;
}

void lcc_catch_up_real(struct lcc_engine_state *state)
{
    state->behind.is_behind = false;
}

void lcc_catch_up_reset(struct lcc_engine_state *state)
{
    state->behind.size_due = false;
}

/* --- the referer -----------------------------------------------------------
 */

static bool makes_referer(const struct lcc_handle *handle)
{
    return lcc_shadow_long(&handle->shadow, LCC_OPT_AUTOREFERER) != 0;
}

static void follow_referer(struct lcc_handle *handle, char *text)
{
    const char *known = lcc_shadow_string(&handle->shadow, LCC_OPT_REFERER);

    if (text && (!known || strcmp(known, text) != 0)) {
        lcc_shadow_set(&handle->shadow, CURLOPT_REFERER,
                       &(union lcc_value){.string = text});
    }
}

void lcc_catch_up_referer(struct lcc_handle *handle)
{
    char *text = makes_referer(handle) ? lcc_auto_referer(handle) : NULL;

    if (text && handle->real->easy_setopt(handle->curl, CURLOPT_REFERER,
                                          text) == CURLE_OK) {
        follow_referer(handle, text);
    }
    handle->real->free(text);
}

/* One that libcurl has made is the handle's as well. */
static void take_referer(struct lcc_handle *handle, CURL *curl)
{
    char *text = NULL;

    if (makes_referer(handle) &&
        !handle->real->easy_getinfo(curl, CURLINFO_REFERER, &text)) {
        follow_referer(handle, text);
    }
}

/* --- the buffer ------------------------------------------------------------
 */

/* The size that the program was promised. */
static CURLcode set_size(const struct lcc_handle *handle)
{
    return handle->real->easy_setopt(
        handle->curl, CURLOPT_BUFFERSIZE,
        lcc_shadow_long(&handle->shadow, LCC_OPT_BUFFERSIZE));
}

/* Is a transfer under way, and not by libcurl? */
static bool is_at_work(const struct lcc_engine_state *state)
{
    return state->busy && (state->serving || state->transfer.reals == 0);
}

CURLcode lcc_catch_up_buffer(struct lcc_handle *handle, CURLcode result)
{
    struct lcc_engine_state *state = handle->state;

    if (handle->real->version >= BUFFER_IS_FREE_SINCE) {
        return result;
    }
    if (is_at_work(state)) {
        if (result == CURLE_OK) {
            (void)set_size(handle);
        }
        return CURLE_BAD_FUNCTION_ARGUMENT;
    }
    /* The hit that came since has given the buffer back. */
    state->behind.size_due = result && state->behind.is_behind;
    return state->behind.size_due ? CURLE_OK : result;
}

void lcc_catch_up_arrived(struct lcc_handle *handle)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    take_referer(handle, handle->curl);
    if (behind->size_due) {
        behind->size_due = set_size(handle) != CURLE_OK;
    }
}

void lcc_catch_up_duplicated(const struct lcc_handle *original,
                             struct lcc_handle *copy)
{
    take_referer(copy, copy->curl);
    if (original->state->behind.size_due) {
        (void)set_size(copy);
    }
}

/* --- the error text --------------------------------------------------------
 */

static char *error_buffer(const struct lcc_handle *handle)
{
    return lcc_shadow_pointer(&handle->shadow, LCC_OPT_ERRORBUFFER);
}

bool lcc_catch_up_is_behind(const struct lcc_handle *handle)
{
    return handle->state && handle->state->behind.is_behind;
}

void lcc_catch_up_fails(struct lcc_handle *handle, bool emptied)
{
    const char *buffer = error_buffer(handle);

    if (lcc_catch_up_is_behind(handle) && buffer) {
        memcpy(handle->state->behind.text_before, buffer, CURL_ERROR_SIZE);
        if (emptied) {
            handle->state->behind.text_before[0] = '\0';
        }
    }
}

void lcc_catch_up_failed(struct lcc_handle *handle)
{
    static const char no_url[] = "No URL set";
    char *buffer = error_buffer(handle);

    if (!lcc_catch_up_is_behind(handle) || !buffer) {
        return;
    }
    if (handle->state->behind.error_told) {
        memcpy(buffer, handle->state->behind.text_before, CURL_ERROR_SIZE);
    } else {
        memcpy(buffer, no_url, sizeof(no_url));
    }
    handle->state->behind.error_told = true;
}

CURLcode lcc_catch_up_refuse(const struct lcc_handle *handle)
{
    char *buffer = error_buffer(handle);

    if (buffer) {
        buffer[0] = '\0';
    }
    lcc_trace_error(handle, "easy handle already used in multi handle");
    return CURLE_FAILED_INIT;
}
