/*
 * test_header_api.c - header structs of a hit, beyond the plain comparison
 *
 * That names, values, order, origins and requests agree with libcurl's is
 * shown by test_replayer.c for every program there.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "hit.h"

static const char *const page[] = {
    "HTTP/1.1 200 Connection established\r\n",
    "Proxy-Agent: p\r\n",
    "\r\n",
    "HTTP/1.1 302 Found\r\n",
    "Location: /b\r\n",
    "X-A: hop\r\n",
    "\r\n",
    "HTTP/1.1 200 OK\r\n",
    "X-A: one\r\n",
    "Age: 3\r\n",
    "x-a: two\r\n",
    "\r\n",
    "X-Trailer: t\r\n",
    NULL,
};

static struct hit_entry entry;
static struct hit_side side;

static void start(void)
{
    hit_entry_make(&entry, page, "ok", 2);
    hit_side_init(&side, true);
    hit_listen(&side, "http://h/");
    hit_long(&side, CURLOPT_FOLLOWLOCATION, 1);
}

static void stop(void)
{
    hit_side_done(&side);
    hit_entry_done(&entry);
}

TestSuite(header_api, .init = start, .fini = stop);

static const char *value_of(const char *name, size_t index, unsigned int origin,
                            int request)
{
    struct curl_header *h = NULL;

    if (hit_header(&side, name, index, origin, request, &h) != CURLHE_OK) {
        return NULL;
    }
    return h->value;
}

Test(header_api, every_request_of_a_chain_has_its_own)
{
    hit_run(&side, &entry);
    cr_expect_str_eq(value_of("x-a", 0, CURLH_HEADER, 0), "hop");
    cr_expect_str_eq(value_of("X-A", 0, CURLH_HEADER, -1), "one");
    cr_expect_str_eq(value_of("X-A", 1, CURLH_HEADER, 1), "two");
    cr_expect_str_eq(value_of("Proxy-Agent", 0, CURLH_CONNECT, 0), "p");
    cr_expect_null(value_of("Proxy-Agent", 0, CURLH_HEADER, 0));
    cr_expect_str_eq(value_of("X-Trailer", 0, CURLH_TRAILER, -1), "t");
}

Test(header_api, errors_are_libcurls)
{
    struct curl_header *h;

    cr_expect_eq(hit_header(&side, "X-A", 0, CURLH_HEADER, -1, &h),
                 CURLHE_NOHEADERS, "nothing was fetched");
    hit_run(&side, &entry);
    cr_expect_eq(hit_header(&side, "X-A", 2, CURLH_HEADER, -1, &h),
                 CURLHE_BADINDEX);
    cr_expect_eq(hit_header(&side, "X-B", 0, CURLH_HEADER, -1, &h),
                 CURLHE_MISSING);
    cr_expect_eq(hit_header(&side, "X-A", 0, CURLH_HEADER, 2, &h),
                 CURLHE_NOREQUEST);
    cr_expect_eq(hit_header(&side, "X-A", 0, CURLH_HEADER, -2, &h),
                 CURLHE_BAD_ARGUMENT);
    cr_expect_eq(hit_header(&side, "X-A", 0, 0, -1, &h), CURLHE_BAD_ARGUMENT);
    cr_expect_eq(hit_header(&side, "X-A", 0, 64, -1, &h), CURLHE_BAD_ARGUMENT);
    cr_expect_eq(hit_header(&side, NULL, 0, CURLH_HEADER, -1, &h),
                 CURLHE_BAD_ARGUMENT);
    cr_expect_eq(hit_header(&side, "X-A", 0, CURLH_HEADER, -1, NULL),
                 CURLHE_BAD_ARGUMENT);
}

static size_t first_line_count;

static size_t count_inside(char *data, size_t size, size_t count, void *user)
{
    struct curl_header *h = NULL;
    size_t known = 0;

    (void)user;
    while ((h = hit_next(&side, CURLH_HEADER, -1, h))) {
        known++;
    }
    if (strncmp(data, "x-a", 3) == 0) {
        first_line_count = known;
    }
    return size * count;
}

Test(header_api, lines_are_known_from_their_own_callback_on)
{
    hit_function(&side, CURLOPT_HEADERFUNCTION, (void (*)(void))count_inside);
    hit_run(&side, &entry);
    cr_expect_eq(first_line_count, 3, "X-A, Age and this one");
}

Test(header_api, age_takes_the_place_of_the_stored_one)
{
    struct curl_header *h;

    entry.decision.add_age = true;
    hit_run(&side, &entry);
    cr_expect_eq(hit_header(&side, "Age", 0, CURLH_HEADER, -1, &h), CURLHE_OK);
    cr_expect_eq(h->amount, 1);
    cr_expect_str_eq(h->value, "7");
    cr_expect_null(value_of("Cache-Status", 0, CURLH_HEADER, -1));
    cr_expect(
        memmem(side.text.data, side.text.size, "Age: 7\r\nheader \r\n", 17));
}

static const char *const hopping[] = {
    "HTTP/1.1 200 OK\r\n",
    "Connection: close, X-Named\r\n",
    "X-Kept: 1\r\n",
    "x-named: 2\r\n",
    "Keep-Alive: timeout=5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Upgrade: h2c\r\n",
    "Proxy-Authenticate: Basic\r\n",
    "connection: x-also\r\n",
    "X-Also: 3\r\n",
    "\r\n",
    NULL,
};

static const char *const ended_at_the_hop[] = {
    "Connection", "X-Named", "Keep-Alive",         "Transfer-Encoding",
    "Upgrade",    "X-Also",  "Proxy-Authenticate",
};

Test(header_api, what_ended_at_the_next_hop_is_not_told_again)
{
    hit_entry_done(&entry);
    hit_entry_make(&entry, hopping, "ok", 2);
    entry.decision.add_age = true;
    hit_run(&side, &entry);
    cr_expect_str_eq(value_of("X-Kept", 0, CURLH_HEADER, -1), "1");
    for (size_t i = 0; i < LCC_ARRAY_SIZE(ended_at_the_hop); i++) {
        cr_expect_null(value_of(ended_at_the_hop[i], 0, CURLH_HEADER, -1), "%s",
                       ended_at_the_hop[i]);
    }
}

Test(header_api, under_the_users_rule_all_is_told_as_it_was_stored)
{
    hit_entry_done(&entry);
    hit_entry_make(&entry, hopping, "ok", 2);
    entry.decision.add_age = false;
    hit_run(&side, &entry);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(ended_at_the_hop); i++) {
        cr_expect_not_null(value_of(ended_at_the_hop[i], 0, CURLH_HEADER, -1),
                           "%s", ended_at_the_hop[i]);
    }
}

Test(header_api, cache_status_says_that_it_was_a_hit)
{
    side.handle.state->status_header = true;
    hit_run(&side, &entry);
    cr_expect_str_eq(value_of("Cache-Status", 0, CURLH_HEADER, -1),
                     "curlcache; hit; ttl=60");
    cr_expect_str_eq(value_of("Age", 0, CURLH_HEADER, -1), "3");
}

Test(header_api, answers_of_connect_can_be_kept_from_the_program)
{
    hit_long(&side, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    hit_run(&side, &entry);
    cr_expect_null(memmem(side.text.data, side.text.size, "Proxy-Agent", 11));
    cr_expect_null(value_of("Proxy-Agent", 0, CURLH_CONNECT, 0));
    cr_expect_str_eq(value_of("X-A", 0, CURLH_HEADER, 0), "hop");
}

/* curl's %{header_json} goes on from what curl_easy_header() found: before 8.1
 * both functions answer from one place. */
Test(header_api, both_functions_answer_from_where_libcurl_does)
{
    bool one_place = side.handle.real->version < 0x080100;
    struct curl_header *at = NULL;
    struct curl_header *found = NULL;

    hit_run(&side, &entry);
    at = hit_next(&side, CURLH_HEADER, -1, at);
    cr_assert_not_null(at);
    cr_expect_eq(hit_header(&side, "X-A", 0, CURLH_HEADER, -1, &found),
                 CURLHE_OK);
    cr_expect_eq(at == found, one_place);
}

static const char *const interim_page[] = {
    "HTTP/1.1 103 Early Hints\r\n",
    "X-Hint: a\r\n",
    "\r\n",
    "HTTP/1.1 200 OK\r\n",
    "X-A: one\r\n",
    "\r\n",
    NULL,
};

Test(header_api, interim_responses_are_told_under_a_ttl_alone)
{
    hit_entry_done(&entry);
    hit_entry_make(&entry, interim_page, "ok", 2);
    hit_run(&side, &entry);
    cr_expect_str_eq(value_of("X-Hint", 0, CURLH_1XX, 0), "a");
    entry.decision.add_age = true;
    hit_run(&side, &entry);
    cr_expect_null(value_of("X-Hint", 0, CURLH_1XX, 0));
    cr_expect_str_eq(value_of("X-A", 0, CURLH_HEADER, 0), "one");
}
