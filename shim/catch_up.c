/*
 * catch_up.c - what libcurl would know, had it made the transfer itself
 *
 * Referer: lib/transfer.c, Curl_follow(). Buffer: lib/setopt.c. Error texts:
 * lib/curl_log.c. Logins: lib/http.c, pickoneauth(). All of libcurl 7.88.
 */
#include "shim/catch_up.h"

#include <string.h>

#include "shim/effective_url.h"
#include "shim/infos.h"
#include "shim/trace.h"
#include "shim/transfer.h"

enum { BUFFER_IS_FREE_SINCE = 0x080700 }; /* BUFFERSIZE is never refused */

#define PICKED_NONE (1UL << 30)    /* libcurl's own: nothing that was offered */
#define PICKED_UNKNOWN (1UL << 29) /* ours: it ended within a 401 */

/* --- logging in ---------------------------------------------------------- */

static const struct {
    enum lcc_option_row option; /* what the program allows */
    enum lcc_option_row user;
    CURLoption number;
    enum lcc_info_row offered; /* what it was offered */
    CURLINFO info;
    int status; /* that offers */
} logins[LCC_LOGINS] = {
    {LCC_OPT_HTTPAUTH, LCC_OPT_USERNAME, CURLOPT_HTTPAUTH,
     LCC_INFO_ROW_HTTPAUTH_AVAIL, CURLINFO_HTTPAUTH_AVAIL, 401},
    {LCC_OPT_PROXYAUTH, LCC_OPT_PROXYUSERNAME, CURLOPT_PROXYAUTH,
     LCC_INFO_ROW_PROXYAUTH_AVAIL, CURLINFO_PROXYAUTH_AVAIL, 407},
};

static unsigned long allowed(const struct lcc_handle *handle, int which)
{
    return (unsigned long)lcc_shadow_long(&handle->shadow,
                                          logins[which].option);
}

/* With Basic alone, which is libcurl's default, who has no user picks
 * nothing. */
static bool may_pick(const struct lcc_handle *handle, int which)
{
    return allowed(handle, which) != CURLAUTH_BASIC;
}

/* In libcurl's order. */
static unsigned long pick(const struct lcc_handle *handle,
                          unsigned long offered)
{
    static const unsigned long order[] = {
        CURLAUTH_NEGOTIATE, CURLAUTH_BEARER, CURLAUTH_DIGEST,   CURLAUTH_NTLM,
        CURLAUTH_NTLM_WB,   CURLAUTH_BASIC,  CURLAUTH_AWS_SIGV4};
    const bool bearer =
        lcc_shadow_string(&handle->shadow, LCC_OPT_XOAUTH2_BEARER) != NULL;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(order); i++) {
        if ((offered & order[i]) && (order[i] != CURLAUTH_BEARER || bearer)) {
            return order[i];
        }
    }
    return PICKED_NONE;
}

/* What a netrc file has for the host is not looked up here. */
static bool has_login(const struct lcc_handle *handle)
{
    const struct lcc_shadow *shadow = &handle->shadow;

    return lcc_shadow_string(shadow, LCC_OPT_USERNAME) ||
           lcc_shadow_string(shadow, LCC_OPT_PASSWORD) ||
           lcc_shadow_string(shadow, LCC_OPT_PROXYUSERNAME) ||
           lcc_shadow_string(shadow, LCC_OPT_XOAUTH2_BEARER);
}

/* What libcurl makes of the one before when a transfer begins. */
static unsigned long still_picked(const struct lcc_handle *handle, int which,
                                  unsigned long before)
{
    const unsigned long want = allowed(handle, which);
    const unsigned long kept = before & want;

    if ((before & PICKED_UNKNOWN) && want & (want - 1)) {
        return PICKED_UNKNOWN;
    }
    return kept || !has_login(handle) ? kept : want;
}

/* The plan, which has it in the key, is another one. */
static void set_picked(struct lcc_handle *handle, int which,
                       unsigned long picked)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    if (behind->picked[which] != picked) {
        behind->picked[which] = picked;
        handle->shadow.changes++;
    }
}

unsigned long lcc_catch_up_picked(const struct lcc_handle *handle,
                                  enum lcc_login which)
{
    const unsigned long picked =
        handle->state ? handle->state->behind.picked[which] : 0;

    return picked == allowed(handle, (int)which) ? 0 : picked;
}

static bool has_user(const struct lcc_handle *handle, int which)
{
    return lcc_shadow_string(&handle->shadow, logins[which].user) != NULL;
}

/* A transfer was offered these ways to log in, perhaps none, and ended so.
 * Return: did libcurl try to log in? Who is offered Basic again has sent it
 * with a wrong password, and nothing is picked anew. */
static bool learn_login(struct lcc_handle *handle, int which,
                        unsigned long offered, long status)
{
    const unsigned long before = handle->state->behind.picked[which];

    if (status == logins[which].status ? !has_user(handle, which) : !offered) {
        return false;
    }
    if (before != CURLAUTH_BASIC || !(offered & CURLAUTH_BASIC)) {
        set_picked(handle, which,
                   pick(handle, offered & allowed(handle, which)));
    }
    return true;
}

/* Has libcurl looked at what the last response offers? It does so at the end
 * of its fields. */
static bool has_looked(CURLcode result)
{
    return result == CURLE_OK || result == CURLE_HTTP_RETURNED_ERROR;
}

static void learn_real_logins(struct lcc_handle *handle, CURLcode result)
{
    struct lcc_catch_up *behind = &handle->state->behind;
    const struct lcc_real *real = handle->real;

    for (int i = 0; i < LCC_LOGINS; i++) {
        long offered = 0;
        long status = 0;

        if (!may_pick(handle, i) && !has_user(handle, i)) {
            continue;
        }
        (void)real->easy_getinfo(handle->curl, logins[i].info, &offered);
        (void)real->easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &status);
        if (!learn_login(handle, i, (unsigned long)offered, status)) {
            continue;
        }
        if (status == logins[i].status && !has_looked(result)) {
            set_picked(handle, i, PICKED_UNKNOWN);
        }
        behind->real_picked[i] = behind->picked[i];
    }
}

/* Is no other request of the chain to come? */
static bool is_last(const struct lcc_served *served)
{
    return served->request == served->lines[served->line_count - 1].request;
}

void lcc_catch_up_login(struct lcc_handle *handle, long status)
{
    const struct lcc_served *served = handle->state->served;

    for (int i = 0; i < LCC_LOGINS; i++) {
        if (status == logins[i].status) {
            (void)learn_login(
                handle, i,
                (unsigned long)lcc_infos_number(lcc_buf_span(&served->infos),
                                                logins[i].offered),
                is_last(served) ? status : 0);
        }
    }
}

/* Would libcurl go another way now? */
static bool is_apart(const struct lcc_handle *handle, int which)
{
    const struct lcc_catch_up *behind = &handle->state->behind;

    return behind->picked[which] !=
           still_picked(handle, which, behind->real_picked[which]);
}

bool lcc_catch_up_is_unsure(const struct lcc_handle *handle)
{
    bool unsure = false;

    for (int i = 0; i < LCC_LOGINS; i++) {
        const unsigned long picked = handle->state->behind.picked[i];

        unsure |= picked == PICKED_UNKNOWN ||
                  (picked != CURLAUTH_BASIC && is_apart(handle, i));
    }
    return unsure;
}

/* A handle that may do nothing else than Basic does so at once, and has picked
 * it from then on. */
static void tell_login(struct lcc_handle *handle, int which)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    behind->auth_set[which] =
        handle->real->easy_setopt(handle->curl, logins[which].number,
                                  (long)CURLAUTH_BASIC) == CURLE_OK;
    if (behind->auth_set[which]) {
        behind->real_picked[which] = CURLAUTH_BASIC;
    }
}

static void tell_logins(struct lcc_handle *handle)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    for (int i = 0; i < LCC_LOGINS; i++) {
        if (behind->picked[i] == CURLAUTH_BASIC && is_apart(handle, i)) {
            tell_login(handle, i);
        } else {
            behind->real_picked[i] =
                still_picked(handle, i, behind->real_picked[i]);
        }
    }
}

static void allow_again(const struct lcc_handle *handle, CURL *curl, int which)
{
    (void)handle->real->easy_setopt(curl, logins[which].number,
                                    (long)allowed(handle, which));
}

void lcc_catch_up_over(struct lcc_handle *handle)
{
    for (int i = 0; i < LCC_LOGINS; i++) {
        if (handle->state->behind.auth_set[i]) {
            allow_again(handle, handle->curl, i);
            handle->state->behind.auth_set[i] = false;
        }
    }
}

/* --- from one transfer to the next --------------------------------------- */

void lcc_catch_up_begin(struct lcc_handle *handle)
{
    handle->state->behind.error_told = false;
    handle->state->behind.urls_given = handle->shadow.urls_given;
    for (int i = 0; i < LCC_LOGINS; i++) {
        set_picked(handle, i,
                   still_picked(handle, i, handle->state->behind.picked[i]));
    }
}

void lcc_catch_up_served(struct lcc_engine_state *state)
{
    state->behind.is_behind = true;
}

/* The program has set another URL while it waited: libcurl would have asked for
 * the first one by then. */
static void keep_url(struct lcc_handle *handle)
{
    const struct lcc_served *served = handle->state->served;

    if (handle->state->transfer.wait.waited && served && served->url_is_text &&
        served->urls_given != handle->shadow.urls_given) {
        handle->state->behind.url_set =
            handle->real->easy_setopt(handle->curl, CURLOPT_URL,
                                      served->url.data) == CURLE_OK;
    }
}

static void set_url(const struct lcc_handle *handle, CURL *curl)
{
    (void)handle->real->easy_setopt(
        curl, CURLOPT_URL, lcc_shadow_string(&handle->shadow, LCC_OPT_URL));
}

void lcc_catch_up_real(struct lcc_handle *handle)
{
    handle->state->behind.is_behind = false;
    keep_url(handle);
    tell_logins(handle);
}

void lcc_catch_up_reset(struct lcc_handle *handle)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    behind->size_due = false;
    for (int i = 0; i < LCC_LOGINS; i++) {
        set_picked(handle, i, 0);
        behind->real_picked[i] = 0;
        behind->auth_set[i] = false;
    }
}

/* --- the referer --------------------------------------------------------- */

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

/* --- the buffer ---------------------------------------------------------- */

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

void lcc_catch_up_arrived(struct lcc_handle *handle, CURLcode result)
{
    struct lcc_catch_up *behind = &handle->state->behind;

    if (behind->url_set) {
        set_url(handle, handle->curl);
        behind->url_set = false;
    }
    take_referer(handle, handle->curl);
    learn_real_logins(handle, result);
    if (behind->size_due) {
        behind->size_due = set_size(handle) != CURLE_OK;
    }
}

void lcc_catch_up_duplicated(const struct lcc_handle *original,
                             struct lcc_handle *copy)
{
    take_referer(copy, copy->curl);
    for (int i = 0; i < LCC_LOGINS; i++) {
        if (original->state->behind.auth_set[i]) {
            allow_again(original, copy->curl, i);
        }
    }
    if (original->state->behind.size_due) {
        (void)set_size(copy);
    }
    if (original->state->behind.url_set) {
        set_url(original, copy->curl);
    }
}

/* --- the error text ------------------------------------------------------ */

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
