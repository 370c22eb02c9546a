/*
 * test_shadow_wire.c - the shadow against what libcurl really sends
 */
#include <criterion/criterion.h>
#include <string.h>

#include "store/base.h"
#include "tests/shim/pair.h"
#include "tests/shim/wire.h"

enum { STEPS_MAX = 6 };

/* One setopt; what it does to the method. */
enum act {
    END,
    HTTPGET_0,
    HTTPGET_1,
    POST_0,
    POST_1,
    NOBODY_0,
    NOBODY_1,
    UPLOAD_0,
    UPLOAD_1,
    PUT_1,
    POSTFIELDS,
    POSTFIELDS_NULL,
    COPYPOSTFIELDS,
    COPYPOSTFIELDS_NULL,
    HTTPPOST_NULL,
    MIMEPOST_NULL,
    RESET,
    ACTS,
};

static void act(struct pair *pair, enum act what)
{
    switch (what) {
    case HTTPGET_0:
    case HTTPGET_1:
        pair_long(pair, CURLOPT_HTTPGET, what == HTTPGET_1);
        break;
    case POST_0:
    case POST_1:
        pair_long(pair, CURLOPT_POST, what == POST_1);
        break;
    case NOBODY_0:
    case NOBODY_1:
        pair_long(pair, CURLOPT_NOBODY, what == NOBODY_1);
        break;
    case UPLOAD_0:
    case UPLOAD_1:
        pair_long(pair, CURLOPT_UPLOAD, what == UPLOAD_1);
        break;
    case PUT_1:
        pair_long(pair, (CURLoption)54, 1); /* CURLOPT_PUT, deprecated */
        break;
    case POSTFIELDS:
    case POSTFIELDS_NULL:
        pair_pointer(pair, CURLOPT_POSTFIELDS,
                     what == POSTFIELDS ? "a=b" : NULL);
        break;
    case COPYPOSTFIELDS:
    case COPYPOSTFIELDS_NULL:
        pair_pointer(pair, CURLOPT_COPYPOSTFIELDS,
                     what == COPYPOSTFIELDS ? "c=d" : NULL);
        break;
    case HTTPPOST_NULL:
        pair_pointer(pair, (CURLoption)10024, NULL);
        break;
    case MIMEPOST_NULL:
        pair_pointer(pair, CURLOPT_MIMEPOST, NULL);
        break;
    case RESET:
        curl_easy_reset(pair->curl);
        lcc_shadow_reset(&pair->shadow);
        break;
    case END:
    case ACTS:
        break;
    }
}

static const char *word_of(const struct lcc_shadow *shadow)
{
    /* Without a body even a POST is asked as HEAD. */
    if (lcc_shadow_long(shadow, LCC_OPT_NOBODY)) {
        return "HEAD ";
    }
    switch (shadow->method) {
    case LCC_METHOD_GET:
        return "GET ";
    case LCC_METHOD_HEAD:
        return "HEAD ";
    case LCC_METHOD_POST:
    case LCC_METHOD_POST_FORM:
        return "POST ";
    case LCC_METHOD_PUT:
        return "PUT ";
    }
    return "?";
}

static size_t nothing_to_read(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)size;
    (void)count;
    (void)user;
    return 0;
}

/* True when the request that goes out is the one the shadow tells of. */
static bool agrees(struct pair *pair, char request[WIRE_REQUEST_SIZE])
{
    curl_easy_setopt(pair->curl, CURLOPT_READFUNCTION, nothing_to_read);
    wire_perform(pair->curl, request);
    return strncmp(request, word_of(&pair->shadow),
                   strlen(word_of(&pair->shadow))) == 0;
}

static const struct {
    const char *name;
    enum act acts[STEPS_MAX];
    const char *word;
} cases[] = {
    {"nothing set", {END}, "GET "},
    {"a POST without data", {POST_1}, "POST "},
    {"POST switched off is GET", {POST_1, POST_0}, "GET "},
    {"POSTFIELDS alone is a POST", {POSTFIELDS}, "POST "},
    {"POSTFIELDS of NULL too", {POSTFIELDS_NULL}, "POST "},
    {"COPYPOSTFIELDS of NULL too", {COPYPOSTFIELDS_NULL}, "POST "},
    {"HTTPGET of 0 does nothing", {POSTFIELDS, HTTPGET_0}, "POST "},
    {"HTTPGET of 1 makes it GET", {POSTFIELDS, HTTPGET_1}, "GET "},
    {"NOBODY is HEAD", {NOBODY_1}, "HEAD "},
    {"NOBODY off again is GET", {NOBODY_1, NOBODY_0}, "GET "},
    {"NOBODY off leaves a POST", {POST_1, NOBODY_0}, "POST "},
    {"NOBODY after a POST, and off", {POST_1, NOBODY_1, NOBODY_0}, "GET "},
    {"HTTPGET ends NOBODY", {NOBODY_1, HTTPGET_1}, "GET "},
    {"POST ends NOBODY", {NOBODY_1, POST_1}, "POST "},
    {"POST off does not end NOBODY", {NOBODY_1, POST_0}, "HEAD "},
    {"POST off, then NOBODY off", {NOBODY_1, POST_0, NOBODY_0}, "GET "},
    {"UPLOAD off does not end NOBODY", {NOBODY_1, UPLOAD_0}, "HEAD "},
    {"UPLOAD is PUT", {UPLOAD_1}, "PUT "},
    {"UPLOAD off is GET", {UPLOAD_1, UPLOAD_0}, "GET "},
    {"UPLOAD off is GET after POST too", {POST_1, UPLOAD_0}, "GET "},
    {"PUT off by HTTPGET", {PUT_1, HTTPGET_1}, "GET "},
    {"a form", {MIMEPOST_NULL}, "POST "},
    {"an old form", {HTTPPOST_NULL}, "POST "},
    {"a form ends NOBODY", {NOBODY_1, MIMEPOST_NULL}, "POST "},
    {"reset forgets a POST", {POSTFIELDS, RESET}, "GET "},
    {"reset forgets NOBODY", {NOBODY_1, RESET}, "GET "},
};

Test(shadow_wire, methods_overwrite_each_other_as_in_libcurl)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        char request[WIRE_REQUEST_SIZE];
        struct pair pair;

        pair_init(&pair);
        for (size_t j = 0; j < STEPS_MAX; j++) {
            act(&pair, cases[i].acts[j]);
        }
        cr_expect(agrees(&pair, request), "%s: shadow %s, sent %.12s",
                  cases[i].name, word_of(&pair.shadow), request);
        cr_expect(strncmp(request, cases[i].word, strlen(cases[i].word)) == 0,
                  "%s: sent %.12s", cases[i].name, request);
        pair_done(&pair);
    }
}

Test(shadow_wire, any_order_of_methods_agrees_with_libcurl, .timeout = 60)
{
    unsigned int state = 1; /* the same walk in every run */
    struct pair pair;

    pair_init(&pair);
    for (int step = 0; step < 400; step++) {
        char request[WIRE_REQUEST_SIZE];
        enum act what;

        state = state * 1103515245U + 12345U;
        what = (enum act)((state >> 16) % ACTS);
        act(&pair, what);
        cr_assert(agrees(&pair, request),
                  "step %d, act %d: shadow %s, sent %.12s", step, (int)what,
                  word_of(&pair.shadow), request);
    }
    pair_done(&pair);
}

Test(shadow_wire, a_duplicate_asks_what_its_shadow_says)
{
    static const enum act acts[] = {POST_1, NOBODY_1, UPLOAD_1, HTTPGET_1};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(acts); i++) {
        char request[WIRE_REQUEST_SIZE];
        struct pair pair;
        struct pair copy;

        pair_init(&pair);
        act(&pair, acts[i]);
        copy.curl = curl_easy_duphandle(pair.curl);
        lcc_shadow_init(&copy.shadow);
        lcc_shadow_copy(&copy.shadow, &pair.shadow);
        cr_expect(agrees(&copy, request), "act %d: shadow %s, sent %.12s",
                  (int)acts[i], word_of(&copy.shadow), request);
        pair_done(&copy);
        pair_done(&pair);
    }
}

/* Logins: what the shadow holds, and the field that libcurl makes of it. */
static const struct {
    const char *name;
    const char *login;    /* USERPWD, or NULL: not set */
    const char *user;     /* USERNAME after it, or NULL */
    const char *password; /* PASSWORD after it, or NULL */
    const char *want_user;
    const char *want_password;
    const char *field; /* NULL: none is sent */
} logins[] = {
    {"both", "ab:cd", NULL, NULL, "ab", "cd", "Basic YWI6Y2Q="},
    {"no colon", "ab", NULL, NULL, "ab", NULL, "Basic YWI6"},
    {"empty password", "ab:", NULL, NULL, "ab", "", "Basic YWI6"},
    {"empty name", ":cd", NULL, NULL, "", "cd", "Basic OmNk"},
    {"colons in the password", "a:b:c", NULL, NULL, "a", "b:c",
     "Basic YTpiOmM="},
    {"a later name wins", "ab:cd", "xy", NULL, "xy", "cd", "Basic eHk6Y2Q="},
    {"a later password wins", "ab:cd", NULL, "xy", "ab", "xy",
     "Basic YWI6eHk="},
    {"a name alone", NULL, "ab", NULL, "ab", NULL, "Basic YWI6"},
    {"nothing", NULL, NULL, NULL, NULL, NULL, NULL},
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

Test(shadow_wire, logins_are_split_as_libcurl_sends_them)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(logins); i++) {
        char request[WIRE_REQUEST_SIZE];
        const char *sent;
        struct pair pair;

        pair_init(&pair);
        if (logins[i].login) {
            pair_pointer(&pair, CURLOPT_USERPWD, logins[i].login);
        }
        if (logins[i].user) {
            pair_pointer(&pair, CURLOPT_USERNAME, logins[i].user);
        }
        if (logins[i].password) {
            pair_pointer(&pair, CURLOPT_PASSWORD, logins[i].password);
        }
        cr_expect(same(lcc_shadow_string(&pair.shadow, LCC_OPT_USERNAME),
                       logins[i].want_user),
                  "%s", logins[i].name);
        cr_expect(same(lcc_shadow_string(&pair.shadow, LCC_OPT_PASSWORD),
                       logins[i].want_password),
                  "%s", logins[i].name);
        wire_perform(pair.curl, request);
        sent = strstr(request, "Authorization: ");
        cr_expect(logins[i].field ? sent && strstr(sent, logins[i].field)
                                  : !sent,
                  "%s: %s", logins[i].name, request);
        pair_done(&pair);
    }
}

Test(shadow_wire, a_login_of_null_clears_both_halves)
{
    char request[WIRE_REQUEST_SIZE];
    struct pair pair;

    pair_init(&pair);
    pair_pointer(&pair, CURLOPT_USERPWD, "ab:cd");
    pair_pointer(&pair, CURLOPT_USERPWD, NULL);
    cr_expect(!lcc_shadow_string(&pair.shadow, LCC_OPT_USERNAME));
    cr_expect(!lcc_shadow_string(&pair.shadow, LCC_OPT_PASSWORD));
    wire_perform(pair.curl, request);
    cr_expect(!strstr(request, "Authorization"), "%s", request);
    pair_done(&pair);
}
