/*
 * test_interpose_multi.c - the exported functions of the multi interface over
 * a libcurl and an engine that only write down that they are asked
 */
#include <criterion/criterion.h>
#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include "shim/engine_load.h"
#include "store/base.h"

#undef curl_multi_setopt
#undef curl_easy_setopt
#undef curl_multi_socket

/* --- who was asked
 * ------------------------------------------------------------
 */

static struct {
    const char *last; /* function of libcurl's that was called */
    int calls;
    void *pointer; /* of setopt */
    bool inside;   /* the caller is a libcurl itself */
    bool inactive;
    CURLMcode answer;
} libcurl;

static struct {
    const char *last;
    int calls;
    bool missing;
    struct lcc_handle *gone;
} asked;

static char multis[4];
static char easies[4];
static int made;

#define CALLED(who, name)                                                      \
    do {                                                                       \
        (who).last = (name);                                                   \
        (who).calls++;                                                         \
    } while (0)

static CURLM *fake_init(void)
{
    return (CURLM *)&multis[0];
}

static CURL *fake_easy_init(void)
{
    return &easies[made++];
}

static void fake_easy_cleanup(CURL *curl)
{
    (void)curl;
    CALLED(libcurl, "easy_cleanup");
}

static CURLcode fake_easy_setopt(CURL *curl, CURLoption option, ...)
{
    (void)curl, (void)option;
    return CURLE_OK;
}

#define ONE(name, ...)                                                         \
    static CURLMcode fake_##name(__VA_ARGS__)                                  \
    {                                                                          \
        CALLED(libcurl, #name);                                                \
        return libcurl.answer;                                                 \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
ONE(cleanup, CURLM *m)
ONE(add, CURLM *m, CURL *c)
ONE(remove, CURLM *m, CURL *c)
ONE(perform, CURLM *m, int *n)
ONE(action, CURLM *m, curl_socket_t s, int b, int *n)
ONE(timeout, CURLM *m, long *n)
ONE(fdset, CURLM *m, fd_set *r, fd_set *w, fd_set *e, int *n)
ONE(wait, CURLM *m, struct curl_waitfd *e, unsigned int c, int t, int *n)
#pragma GCC diagnostic pop

static CURLMsg *fake_read(CURLM *multi, int *left)
{
    (void)multi, (void)left;
    CALLED(libcurl, "read");
    return NULL;
}

static CURLMcode fake_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list list;

    (void)multi, (void)option;
    va_start(list, option);
    libcurl.pointer = va_arg(list, void *);
    va_end(list);
    CALLED(libcurl, "setopt");
    return libcurl.answer;
}

static struct lcc_real fake = {
    .complete = true,
    .easy_init = fake_easy_init,
    .easy_cleanup = fake_easy_cleanup,
    .easy_setopt = fake_easy_setopt,
    .multi_init = fake_init,
    .multi_cleanup = fake_cleanup,
    .multi_add_handle = fake_add,
    .multi_remove_handle = fake_remove,
    .multi_perform = fake_perform,
    .multi_socket_action = fake_action,
    .multi_info_read = fake_read,
    .multi_timeout = fake_timeout,
    .multi_fdset = fake_fdset,
    .multi_setopt = fake_setopt,
    .multi_wait = fake_wait,
};

const struct lcc_real *lcc_real_for_caller(void *return_address,
                                           bool *ret_inside)
{
    (void)return_address;
    if (ret_inside) {
        *ret_inside = libcurl.inside;
    }
    return &fake;
}

/* --- the engine
 * ----------------------------------------------------------------
 */

static CURLMcode engine_add(struct lcc_multi *multi, struct lcc_handle *handle)
{
    CALLED(asked, "add");
    multi->state = (struct lcc_multi_state *)&multis[1];
    handle->multi = multi;
    return CURLM_OK;
}

static CURLMcode engine_remove(struct lcc_multi *multi,
                               struct lcc_handle *handle, CURL *curl)
{
    (void)multi, (void)curl;
    CALLED(asked, "remove");
    if (handle) {
        handle->multi = NULL;
    }
    return CURLM_OK;
}

static CURLMcode engine_drive(struct lcc_multi *multi,
                              const struct lcc_drive *drive, int *running)
{
    (void)drive, (void)running;
    CALLED(asked, "drive");
    if (asked.gone) { /* a callback of the program's */
        multi->in_real = true;
        curl_easy_cleanup(asked.gone->curl);
        cr_expect_str_neq(libcurl.last, "easy_cleanup", "not now");
        multi->in_real = false;
    }
    return CURLM_OK;
}

static struct lcc_handle *engine_next_gone(struct lcc_multi *multi)
{
    struct lcc_handle *gone = asked.gone;

    asked.gone = NULL;
    multi->left = gone != NULL;
    return gone;
}

static CURLMsg *engine_read(struct lcc_multi *multi, int *left)
{
    (void)multi, (void)left;
    CALLED(asked, "read");
    return NULL;
}

static CURLMcode engine_wait(struct lcc_multi *multi, bool poll,
                             struct curl_waitfd *extra, unsigned int count,
                             int ms, int *ret)
{
    (void)multi, (void)poll, (void)extra, (void)count, (void)ms, (void)ret;
    CALLED(asked, "wait");
    return CURLM_OK;
}

static CURLMcode engine_timeout(struct lcc_multi *multi, long *ms)
{
    (void)multi, (void)ms;
    CALLED(asked, "timeout");
    return CURLM_OK;
}

static CURLMcode engine_timer(struct lcc_multi *multi)
{
    (void)multi;
    CALLED(asked, "timer");
    return CURLM_OK;
}

static CURLMcode engine_cleanup(struct lcc_multi *multi)
{
    multi->state = NULL;
    CALLED(asked, "cleanup");
    return CURLM_OK;
}

static void engine_passed(struct lcc_handle *handle, int reason)
{
    (void)handle, (void)reason;
    CALLED(asked, "passed");
}

static const struct lcc_engine engine = {
    .version = LCC_ENGINE_VERSION,
    .multi_add = engine_add,
    .multi_remove = engine_remove,
    .multi_drive = engine_drive,
    .multi_read = engine_read,
    .multi_wait = engine_wait,
    .multi_timeout = engine_timeout,
    .multi_timer_changed = engine_timer,
    .multi_cleanup = engine_cleanup,
    .multi_next_gone = engine_next_gone,
    .passed = engine_passed,
};

bool lcc_active(void)
{
    return !libcurl.inactive;
}

const struct lcc_engine *lcc_engine_loaded(void)
{
    return asked.missing ? NULL : &engine;
}

const struct lcc_engine *lcc_engine_load(void)
{
    return lcc_engine_loaded();
}

/* --- tests
 * ----------------------------------------------------------------------
 */

static CURLM *curlm;
static CURL *curl;

static void begin(void)
{
    curlm = curl_multi_init();
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, "http://a/");
    libcurl.last = "";
    asked.last = "";
}

TestSuite(interpose_multi, .init = begin);

/* All that drives, waits, reads. */
static void call_all(void)
{
    int number = 0;
    long ms = 0;

    curl_multi_perform(curlm, &number);
    curl_multi_socket_action(curlm, 3, 0, &number);
    curl_multi_info_read(curlm, &number);
    curl_multi_wait(curlm, NULL, 0, 0, &number);
    curl_multi_timeout(curlm, &ms);
}
enum { ALL = 5 };

Test(interpose_multi, without_a_handle_of_ours_libcurl_does_it)
{
    call_all();
    cr_expect(libcurl.calls == ALL && asked.calls == 0);
}

Test(interpose_multi, from_the_first_handle_on_the_engine_does_it)
{
    cr_expect(curl_multi_add_handle(curlm, curl) == CURLM_OK);
    cr_expect_str_eq(asked.last, "add");
    call_all();
    cr_expect(libcurl.calls == 0 && asked.calls == ALL + 1);
    curl_multi_remove_handle(curlm, curl);
    cr_expect_str_eq(asked.last, "remove");
    curl_multi_cleanup(curlm);
    cr_expect_str_eq(asked.last, "cleanup");
    cr_expect(lcc_multis_find(curlm) == NULL);
}

Test(interpose_multi, what_libcurl_calls_itself_is_for_libcurl)
{
    curl_multi_add_handle(curlm, curl);
    lcc_multis_find(curlm)->in_real = true;
    call_all();
    cr_expect(libcurl.calls == ALL && asked.calls == 1);
    cr_expect(curl_multi_remove_handle(curlm, curl) ==
              CURLM_RECURSIVE_API_CALL);
    cr_expect(curl_multi_add_handle(curlm, curl) == CURLM_ADDED_ALREADY);
}

Test(interpose_multi, handles_that_libcurl_makes_are_not_followed)
{
    libcurl.inside = true;
    curl_multi_cleanup(curlm);
    curlm = curl_multi_init();
    cr_expect(lcc_multis_find(curlm) == NULL);
    libcurl.inside = false;
    libcurl.inactive = true;
    curlm = curl_multi_init();
    cr_expect(lcc_multis_find(curlm) == NULL);
}

Test(interpose_multi, without_an_engine_or_another_scheme_libcurl_does_it)
{
    asked.missing = true;
    curl_multi_add_handle(curlm, curl);
    cr_expect_str_eq(libcurl.last, "add");
    cr_expect(lcc_handles_find(curl)->passed);
    curl_multi_remove_handle(curlm, curl);
    cr_expect_str_eq(libcurl.last, "remove");
    cr_expect(!lcc_handles_find(curl)->passed);
}

Test(interpose_multi, one_handle_is_in_one_multi_handle)
{
    CURLM *other = (CURLM *)&multis[3];

    curl_multi_add_handle(curlm, curl);
    cr_expect(curl_multi_add_handle(other, curl) == CURLM_ADDED_ALREADY);
    cr_expect(curl_multi_remove_handle(other, curl) == CURLM_BAD_EASY_HANDLE);
    cr_expect(libcurl.calls == 0);
}

static int timer(CURLM *multi, long ms, void *user)
{
    (void)multi, (void)ms, (void)user;
    return 0;
}

Test(interpose_multi, the_timer_is_followed)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);

    curl_multi_setopt(curlm, CURLMOPT_TIMERFUNCTION, timer);
    cr_expect(multi->timer == timer && libcurl.calls == 1);
    libcurl.answer = CURLM_BAD_HANDLE;
    curl_multi_setopt(curlm, CURLMOPT_TIMERDATA, &made);
    cr_expect(multi->timer_data == NULL, "it was refused");
    libcurl.answer = CURLM_OK;
    curl_multi_add_handle(curlm, curl);
    curl_multi_setopt(curlm, CURLMOPT_TIMERDATA, &made);
    cr_expect(multi->timer_data == &made);
    cr_expect_str_eq(asked.last, "timer", "libcurl's is ours now");
    curl_multi_setopt(curlm, CURLMOPT_SOCKETDATA, &made);
    cr_expect_str_eq(libcurl.last, "setopt");
}

Test(interpose_multi, in_a_callback_of_ours_libcurls_answer_is_given)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    int number = 0;
    fd_set set;

    curl_multi_add_handle(curlm, curl);
    multi->telling = true;
    FD_ZERO(&set);
    cr_expect(curl_multi_fdset(curlm, &set, &set, &set, &number) ==
              CURLM_RECURSIVE_API_CALL);
    cr_expect(curl_multi_setopt(curlm, CURLMOPT_MAXCONNECTS, 1L) ==
              CURLM_RECURSIVE_API_CALL);
    cr_expect(curl_multi_cleanup(curlm) == CURLM_RECURSIVE_API_CALL);
    cr_expect(lcc_multis_find(curlm) == multi && libcurl.calls == 0);
}

Test(interpose_multi, a_member_that_a_callback_cleans_up_goes_afterwards)
{
    int number = 0;

    curl_multi_add_handle(curlm, curl);
    asked.gone = lcc_handles_find(curl);
    curl_multi_perform(curlm, &number);
    cr_expect_str_eq(libcurl.last, "easy_cleanup");
    cr_expect(lcc_handles_find(curl) == NULL);
}

Test(interpose_multi, a_callback_that_we_cannot_call_makes_it_pass)
{
    const int notify = CURLOPTTYPE_FUNCTIONPOINT + 18;

    curl_multi_setopt(curlm, (CURLMoption)notify, timer);
    curl_multi_add_handle(curlm, curl);
    cr_expect_str_eq(libcurl.last, "add");
}

Test(interpose_multi, what_is_added_past_us_is_remembered)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);
    char unknown;

    curl_multi_add_handle(curlm, curl);
    cr_expect(!multi->mixed);
    multi->idle = true;
    curl_multi_add_handle(curlm, (CURL *)&unknown);
    cr_expect(multi->mixed && !multi->idle);
    cr_expect_str_eq(libcurl.last, "add");
}

Test(interpose_multi, an_option_of_its_own_gives_libcurl_something_to_do)
{
    struct lcc_multi *multi = lcc_multis_find(curlm);

    multi->idle = true;
    curl_multi_setopt(curlm, CURLMOPT_MAXCONNECTS, 1L);
    cr_expect(!multi->idle);
}
