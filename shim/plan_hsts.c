/*
 * plan_hsts.c - may libcurl turn this http into https? (RFC 6797)
 *
 * Owns that one question. A handle's own list is not told by libcurl, so with
 * one a name asked by http stays out. A share's list is: a handle that joins
 * the share and leaves again hands every entry to its HSTSWRITEFUNCTION
 * (CURLOPT_HSTSWRITEFUNCTION manual page). The curl tool puts every handle
 * into such a share.
 */
#include "shim/plan_parts.h"

#include <string.h>
#include <strings.h>

enum { HSTS_SHARE_SINCE = 0x075800 }; /* CURL_LOCK_DATA_HSTS, 7.88.0 */

struct question {
    const char *host;
    bool listed;
};

/* Does an entry speak of this host, or of a name above it? Whether it spans
 * the names below is left out: where in doubt it does. */
static bool speaks_of(const char *entry, const char *host)
{
    size_t host_size = strlen(host);
    size_t size = strlen(entry);

    host_size -= host_size && host[host_size - 1] == '.';
    size -= size && entry[size - 1] == '.';
    if (size > host_size || !size) {
        return false;
    }
    return !strncasecmp(host + host_size - size, entry, size) &&
           (size == host_size || host[host_size - size - 1] == '.');
}

static CURLSTScode ask(CURL *curl, struct curl_hstsentry *entry,
                       struct curl_index *index, void *arg)
{
    struct question *question = arg;

    (void)curl;
    (void)index;
    question->listed = speaks_of(entry->name, question->host);
    return question->listed ? CURLSTS_DONE : CURLSTS_OK;
}

/* True also when it cannot be asked. */
static bool share_lists(const struct lcc_real *real, void *share,
                        const char *host)
{
    struct question question = {host, false};
    CURL *probe = real->easy_init();
    bool asked;

    if (!probe) {
        return true;
    }
    asked =
        real->easy_setopt(probe, CURLOPT_HSTSWRITEFUNCTION, ask) == CURLE_OK &&
        real->easy_setopt(probe, CURLOPT_HSTSWRITEDATA, &question) ==
            CURLE_OK &&
        real->easy_setopt(probe, CURLOPT_SHARE, share) == CURLE_OK;
    real->easy_cleanup(probe);
    return !asked || question.listed;
}

int lcc_plan_hsts(const struct lcc_plan_work *work,
                  const struct lcc_plan_target *target)
{
    const struct lcc_shadow *shadow = work->shadow;
    void *share = lcc_shadow_pointer(shadow, LCC_OPT_SHARE);

    /* An address is never a known host (RFC 6797, section 8.3). */
    if (target->https || target->numeric) {
        return 0;
    }
    if (lcc_shadow_string(shadow, LCC_OPT_HSTS) ||
        lcc_shadow_long(shadow, LCC_OPT_HSTS_CTRL) & CURLHSTS_ENABLE) {
        return LCC_REASON_HSTS;
    }
    if (share && work->real->version >= HSTS_SHARE_SINCE &&
        share_lists(work->real, share, target->host)) {
        return LCC_REASON_HSTS;
    }
    return 0;
}
