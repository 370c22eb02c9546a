/*
 * test_interpose.c - the exported functions over a libcurl and an engine that
 * only write down what they are asked
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "shim/engine_load.h"
#include "store/base.h"
#include "store/reason.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* --- a libcurl ----------------------------------------------------------- */

static struct {
    int inits, cleanups, resets, performs, pauses, adds;
    CURLoption option;
    long number;
    curl_off_t offset;
    void *pointer;
    CURLcode setopt_result;
    int errno_left;
    bool without_headers;
    bool inside; /* the caller is a libcurl itself */
    bool none;   /* there is no libcurl */
    bool partial;
    bool cleans_up;
} libcurl;

static char easies[8]; /* their addresses are handles */

static CURL *fake_init(void)
{
    return &easies[libcurl.inits++];
}

static CURLcode fake_setopt(CURL *curl, CURLoption option, ...)
{
    va_list list;

    (void)curl;
    libcurl.option = option;
    va_start(list, option);
    if (option < CURLOPTTYPE_OBJECTPOINT) {
        libcurl.number = va_arg(list, long);
    } else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB) {
        libcurl.offset = va_arg(list, curl_off_t);
    } else {
        libcurl.pointer = va_arg(list, void *);
    }
    va_end(list);
    errno = libcurl.errno_left;
    return libcurl.setopt_result;
}

/* As libcurl does: the handle goes into a multi handle of its own. */
static CURLcode fake_perform(CURL *curl)
{
    libcurl.performs++;
    curl_multi_add_handle(NULL, curl);
    if (libcurl.cleans_up) { /* the program, in a callback */
        curl_easy_cleanup(curl);
        cr_expect(libcurl.cleanups == 0);
    }
    errno = libcurl.errno_left;
    return CURLE_PARTIAL_FILE;
}

static CURLcode fake_getinfo(CURL *curl, CURLINFO info, ...)
{
    va_list list;

    (void)curl;
    (void)info;
    va_start(list, info);
    *va_arg(list, long *) = 200;
    va_end(list);
    return CURLE_OK;
}

static void fake_reset(CURL *curl)
{
    (void)curl;
    libcurl.resets++;
}

static CURL *fake_dup(CURL *curl)
{
    (void)curl;
    return fake_init();
}

static void fake_cleanup(CURL *curl)
{
    (void)curl;
    libcurl.cleanups++;
}

static CURLcode fake_pause(CURL *curl, int bitmask)
{
    (void)curl;
    (void)bitmask;
    libcurl.pauses++;
    return CURLE_OK;
}

static CURLMcode fake_add(CURLM *multi, CURL *curl)
{
    (void)multi;
    (void)curl;
    libcurl.adds++;
    return CURLM_OK;
}

static struct lcc_real fake = {
    .complete = true,
    .easy_init = fake_init,
    .easy_setopt = fake_setopt,
    .easy_perform = fake_perform,
    .easy_getinfo = fake_getinfo,
    .easy_reset = fake_reset,
    .easy_duphandle = fake_dup,
    .easy_cleanup = fake_cleanup,
    .easy_pause = fake_pause,
    .multi_add_handle = fake_add,
};

const struct lcc_real *lcc_real_for_caller(void *return_address,
                                           bool *ret_inside)
{
    (void)return_address;
    if (ret_inside) {
        *ret_inside = libcurl.inside;
    }
    fake.complete = !libcurl.partial;
    errno = EBUSY; /* looking must not show */
    return libcurl.none ? NULL : &fake;
}

/* --- an engine ----------------------------------------------------------- */

static struct {
    bool active, missing, loaded, holds, answers;
    int loads, performs, resets, forgets, releases, passes, duplicates;
} engine_seen;

static CURLcode engine_perform(struct lcc_handle *handle)
{
    engine_seen.performs++;
    return handle->real->easy_perform(handle->curl);
}

static bool engine_getinfo(struct lcc_handle *handle, CURLINFO info, void *out,
                           CURLcode *ret)
{
    (void)handle;
    (void)info;
    if (engine_seen.answers) {
        *(long *)out = 304;
        *ret = CURLE_OK;
    }
    return engine_seen.answers;
}

static bool engine_pause(struct lcc_handle *handle, int bitmask, CURLcode *ret)
{
    (void)handle;
    (void)bitmask;
    *ret = CURLE_OK;
    return engine_seen.answers;
}

static bool engine_header(struct lcc_handle *handle, const char *name,
                          size_t index, unsigned int origin, int request,
                          struct curl_header **out, CURLHcode *ret)
{
    (void)handle, (void)name, (void)index, (void)origin, (void)request;
    (void)out;
    *ret = CURLHE_MISSING;
    return engine_seen.answers;
}

static bool engine_nextheader(struct lcc_handle *handle, unsigned int origin,
                              int request, struct curl_header *previous,
                              struct curl_header **ret)
{
    (void)handle, (void)origin, (void)request, (void)previous;
    *ret = NULL;
    return engine_seen.answers;
}

static bool engine_holds(const struct lcc_handle *handle, CURLoption option)
{
    (void)handle;
    return engine_seen.holds && option == CURLOPT_WRITEFUNCTION;
}

static void engine_duplicated(struct lcc_handle *original,
                              struct lcc_handle *copy)
{
    cr_expect(original != copy);
    engine_seen.duplicates++;
}

static void engine_reset(struct lcc_handle *handle)
{
    (void)handle;
    engine_seen.resets++;
}

static void engine_forget(struct lcc_handle *handle)
{
    (void)handle;
    engine_seen.forgets++;
}

static void engine_release(struct lcc_handle *handle)
{
    handle->state = NULL;
    engine_seen.releases++;
}

static void engine_passed(struct lcc_handle *handle, int reason)
{
    (void)handle;
    cr_expect(reason == LCC_REASON_MULTI);
    engine_seen.passes++;
}

static const struct lcc_engine engine = {
    .version = LCC_ENGINE_VERSION,
    .perform = engine_perform,
    .getinfo = engine_getinfo,
    .header = engine_header,
    .nextheader = engine_nextheader,
    .pause = engine_pause,
    .holds = engine_holds,
    .duplicated = engine_duplicated,
    .reset = engine_reset,
    .forget = engine_forget,
    .release = engine_release,
    .passed = engine_passed,
};

bool lcc_active(void)
{
    return engine_seen.active;
}

const struct lcc_engine *lcc_engine_loaded(void)
{
    return engine_seen.loaded ? &engine : NULL;
}

const struct lcc_engine *lcc_engine_load(void)
{
    engine_seen.loads++;
    engine_seen.loaded = !engine_seen.missing;
    return lcc_engine_loaded();
}

/* --- tests --------------------------------------------------------------- */

static CURL *easy;
static struct lcc_handle *handle;

static void setup(void)
{
    engine_seen.active = true;
    libcurl.errno_left = ENOTTY;
    easy = curl_easy_init();
    handle = lcc_handles_find(easy);
}

/* The handle as it is after a transfer that the engine took part in. */
static void give_state(void)
{
    engine_seen.loaded = true;
    handle->state = (struct lcc_engine_state *)&engine_seen;
}

TestSuite(interpose, .init = setup);

Test(interpose, a_handle_of_the_program_is_followed)
{
    cr_assert(handle);
    cr_expect(curl_easy_setopt(easy, CURLOPT_URL, "http://a/") == CURLE_OK);
    cr_expect(strcmp(lcc_shadow_string(&handle->shadow, LCC_OPT_URL),
                     "http://a/") == 0);
}

Test(interpose, handles_that_are_not_ours_are_passed_on)
{
    CURL *stranger = &easies[7];
    long code = 0;

    cr_expect(curl_easy_setopt(stranger, CURLOPT_VERBOSE, 1L) == CURLE_OK);
    cr_expect(libcurl.number == 1);
    cr_expect(curl_easy_perform(stranger) == CURLE_PARTIAL_FILE);
    cr_expect(curl_easy_getinfo(stranger, CURLINFO_RESPONSE_CODE, &code) ==
              CURLE_OK);
    cr_expect(code == 200 && engine_seen.loads == 0);
    curl_easy_cleanup(stranger);
    cr_expect(libcurl.cleanups == 1);
}

Test(interpose, a_handle_that_libcurl_makes_for_itself_is_not_ours)
{
    libcurl.inside = true;
    cr_expect(!lcc_handles_find(curl_easy_init()));
}

Test(interpose, nothing_is_followed_when_we_stand_aside)
{
    engine_seen.active = false;
    cr_expect(!lcc_handles_find(curl_easy_init()));
}

Test(interpose, a_libcurl_that_lacks_a_function_is_only_passed_to)
{
    CURL *other;

    libcurl.partial = true;
    other = curl_easy_init();
    cr_expect(other && !lcc_handles_find(other));
}

Test(interpose, without_a_libcurl_the_calls_fail_as_they_would)
{
    libcurl.none = true;
    cr_expect(!curl_easy_init());
    cr_expect(curl_easy_perform(&easies[7]) == CURLE_FAILED_INIT);
    cr_expect(!curl_easy_duphandle(&easies[7]));
    curl_easy_cleanup(&easies[7]);
    curl_easy_reset(&easies[7]);
    cr_expect(curl_easy_setopt(&easies[7], CURLOPT_VERBOSE, 1L) ==
              CURLE_FAILED_INIT);
}

Test(interpose, arguments_of_every_type_arrive_as_they_were)
{
    struct curl_blob blob = {easies, 1, 0};

    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, -1L);
    cr_expect(libcurl.number == -1);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                     (curl_off_t)INT64_C(0x123456789ab));
    cr_expect(libcurl.offset == INT64_C(0x123456789ab));
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &blob);
    cr_expect(libcurl.pointer == &blob);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    cr_expect(libcurl.pointer == &blob);
    cr_expect(handle->shadow.value[LCC_OPT_CAINFO_BLOB].blob.len == 1);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, NULL);
    cr_expect(!lcc_shadow_differs(&handle->shadow, LCC_OPT_CAINFO_BLOB));
    curl_easy_setopt(easy, (CURLoption)70001, &blob);
    cr_expect(libcurl.pointer == &blob && handle->shadow.unknown);
}

Test(interpose, what_libcurl_refused_changes_nothing)
{
    libcurl.setopt_result = CURLE_UNKNOWN_OPTION;
    cr_expect(curl_easy_setopt(easy, (CURLoption)70001, NULL) ==
              CURLE_UNKNOWN_OPTION);
    cr_expect(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) ==
              CURLE_UNKNOWN_OPTION);
    cr_expect(!handle->shadow.unknown);
    cr_expect(!lcc_shadow_differs(&handle->shadow, LCC_OPT_SSL_VERIFYPEER));
}

Test(interpose, an_option_that_the_engine_holds_changes_the_shadow_alone)
{
    give_state();
    engine_seen.holds = true;
    libcurl.option = CURLOPT_LASTENTRY;
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fake_pause);
    cr_expect(libcurl.option == CURLOPT_LASTENTRY);
    cr_expect(lcc_shadow_function(&handle->shadow, LCC_OPT_WRITEFUNCTION));
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, easies);
    cr_expect(libcurl.option == CURLOPT_WRITEDATA);
}

Test(interpose, errno_is_what_the_real_function_left)
{
    errno = EDOM;
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    cr_expect(errno == ENOTTY);
    errno = EDOM;
    curl_easy_init();
    cr_expect(errno == EDOM);
    curl_easy_perform(easy);
    cr_expect(errno == ENOTTY);
    errno = EDOM;
    curl_easy_cleanup(easy);
    cr_expect(errno == EDOM);
}

/* URLs, and whether the engine is loaded for them. */
static const struct {
    const char *url;
    bool loads;
} urls[] = {
    {"http://a/", true},  {"HTTPS://a/", true},        {"a.org/x", true},
    {"file:///x", false}, {"ftp://a/", false},         {"ws://a/", false},
    {"//a/", true},       {"a.org/?u=ftp://b/", true}, {NULL, true},
};

Test(interpose, the_engine_is_loaded_when_the_url_may_be_http)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(urls); i++) {
        memset(&engine_seen, 0, sizeof(engine_seen));
        curl_easy_setopt(easy, CURLOPT_URL, urls[i].url);
        cr_expect(curl_easy_perform(easy) == CURLE_PARTIAL_FILE);
        cr_expect(engine_seen.loads == urls[i].loads, "%s",
                  urls[i].url ? urls[i].url : "none");
        cr_expect(engine_seen.performs == urls[i].loads);
    }
}

Test(interpose, without_an_engine_libcurl_does_it)
{
    engine_seen.missing = true;
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    cr_expect(curl_easy_perform(easy) == CURLE_PARTIAL_FILE);
    cr_expect(libcurl.performs == 1);
}

Test(interpose, the_multi_handle_that_libcurl_uses_itself_is_not_counted)
{
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    curl_easy_perform(easy);
    cr_expect(libcurl.adds == 1 && engine_seen.passes == 0);
    curl_multi_add_handle(NULL, easy);
    cr_expect(libcurl.adds == 2 && engine_seen.passes == 1);
}

Test(interpose, a_handle_given_to_multi_forgets_what_was_served)
{
    give_state();
    curl_multi_add_handle(NULL, easy);
    cr_expect(engine_seen.forgets == 1 && engine_seen.passes == 1);
}

Test(interpose, multi_does_not_load_the_engine)
{
    curl_multi_add_handle(NULL, easy);
    cr_expect(libcurl.adds == 1);
    cr_expect(engine_seen.loads == 0 && engine_seen.passes == 0);
}

Test(interpose, the_engine_answers_for_what_it_served)
{
    struct curl_header *header = NULL;
    long code = 0;

    give_state();
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    cr_expect(code == 200);
    engine_seen.answers = true;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    cr_expect(code == 304);
    cr_expect(curl_easy_header(easy, "a", 0, CURLH_HEADER, -1, &header) ==
              CURLHE_MISSING);
    cr_expect(curl_easy_pause(easy, CURLPAUSE_ALL) == CURLE_OK);
    cr_expect(libcurl.pauses == 0);
}

Test(interpose, an_older_libcurl_without_headers_says_so)
{
    struct curl_header *header = NULL;

    cr_expect(curl_easy_header(easy, "a", 0, CURLH_HEADER, -1, &header) ==
              CURLHE_NOT_BUILT_IN);
    cr_expect(!curl_easy_nextheader(easy, CURLH_HEADER, -1, NULL));
}

Test(interpose, reset_reaches_all_three)
{
    give_state();
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    curl_easy_reset(easy);
    cr_expect(libcurl.resets == 1 && engine_seen.resets == 1);
    cr_expect(!lcc_shadow_string(&handle->shadow, LCC_OPT_URL));
}

Test(interpose, a_duplicate_is_ours_and_the_engine_is_told)
{
    CURL *copy;

    give_state();
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    copy = curl_easy_duphandle(easy);
    cr_assert(lcc_handles_find(copy));
    cr_expect(
        strcmp(lcc_shadow_string(&lcc_handles_find(copy)->shadow, LCC_OPT_URL),
               "http://a/") == 0);
    cr_expect(engine_seen.duplicates == 1);
    cr_expect(!lcc_handles_find(copy)->state);
}

Test(interpose, a_duplicate_of_a_stranger_is_a_stranger)
{
    cr_expect(!lcc_handles_find(curl_easy_duphandle(&easies[7])));
}

Test(interpose, cleanup_releases_and_forgets)
{
    give_state();
    curl_easy_cleanup(easy);
    cr_expect(engine_seen.releases == 1 && libcurl.cleanups == 1);
    cr_expect(!lcc_handles_find(easy));
    curl_easy_cleanup(NULL);
    cr_expect(libcurl.cleanups == 2);
}

Test(interpose, a_cleanup_inside_a_callback_waits_for_the_end)
{
    libcurl.cleans_up = true;
    give_state();
    curl_easy_setopt(easy, CURLOPT_URL, "http://a/");
    cr_expect(curl_easy_perform(easy) == CURLE_PARTIAL_FILE);
    cr_expect(engine_seen.releases == 1 && libcurl.cleanups == 1);
    cr_expect(!lcc_handles_find(easy));
}
