/*
 * url.c - from what a user writes to the normal form
 *
 * libcurl itself reads the URL, with the flags that curl_easy_perform() gives
 * its URL parser, so that the tool and the engine (shim/plan_url.c) agree on
 * every quirk.
 */
#include "tools/url.h"

#include "store/http_uri.h"
#include "tools/tool.h"

#include <curl/curl.h>

LCC_DEFINE_CLEANUP(CURLU *, curl_url_cleanup);
LCC_DEFINE_CLEANUP(char *, curl_free);

void url_done(struct url *url)
{
    lcc_buf_done(&url->normal);
    lcc_buf_done(&url->redacted);
}

static int say_bad(const char *text, const char *why)
{
    tool_say("\"%s\" is not a URL that can be cached: %s.", text, why);
    return TOOL_WRONG;
}

int url_read(const char *text, const struct lcc_settings *settings,
             struct url *ret)
{
    LCC_CLEANUP(curl_url_cleanupp) CURLU *parsed = curl_url();
    LCC_CLEANUP(curl_freep) char *whole = NULL;
    const struct lcc_policy *policy = &settings->policy;

    if (!parsed) {
        return say_bad(text, "there is no memory left");
    }
    CURLUcode code =
        curl_url_set(parsed, CURLUPART_URL, text,
                     CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK) {
        code = curl_url_get(parsed, CURLUPART_URL, &whole, CURLU_PUNYCODE);
    }
    if (code != CURLUE_OK) {
        return say_bad(text, curl_url_strerror(code));
    }
    const struct lcc_span span = lcc_span_str(whole);
    if (lcc_uri_normalise(span, &policy->ignore_params, &ret->normal) != 0 ||
        lcc_uri_redact(lcc_buf_span(&ret->normal), &policy->redact_params,
                       &ret->redacted) != 0) {
        return say_bad(text, "only http and https are");
    }
    const struct lcc_span nul = lcc_span_of("", 1);
    if (lcc_buf_append(&ret->normal, nul) != 0 ||
        lcc_buf_append(&ret->redacted, nul) != 0) {
        return say_bad(text, "there is no memory left");
    }
    return TOOL_DONE;
}

struct lcc_hash url_hash(const struct url *url, const struct lcc_secret *secret)
{
    return lcc_hash_keyed(secret, url_normal(url));
}
