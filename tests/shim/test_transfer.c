/*
 * The way of a transfer: what is served, fetched, refused and passed through,
 * and that each decision is counted.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "shim/transfer.h"
#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"

#include <errno.h>
#include <setjmp.h>

#define URL "http://origin.test/dir/page"

static struct program program;

static void begin(void)
{
    process_begin();
    memset(&program, 0, sizeof(program));
    program_attach(&program, fake_handle_new(URL));
}

static void end(void)
{
    fake_handle_free(program.handle);
    process_end();
}

TestSuite(transfer, .init = begin, .fini = end);

static const struct fake_step page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

static const struct fake_step answer_ok[] = {
    {FAKE_HEADER, "HTTP/1.1 204 No Content\r\n", 0},
    {FAKE_HEADER, "Location: /dir/made\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_END, NULL, 0},
};

static const struct fake_step answer_error[] = {
    {FAKE_HEADER, "HTTP/1.1 403 Forbidden\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_END, NULL, 0},
};

/* How often the origin was asked for these transfers. */
static unsigned int asked(void)
{
    return fake_of(program.handle)->performs;
}

static void fetch_page(void)
{
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
}

/* --- lifetimes ----------------------------------------------------------- */

Test(transfer, a_stored_response_is_served_until_its_ttl_ends)
{
    fetch_page();
    process_now_s += 3599;
    fetch_page();
    cr_expect_eq(asked(), 1);
    process_now_s += 2;
    fetch_page();
    cr_expect_eq(asked(), 2);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
    cr_expect_eq(process_counted(LCC_REASON_HIT), 1);
    cr_expect_eq(process_counted(LCC_REASON_EXPIRED), 1);
    cr_expect_eq(process_stored(), 1, "the new one took the old one's place");
}

Test(transfer, an_expired_response_stays_when_the_new_one_fails)
{
    fetch_page();
    process_now_s += 4000;
    fake_of(program.handle)->result = CURLE_RECV_ERROR;
    cr_expect_eq(program_perform(&program, page), CURLE_RECV_ERROR);
    cr_expect_eq(process_stored(), 1);
    cr_expect_eq(process_counted(LCC_REASON_FAILED), 1);
}

/* --- modes --------------------------------------------------------------- */

Test(transfer, offline_serves_what_is_stored_and_refuses_the_rest)
{
    char error[CURL_ERROR_SIZE] = "";

    fake_setopt_pointer(program.handle, CURLOPT_ERRORBUFFER, error);
    fetch_page();
    process_settings()->policy.mode = LCC_MODE_OFFLINE;
    process_now_s += 100000;
    fetch_page();
    cr_expect_eq(asked(), 1, "stale is served too");
    fake_setopt_string(program.handle, CURLOPT_URL, "http://origin.test/other");
    cr_expect_eq(program_perform(&program, page), CURLE_COULDNT_CONNECT);
    cr_expect_eq(asked(), 1);
    cr_expect(strstr(error, "http://origin.test/other") != NULL, "%s", error);
    cr_expect_eq(fake_status(program.handle), 0);
    cr_expect_eq(process_counted(LCC_REASON_OFFLINE_MISS), 1);
}

static void ask_for_a_part(void)
{
    fake_setopt_string(program.handle, CURLOPT_RANGE, "2-1");
}

static void post(void)
{
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, "DELETE");
}

static void lose_the_store(void)
{
    process_without_store(LCC_REASON_STORE_UNAVAILABLE);
}

struct offline_case {
    const char *name;
    void (*prepare)(void);
};

static const struct offline_case offline_cases[] = {
    {"a part", ask_for_a_part},
    {"an unsafe method", post},
    {"a store that cannot be used", lose_the_store},
};

ParameterizedTestParameters(transfer, offline_never_asks_the_network)
{
    static size_t rows[LCC_ARRAY_SIZE(offline_cases)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, transfer, offline_never_asks_the_network)
{
    process_settings()->policy.mode = LCC_MODE_OFFLINE;
    offline_cases[*which].prepare();
    cr_expect_eq(program_perform(&program, page), CURLE_COULDNT_CONNECT, "%s",
                 offline_cases[*which].name);
    cr_expect_eq(asked(), 0, "%s", offline_cases[*which].name);
}

Test(transfer, recache_fetches_and_stores_anew)
{
    fetch_page();
    process_settings()->policy.mode = LCC_MODE_RECACHE;
    fetch_page();
    cr_expect_eq(asked(), 2);
    cr_expect_eq(process_counted(LCC_REASON_REFETCHED), 1);
    cr_expect_eq(process_stored(), 1);
}

Test(transfer, readonly_serves_and_stores_nothing)
{
    fetch_page();
    process_settings()->policy.mode = LCC_MODE_READONLY;
    process_reopen();
    fetch_page();
    cr_expect_eq(asked(), 1);
    fake_setopt_string(program.handle, CURLOPT_URL, "http://origin.test/other");
    fetch_page();
    fetch_page();
    cr_expect_eq(asked(), 3);
    cr_expect_eq(process_counted(LCC_REASON_READONLY), 2);
    cr_expect_eq(process_stored(), 1);
}

/* --- standing aside ------------------------------------------------------ */

struct aside {
    const char *name;
    enum lcc_reason off;
    uint64_t counted;
};

static const struct aside asides[] = {
    {"switched off", LCC_REASON_DISABLED, 0},
    {"a bad setting", LCC_REASON_BAD_SETTING, 0},
    {"no store", LCC_REASON_STORE_UNAVAILABLE, 1},
    {"a broken store", LCC_REASON_STORE_ERROR, 1},
};

ParameterizedTestParameters(transfer, without_a_cache_libcurl_does_it_alone)
{
    static size_t rows[LCC_ARRAY_SIZE(asides)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, transfer,
                  without_a_cache_libcurl_does_it_alone)
{
    const struct aside *row = &asides[*which];

    process_without_store(row->off);
    fetch_page();
    fetch_page();
    cr_expect_eq(asked(), 2, "%s", row->name);
    cr_expect_eq(process_counted(row->off), 2 * row->counted, "%s", row->name);
    cr_expect(fake_of(program.handle)->write == program_write);
}

Test(transfer, a_broken_range_is_passed_through_and_counted)
{
    ask_for_a_part();
    fetch_page();
    fetch_page();
    cr_expect_eq(asked(), 2);
    cr_expect_eq(process_counted(LCC_REASON_RANGE), 2);
}

Test(transfer, another_scheme_is_none_of_ours)
{
    fake_setopt_string(program.handle, CURLOPT_URL, "ftp://origin.test/page");
    fetch_page();
    cr_expect_null(program.handle->state);
}

Test(transfer, answers_are_the_real_handles_after_a_pass_through)
{
    fetch_page();
    fetch_page();
    cr_expect_not_null(program.handle->state->served);
    fake_setopt_string(program.handle, CURLOPT_URL, "ftp://origin.test/page");
    fetch_page();
    cr_expect_null(program.handle->state->served);
}

Test(transfer, errno_is_what_it_was)
{
    errno = EDOM;
    fetch_page();
    cr_expect_eq(errno, EDOM, "after a miss");
    fetch_page();
    cr_expect_eq(errno, EDOM, "after a hit");
    ask_for_a_part();
    fetch_page();
    cr_expect_eq(errno, EDOM, "after a pass-through");
}

/* --- unsafe methods ------------------------------------------------------ */

static void send_delete(const char *url, const struct fake_step *answer)
{
    fake_setopt_string(program.handle, CURLOPT_URL, url);
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, "DELETE");
    cr_assert_eq(program_perform(&program, answer), CURLE_OK);
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, NULL);
    fake_setopt_string(program.handle, CURLOPT_URL, URL);
}

Test(transfer, an_unsafe_method_that_succeeds_drops_what_is_stored)
{
    fetch_page();
    send_delete(URL, answer_ok);
    cr_expect_eq(process_counted(LCC_REASON_UNSAFE_METHOD), 1);
    cr_expect_eq(process_stored(), 0);
    fetch_page();
    cr_expect_eq(asked(), 3);
}

Test(transfer, an_unsafe_method_that_fails_drops_nothing)
{
    fetch_page();
    send_delete(URL, answer_error);
    cr_expect_eq(process_stored(), 1);
}

Test(transfer, an_unsafe_method_of_another_url_drops_nothing)
{
    fetch_page();
    send_delete("http://origin.test/dir/else", answer_ok);
    cr_expect_eq(process_stored(), 1);
}

/* What the fake's header API answers. */
static struct curl_header named;

static CURLHcode fake_header(CURL *curl, const char *name, size_t index,
                             unsigned int origin, int request,
                             struct curl_header **ret)
{
    (void)curl;
    (void)index;
    (void)origin;
    (void)request;
    if (!named.name || strcmp(name, named.name) != 0) {
        return CURLHE_MISSING;
    }
    *ret = &named;
    return CURLHE_OK;
}

struct named_case {
    const char *name;
    const char *field;
    const char *value;
    uint64_t left;
};

static const struct named_case named_cases[] = {
    {"Location", "Location", "/dir/page", 0},
    {"Content-Location", "Content-Location", "page?q#top", 1},
    {"relative", "Content-Location", "page", 0},
    {"absolute", "Location", "HTTP://ORIGIN.test:80/dir/page", 0},
    {"another origin", "Location", "http://else.test/dir/page", 1},
    {"another port", "Location", "http://origin.test:81/dir/page", 1},
    {"another scheme", "Location", "https://origin.test/dir/page", 1},
};

ParameterizedTestParameters(transfer,
                            what_an_unsafe_answer_names_is_dropped_too)
{
    static size_t rows[LCC_ARRAY_SIZE(named_cases)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, transfer,
                  what_an_unsafe_answer_names_is_dropped_too)
{
    const struct named_case *row = &named_cases[*which];
    struct lcc_real real = fake_real;
    char name[32];
    char value[64];

    real.easy_header = fake_header;
    program.handle->real = &real;
    fetch_page();
    snprintf(name, sizeof(name), "%s", row->field);
    snprintf(value, sizeof(value), "%s", row->value);
    named.name = name;
    named.value = value;
    send_delete("http://origin.test/dir/else", answer_ok);
    cr_expect_eq(process_stored(), row->left, "%s", row->name);
    program.handle->real = &fake_real;
}

/* --- redirect chains ----------------------------------------------------- */

static const struct fake_step chain[] = {
    {FAKE_HEADER, "HTTP/1.1 302 Found\r\n", 0},
    {FAKE_HEADER, "Location: /end\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_URL, "http://origin.test/end", 0},
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "the end", 0},
    {FAKE_END, NULL, 0},
};

Test(transfer, a_followed_chain_is_stored_with_all_its_blocks)
{
    static char told[sizeof(program.seen)];

    fake_setopt_long(program.handle, CURLOPT_FOLLOWLOCATION, 1);
    cr_assert_eq(program_perform(&program, chain), CURLE_OK);
    snprintf(told, sizeof(told), "%s", program.seen);
    program_forget(&program);
    cr_assert_eq(program_perform(&program, chain), CURLE_OK);
    cr_expect_eq(asked(), 1);
    cr_expect_str_eq(program.seen, told);
    cr_expect_eq(process_counted(LCC_REASON_HIT), 1);
}

Test(transfer, a_chain_that_went_elsewhere_than_its_location_is_not_stored)
{
    static const struct fake_step elsewhere[] = {
        {FAKE_HEADER, "HTTP/1.1 302 Found\r\n", 0},
        {FAKE_HEADER, "Location: http://origin.test/end\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_URL, "https://origin.test/end", 0},
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, "the end", 0},
        {FAKE_END, NULL, 0},
    };

    fake_setopt_long(program.handle, CURLOPT_FOLLOWLOCATION, 1);
    cr_assert_eq(program_perform(&program, elsewhere), CURLE_OK);
    cr_expect_eq(process_stored(), 0);
    cr_expect_eq(process_counted(LCC_REASON_NOT_STORABLE), 1);
}

Test(transfer, a_hop_with_no_store_keeps_the_chain_out)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 302 Found\r\n", 0},
        {FAKE_HEADER, "Location: /end\r\n", 0},
        {FAKE_HEADER, "Cache-Control: no-store\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_URL, "http://origin.test/end", 0},
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, "the end", 0},
        {FAKE_END, NULL, 0},
    };

    fake_setopt_long(program.handle, CURLOPT_FOLLOWLOCATION, 1);
    cr_assert_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_eq(process_stored(), 0);
    cr_expect_eq(process_counted(LCC_REASON_RESPONSE_NO_STORE), 1);
}

/* --- Vary ---------------------------------------------------------------- */

static void ask_with(const char *agent, const struct fake_step *script)
{
    fake_setopt_string(program.handle, CURLOPT_USERAGENT, agent);
    cr_assert_eq(program_perform(&program, script), CURLE_OK);
}

Test(transfer, what_vary_selects_lives_side_by_side)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "Vary: User-Agent\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, "for you", 0},
        {FAKE_END, NULL, 0},
    };

    ask_with("one", script);
    ask_with("two", script);
    cr_expect_eq(asked(), 2);
    ask_with("one", script);
    ask_with("two", script);
    cr_expect_eq(asked(), 2);
    cr_expect_eq(process_stored(), 2);
}

/* --- leaving in the middle ----------------------------------------------- */

static jmp_buf outside;

static size_t leave(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    (void)size;
    longjmp(outside, 1);
}

/* What the stack held is gone, as it is by the time a program goes on. */
__attribute__((noinline)) static void scribble(void)
{
    char over[64 * 1024];

    memset(over, 0x5a, sizeof(over));
    __asm__ volatile("" : : "r"(over) : "memory");
}

Test(transfer, a_callback_that_leaves_by_longjmp_leaves_a_handle_to_reset)
{
    program.act = leave;
    program.at = 3;
    if (!setjmp(outside)) {
        program_perform(&program, page);
        cr_assert_fail("nobody left");
    }
    scribble();
    fake_reset(program.handle);
    fake_setopt_function(program.handle, CURLOPT_WRITEFUNCTION, program_write);
    cr_expect(fake_of(program.handle)->write == program_write);
    cr_expect_eq(process_stored(), 0);
}
