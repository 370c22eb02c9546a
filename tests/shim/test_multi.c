/*
 * The engine's multi interface over a libcurl that plays a script: what each
 * side is asked, and what the program is told of timers, counts and messages.
 * The clock moves a millisecond each time it is looked at.
 */
#include <criterion/criterion.h>

#include "shim/multi_adapter.h"
#include "shim/multi_state.h"
#include "shim/newer.h"
#include "shim/transfer.h"
#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"

enum { MEMBERS_MAX = 64, TOLD_MAX = 64 };

static const struct fake_step page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

#define URL "http://origin.test/dir/page"
#define OTHER "http://origin.test/dir/other"

/* --- libcurl's multi handle ------------------------------------------------
 */

static struct {
    CURL *running[MEMBERS_MAX];
    size_t count;
    CURLMsg messages[MEMBERS_MAX];
    size_t first;
    size_t last;
    curl_multi_timer_callback timer;
    long left_ms; /* until its own time-out; 0: it has none */
    void *timer_data;
    long timeout_ms;
    int waited_ms;
    CURLMcode add_answer;
    unsigned int adds;
    unsigned int removes;
    bool stalls; /* nothing ends */
    bool asks_on_add;
} fake;

static CURLMcode fake_add(CURLM *multi, CURL *curl)
{
    if (fake.add_answer) {
        return fake.add_answer;
    }
    fake.adds++;
    fake.running[fake.count++] = curl;
    return fake.asks_on_add && fake.timer(multi, 0, fake.timer_data)
               ? CURLM_ABORTED_BY_CALLBACK
               : CURLM_OK;
}

static CURLMcode fake_remove(CURLM *multi, CURL *curl)
{
    (void)multi;
    fake.removes++;
    for (size_t i = 0; i < fake.count; i++) {
        if (fake.running[i] == curl) {
            fake.running[i] = fake.running[--fake.count];
        }
    }
    return CURLM_OK;
}

static CURLMcode fake_multi_perform(CURLM *multi, int *running)
{
    (void)multi;
    while (fake.count && !fake.stalls) {
        CURL *curl = fake.running[--fake.count];
        CURLMsg *message = &fake.messages[fake.last++];

        message->msg = CURLMSG_DONE;
        message->easy_handle = curl;
        message->data.result = fake_real.easy_perform(curl);
    }
    *running = (int)fake.count;
    return CURLM_OK;
}

static CURLMcode fake_action(CURLM *multi, curl_socket_t socket, int bits,
                             int *running)
{
    (void)bits;
    if (socket == CURL_SOCKET_TIMEOUT && fake.left_ms) {
        /* libcurl tells what is left, be it as before. */
        cr_assert(fake.timer(multi, fake.left_ms, fake.timer_data) == 0);
    }
    return fake_multi_perform(multi, running);
}

static CURLMsg *fake_read(CURLM *multi, int *left)
{
    (void)multi;
    *left = 0;
    return fake.first < fake.last ? &fake.messages[fake.first++] : NULL;
}

static CURLMcode fake_timeout(CURLM *multi, long *ms)
{
    (void)multi;
    *ms = fake.timeout_ms;
    return CURLM_OK;
}

static CURLMcode fake_wait(CURLM *multi, struct curl_waitfd *extra,
                           unsigned int count, int ms, int *ret)
{
    (void)multi, (void)extra, (void)count, (void)ret;
    fake.waited_ms = ms;
    return CURLM_OK;
}

static CURLMcode fake_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list list;

    (void)multi;
    va_start(list, option);
    if (option == CURLMOPT_TIMERFUNCTION) {
        fake.timer = va_arg(list, curl_multi_timer_callback);
    } else if (option == CURLMOPT_TIMERDATA) {
        fake.timer_data = va_arg(list, void *);
    }
    va_end(list);
    return CURLM_OK;
}

static CURLMcode fake_cleanup(CURLM *multi)
{
    (void)multi;
    return CURLM_OK;
}

/* libcurl's own list and numbers: of those it knows. */
static CURL **fake_handles(CURLM *multi)
{
    CURL **list = calloc(fake.count + 1, sizeof(*list));

    (void)multi;
    for (size_t i = 0; list && i < fake.count; i++) {
        list[i] = fake.running[i];
    }
    return list;
}

static CURLMcode fake_offt(CURLM *multi, int info, curl_off_t *ret)
{
    (void)multi;
    if (info > LCC_XFERS_ADDED) {
        return CURLM_UNKNOWN_OPTION;
    }
    *ret = info == LCC_XFERS_ADDED     ? (curl_off_t)fake.adds
           : info <= LCC_XFERS_RUNNING ? (curl_off_t)fake.count
                                       : 0;
    return CURLM_OK;
}

static const struct lcc_real real = {
    .multi_get_handles = fake_handles,
    .multi_get_offt = fake_offt,
    .maprintf = curl_maprintf,
    .free = curl_free,
    .multi_add_handle = fake_add,
    .multi_remove_handle = fake_remove,
    .multi_perform = fake_multi_perform,
    .multi_socket_action = fake_action,
    .multi_info_read = fake_read,
    .multi_timeout = fake_timeout,
    .multi_wait = fake_wait,
    .multi_poll = fake_wait,
    .multi_setopt = fake_setopt,
    .multi_cleanup = fake_cleanup,
};

/* --- the program ------------------------------------------------------------
 */

static struct lcc_handle *handles[MEMBERS_MAX];
static size_t handle_count;
static struct program programs[MEMBERS_MAX];
static struct lcc_multi multi;
static long told[TOLD_MAX];
static size_t told_count;
static int timer_answer;

static struct lcc_handle *find(const CURL *curl)
{
    for (size_t i = 0; i < handle_count; i++) {
        if (handles[i]->curl == curl) {
            return handles[i];
        }
    }
    return NULL;
}

static int on_timer(CURLM *curlm, long ms, void *user)
{
    cr_expect(curlm == multi.curlm && user == &timer_answer);
    cr_expect(multi.telling, "it is a callback");
    told[told_count++] = ms;
    return timer_answer;
}

static void begin(void)
{
    process_begin();
    fake.timeout_ms = -1;
    multi = (struct lcc_multi){.curlm = (CURLM *)&multi,
                               .real = &real,
                               .find = find,
                               .timer = on_timer,
                               .timer_data = &timer_answer};
}

static void end(void)
{
    if (multi.state) {
        cr_expect(lcc_multi_cleanup(&multi) == CURLM_OK);
    }
    for (size_t i = 0; i < handle_count; i++) {
        lcc_engine_table()->release(handles[i]);
        fake_handle_free(handles[i]);
    }
    process_end();
}

TestSuite(multi, .init = begin, .fini = end);

static struct lcc_handle *member(const char *url)
{
    struct lcc_handle *handle = fake_handle_new(url);

    program_attach(&programs[handle_count], handle);
    fake_of(handle)->script = page;
    handles[handle_count++] = handle;
    return handle;
}

static int perform(void)
{
    const struct lcc_drive drive = {.kind = LCC_DRIVE_PERFORM};
    int running = -1;

    cr_assert(lcc_multi_drive(&multi, &drive, &running) == CURLM_OK);
    return running;
}

/* A hit is planned in one call, and told in the next. */
static int perform_twice(void)
{
    perform();
    return perform();
}

static int timeout_comes(void)
{
    const struct lcc_drive drive = {LCC_DRIVE_SOCKET_ACTION,
                                    CURL_SOCKET_TIMEOUT, 0};
    int running = -1;

    cr_assert(lcc_multi_drive(&multi, &drive, &running) == CURLM_OK);
    return running;
}

/* The one message there is, of this handle. */
static CURLcode result_of(const struct lcc_handle *handle)
{
    int left = -1;
    const CURLMsg *message = lcc_multi_read(&multi, &left);

    cr_assert(message && left == 0);
    cr_assert(message->msg == CURLMSG_DONE);
    cr_expect(message->easy_handle == handle->curl);
    return message->data.result;
}

static struct lcc_handle *stored(const char *url)
{
    struct lcc_handle *handle = member(url);

    cr_assert(fake_perform(handle) == CURLE_OK);
    return handle;
}

static CURLMcode add(struct lcc_handle *handle)
{
    return lcc_multi_add(&multi, handle);
}

/* --- hits and misses ---------------------------------------------------------
 */

Test(multi, a_hit_never_enters_libcurls_handle)
{
    struct lcc_handle *handle = stored(URL);

    cr_assert(add(handle) == CURLM_OK);
    cr_expect(perform_twice() == 0);
    cr_expect(result_of(handle) == CURLE_OK);
    cr_expect(lcc_multi_remove(&multi, handle, handle->curl) == CURLM_OK);
    cr_expect(fake.adds == 0 && fake.removes == 0);
    cr_expect(process_counted(LCC_REASON_HIT) == 1);
}

/* No transfer over a network does: programs read no messages after it. */
Test(multi, a_hit_never_ends_in_the_call_that_begins_it)
{
    struct lcc_handle *first = stored(URL);
    struct lcc_handle *second = member(URL);
    int left = -1;

    add(first);
    cr_expect(timeout_comes() == 1);
    cr_expect(lcc_multi_read(&multi, &left) == NULL);
    cr_expect(told[told_count - 1] == 0, "there is more to do");
    add(second);
    cr_expect(timeout_comes() == 1, "the first ends, the second begins");
    cr_expect(result_of(first) == CURLE_OK);
    cr_expect(timeout_comes() == 0);
    cr_expect(result_of(second) == CURLE_OK);
}

Test(multi, a_miss_is_stored_when_its_message_is_there)
{
    struct lcc_handle *handle = member(URL);

    cr_assert(add(handle) == CURLM_OK);
    cr_expect(fake.adds == 0, "it is planned when it is driven");
    cr_expect(perform() == 0);
    cr_expect(process_stored() == 1, "before the program reads it");
    cr_expect(result_of(handle) == CURLE_OK);
    cr_expect(fake.adds == 1);
}

Test(multi, hits_are_counted_with_what_libcurl_runs)
{
    struct lcc_handle *hit = stored(URL);
    struct lcc_handle *late = member(OTHER);

    fake.stalls = true;
    add(late);
    cr_expect(perform() == 1);
    add(hit);
    cr_expect(perform() == 2, "the hit has begun");
    cr_expect(perform() == 1, "the hit has ended");
    cr_expect(result_of(hit) == CURLE_OK);
    cr_expect(lcc_multi_remove(&multi, late, late->curl) == CURLM_OK);
    cr_expect(process_counted(LCC_REASON_ABORTED) == 1);
    cr_expect(perform() == 0);
}

Test(multi, one_call_tells_hits_for_a_while_only)
{
    enum { MANY = 40 };
    int running = MANY;
    int calls = 0;

    stored(URL);
    for (int i = 0; i < MANY; i++) {
        add(member(URL));
    }
    while (running && calls < 2 * MANY) {
        int now = perform();

        cr_expect(now <= running, "each call begins or tells one at least");
        running = now;
        calls++;
    }
    cr_expect(running == 0 && calls > 1, "%d calls", calls);
}

Test(multi, a_handle_that_libcurl_refuses_has_failed)
{
    struct lcc_handle *handle = member(URL);

    fake.add_answer = CURLM_OUT_OF_MEMORY;
    cr_assert(add(handle) == CURLM_OK);
    cr_expect(perform() == 0);
    cr_expect(result_of(handle) == CURLE_OUT_OF_MEMORY);
    cr_expect(handle->state->busy == false && handle->state->recorder == NULL);
}

Test(multi, messages_of_handles_that_are_not_ours_are_passed_on)
{
    struct lcc_handle *ours = member(URL);
    struct lcc_handle *other = fake_handle_new(OTHER);
    int left = -1;
    CURLMsg *message;

    program_attach(&programs[MEMBERS_MAX - 1], other);
    fake_of(other)->script = page;
    add(ours);
    fake.running[fake.count++] = other->curl;
    cr_expect(perform() == 0);
    message = lcc_multi_read(&multi, &left);
    cr_expect(message->easy_handle == ours->curl && left == 1);
    message = lcc_multi_read(&multi, &left);
    cr_expect(message == &fake.messages[1], "libcurl's own");
    cr_expect(message->easy_handle == other->curl && left == 0);
    fake_handle_free(other);
}

Test(multi, a_message_vanishes_with_its_handle)
{
    struct lcc_handle *handle = stored(URL);
    int left = -1;

    add(handle);
    perform();
    lcc_multi_remove(&multi, handle, handle->curl);
    cr_expect(lcc_multi_read(&multi, &left) == NULL && left == 0);
}

Test(multi, names_that_were_given_to_one_member_are_all_members)
{
    struct lcc_handle *with = member(URL);
    struct lcc_handle *without = stored(OTHER);
    struct curl_slist *list = curl_slist_append(NULL, "origin.test:80:::1");

    fake_setopt_pointer(with, CURLOPT_RESOLVE, list);
    add(with);
    perform();
    result_of(with);
    cr_expect(fake.adds == 1);
    add(without);
    perform();
    cr_expect(fake.adds == 2, "what is stored came from elsewhere");
    curl_slist_free_all(list);
}

/* --- timers
 * -------------------------------------------------------------------
 */

Test(multi, the_timer_is_told_at_once_and_libcurls_time_after_it)
{
    struct lcc_handle *hit = stored(URL);

    add(member(OTHER));
    cr_assert(told_count == 1 && told[0] == 0);
    fake.stalls = true;
    timeout_comes();
    cr_expect(told_count == 1, "libcurl has asked for nothing");
    cr_expect(fake.timer(multi.curlm, 5000, fake.timer_data) == 0);
    cr_expect(told[told_count - 1] == 5000);
    fake.left_ms = 4900;
    add(hit);
    cr_expect(told[told_count - 1] == 0, "the hit comes first");
    timeout_comes();
    cr_expect(told[told_count - 1] == 0, "it was only begun");
    timeout_comes();
    cr_expect(told[told_count - 1] > 4000 && told[told_count - 1] < 5000,
              "what is left of libcurl's: %ld", told[told_count - 1]);
}

Test(multi, the_timer_is_told_again_while_hits_are_left)
{
    stored(URL);
    for (int i = 0; i < 40; i++) {
        add(member(URL));
    }
    for (int running = 1; running;) {
        size_t before = told_count = 0;

        running = timeout_comes();
        cr_expect(told_count == before + (running > 0));
        cr_expect(!running || told[0] == 0);
    }
}

/* As libcurl does: a timer that has run out is set anew once, when all is
 * done, and not where nothing is due. GLib's programs drop the one that called
 * them. */
Test(multi, a_miss_that_begins_when_the_timer_runs_out_sets_it_once)
{
    add(member(OTHER));
    fake.stalls = true;
    fake.asks_on_add = true;
    told_count = 0;
    timeout_comes();
    cr_expect(fake.adds == 1 && told_count == 0);
    add(member(URL));
    fake.left_ms = 200;
    told_count = 0;
    timeout_comes();
    cr_expect(fake.adds == 2 && told_count == 1);
    cr_expect(told[0] > 150 && told[0] <= 200, "%ld", told[0]);
}

/* By a socket libcurl does not forget what it has told. */
Test(multi, a_miss_that_begins_at_another_call_sets_the_timer)
{
    const struct lcc_drive drive = {LCC_DRIVE_SOCKET_ACTION, 5, 0};
    int running;

    add(member(OTHER));
    fake.stalls = true;
    fake.asks_on_add = true;
    told_count = 0;
    cr_assert(lcc_multi_drive(&multi, &drive, &running) == CURLM_OK);
    cr_expect(fake.adds == 1 && told_count == 1 && told[0] == 0);
}

/* Which reads one message each time its timer has run out. */
Test(multi, a_program_that_reads_one_message_at_a_time_gets_them_all)
{
    int read = 0;

    for (int i = 0; i < 3; i++) {
        add(i ? member(URL) : stored(URL));
    }
    do {
        int left;

        told_count = 0;
        timeout_comes();
        read += lcc_multi_read(&multi, &left) != NULL;
        /* It takes the handle out, and nothing more is due for that. */
        lcc_timer_arm(multi.state);
    } while (told_count && told[told_count - 1] == 0);
    cr_expect_eq(read, 3);
}

Test(multi, nobody_waits_while_a_hit_is_ready)
{
    long ms = -5;

    fake.timeout_ms = 300;
    add(stored(URL));
    cr_expect(lcc_multi_timeout(&multi, &ms) == CURLM_OK && ms == 0);
    lcc_multi_wait(&multi, true, NULL, 0, 1000, NULL);
    cr_expect(fake.waited_ms == 0);
    perform_twice();
    cr_expect(lcc_multi_timeout(&multi, &ms) == CURLM_OK && ms == 300);
    lcc_multi_wait(&multi, false, NULL, 0, 1000, NULL);
    cr_expect(fake.waited_ms == 1000);
    lcc_multi_wait(&multi, false, NULL, 0, -1, NULL);
    cr_expect(fake.waited_ms == -1, "libcurl finds fault with that");
}

Test(multi, a_timer_that_fails_ends_the_hits)
{
    struct lcc_handle *handle = stored(URL);

    timer_answer = -1;
    cr_expect(add(handle) == CURLM_ABORTED_BY_CALLBACK);
    cr_expect(perform() == 0);
    cr_expect(result_of(handle) == CURLE_ABORTED_BY_CALLBACK);
}

/* --- who is in it
 * -------------------------------------------------------------- */

static size_t listed(const struct lcc_handle *handle, size_t *ret_all)
{
    CURL **list = lcc_multi_handles(&multi);
    size_t found = 0;

    cr_assert(list);
    for (*ret_all = 0; list[*ret_all]; ++*ret_all) {
        found += list[*ret_all] == handle->curl;
    }
    curl_free(list);
    return found;
}

static void expect_numbers(int current, int running, int done, int added)
{
    const int wanted[] = {current, running, 0, done, added};

    for (int info = LCC_XFERS_CURRENT; info <= LCC_XFERS_ADDED; info++) {
        curl_off_t number = -1;

        cr_assert(lcc_multi_offt(&multi, info, &number) == CURLM_OK);
        cr_expect_eq(number, wanted[info - LCC_XFERS_CURRENT],
                     "info %d: %" CURL_FORMAT_CURL_OFF_T, info, number);
    }
}

Test(multi, hits_are_listed_and_counted_with_what_libcurl_has)
{
    struct lcc_handle *hit = stored(URL);
    struct lcc_handle *miss = member(OTHER);
    curl_off_t number = -1;
    size_t all;

    add(hit);
    add(miss);
    cr_expect(listed(hit, &all) == 1 && all == 2);
    expect_numbers(2, 2, 0, 2);
    fake.stalls = true;
    perform_twice();
    cr_expect(listed(hit, &all) == 1 && all == 2);
    cr_expect(listed(miss, &all) == 1);
    expect_numbers(2, 1, 1, 2);
    cr_expect(result_of(hit) == CURLE_OK);
    expect_numbers(2, 1, 1, 2);
    lcc_multi_remove(&multi, hit, hit->curl);
    cr_expect(listed(hit, &all) == 0 && all == 1);
    expect_numbers(1, 1, 0, 2);
    cr_expect(lcc_multi_offt(&multi, 99, &number) == CURLM_UNKNOWN_OPTION);
}

/* --- pauses
 * ------------------------------------------------------------------- */

static size_t pause_here(struct program *program, char *data, size_t size)
{
    (void)program, (void)data, (void)size;
    return CURL_WRITEFUNC_PAUSE;
}

/* A hit that its second header line has paused. */
static struct lcc_handle *paused(void)
{
    struct lcc_handle *handle = stored(URL);

    program_forget(&programs[handle_count - 1]);
    programs[handle_count - 1].at = 2;
    programs[handle_count - 1].act = pause_here;
    cr_assert(add(handle) == CURLM_OK);
    cr_assert(perform_twice() == 1);
    return handle;
}

Test(multi, a_paused_hit_waits_without_a_sound)
{
    struct lcc_handle *handle = paused();
    long ms = -5;

    cr_expect(lcc_multi_timeout(&multi, &ms) == CURLM_OK && ms == -1);
    cr_expect(perform() == 1);
    told_count = 0;
    programs[handle_count - 1].act = NULL;
    cr_expect(lcc_multi_pause(handle, CURLPAUSE_CONT) == CURLE_OK);
    cr_expect(told_count == 1 && told[0] == 0, "it goes on at once");
    cr_expect(timeout_comes() == 0);
    cr_expect(result_of(handle) == CURLE_OK);
    cr_expect_str_eq(programs[handle_count - 1].seen,
                     "H:HTTP/1.1 200 OK\r\nH:\r\nH:\r\nW:page");
}

static struct lcc_handle *to_resume;

static size_t resume_other(struct program *program, char *data, size_t size)
{
    (void)program, (void)data;
    cr_expect(lcc_multi_pause(to_resume, CURLPAUSE_CONT) == CURLE_OK);
    return size;
}

Test(multi, a_paused_hit_goes_on_by_a_callback_of_another)
{
    struct program *other;

    to_resume = paused();
    programs[handle_count - 1].act = NULL;
    other = &programs[handle_count];
    other->at = 1;
    other->act = resume_other;
    add(member(URL));
    for (int i = 0; i < 10 && timeout_comes(); i++) {
    }
    cr_expect(timeout_comes() == 0);
}

Test(multi, a_paused_hit_runs_out_of_time)
{
    struct lcc_handle *handle = stored(URL);
    long ms = -5;

    lcc_engine_table()->forget(handle);
    fake_setopt_long(handle, CURLOPT_TIMEOUT_MS, 40);
    program_forget(&programs[0]);
    programs[0].at = 2;
    programs[0].act = pause_here;
    add(handle);
    cr_assert(perform_twice() == 1);
    cr_expect(lcc_multi_timeout(&multi, &ms) == CURLM_OK);
    cr_expect(ms > 0 && ms <= 40, "%ld", ms);
    for (int i = 0; i < 100 && timeout_comes(); i++) {
    }
    cr_expect(result_of(handle) == CURLE_OPERATION_TIMEDOUT);
}

Test(multi, a_hit_that_is_taken_away_leaves_nothing_behind)
{
    struct lcc_handle *handle = paused();

    cr_expect(lcc_multi_remove(&multi, handle, handle->curl) == CURLM_OK);
    cr_expect(perform() == 0);
    cr_expect(!handle->state->busy && !handle->state->serving);
    cr_expect(handle->multi == NULL);
    programs[handle_count - 1].act = NULL;
    cr_expect(fake_perform(handle) == CURLE_OK, "it is free again");
}

/* --- inside callbacks
 * ----------------------------------------------------------
 */

static size_t clean_up_here(struct program *program, char *data, size_t size)
{
    (void)data;
    cr_expect(multi.telling);
    program->handle->gone = true; /* as interpose_easy.c does */
    multi.left = true;
    return size;
}

Test(multi, a_member_that_a_callback_cleaned_up_is_found_afterwards)
{
    struct lcc_handle *handle = stored(URL);

    program_forget(&programs[0]);
    programs[0].at = 1;
    programs[0].act = clean_up_here;
    add(handle);
    perform_twice();
    cr_assert(multi.left);
    cr_expect(lcc_multi_next_gone(&multi) == handle);
    lcc_multi_forget_member(handle);
    cr_expect(lcc_multi_next_gone(&multi) == NULL && !multi.left);
    handle->gone = false;
}
