/*
 * test_set_cookie.c - a hit leaves the cookies that the transfer would leave
 *
 * Each row is a Set-Cookie value sent by a host; what libcurl's engine holds
 * after a transfer and after a hit must be the same.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hit.h"
#include "shim/cookie_line.h"

struct cookie_case {
    const char *name;
    const char *host;
    const char *value; /* more than one: joined by "\r\nSet-Cookie: " */
};

#define NEXT "\r\nSet-Cookie: "

static const struct cookie_case cases[] = {
    {"a session cookie", "www.example.com", "a=b"},
    {"no value", "www.example.com", "a="},
    {"no name", "www.example.com", "=b"},
    {"no name, then one", "www.example.com", "=b; c=d"},
    {"a word alone", "www.example.com", "a"},
    {"blanks", "www.example.com", "  a  =  b c  ; path = /x ;secure=;"},
    {"quotes are kept", "www.example.com", "a=\"b;c\""},
    {"a path", "www.example.com", "a=b; Path=/other"},
    {"a path that is none", "www.example.com", "a=b; path=other"},
    {"secure from an insecure host", "www.example.com", "a=b; Secure"},
    {"secure from this machine", "localhost", "a=b; secure; HttpOnly"},
    {"secure with a value is no flag", "www.example.com", "a=b; secure=1"},
    {"http only", "www.example.com", "a=b; httponly"},
    {"the parent domain", "www.example.com", "a=b; Domain=example.com"},
    {"a domain with a dot", "www.example.com", "a=b; Domain=.example.com"},
    {"its own domain", "www.example.com", "a=b; domain=WWW.example.com"},
    {"another domain", "www.example.com", "a=b; domain=example.org"},
    {"half a name", "www.example.com", "a=b; domain=ample.com"},
    {"a child domain", "example.com", "a=b; domain=www.example.com"},
    {"a top level", "www.example.com", "a=b; domain=com"},
    {"a public suffix", "shop.example.co.uk", "a=b; domain=co.uk"},
    {"below a public suffix", "shop.example.co.uk",
     "a=b; domain=example.co.uk"},
    {"a suffix that sets for itself", "co.uk", "a=b; domain=co.uk"},
    {"an empty domain", "www.example.com", "a=b; domain="},
    {"an address", "127.0.0.1", "a=b"},
    {"an address as domain", "127.0.0.1", "a=b; domain=127.0.0.1"},
    {"part of an address", "127.0.0.1", "a=b; domain=0.0.1"},
    {"localhost as domain", "localhost", "a=b; domain=localhost"},
    {"a date", "www.example.com", "a=b; expires=Tue, 19 Jan 2038 03:14:07 GMT"},
    {"a date with dashes", "www.example.com",
     "a=b; expires=Tue, 19-Jan-2038 03:14:07 GMT"},
    {"two digits of a year", "www.example.com",
     "a=b; expires=Tuesday, 19-Jan-38 03:14:07 GMT"},
    {"the form of asctime", "www.example.com",
     "a=b; expires=Tue Jan 19 03:14:07 2038"},
    {"a date that is past", "www.example.com",
     "a=b; expires=Thu, 01-Jan-1970 00:00:01 GMT"},
    {"a date that is none", "www.example.com", "a=b; expires=never"},
    {"a date of zero", "www.example.com", "a=b; expires=0"},
    {"a date below zero", "www.example.com", "a=b; expires=-1"},
    {"a date and a word", "www.example.com", "a=b; expires=session"},
    {"max-age", "www.example.com", "a=b; Max-Age=3600"},
    {"max-age wins", "www.example.com",
     "a=b; max-age=3600; expires=Tue, 19 Jan 2038 03:14:07 GMT"},
    {"a quoted max-age", "www.example.com", "a=b; max-age=\"3600\""},
    {"max-age that ends it", "www.example.com", "a=b; max-age=0"},
    {"max-age that is no number", "www.example.com", "a=b; max-age=x"},
    {"max-age beyond all bounds", "www.example.com",
     "a=b; max-age=99999999999999999999"},
    {"a tab inside", "www.example.com", "a=b\tc"},
    {"a tab in the path", "www.example.com", "a=b; path=/x\ty"},
    {"a control character", "www.example.com", "a=b\001c"},
    {"the secure prefix, insecure", "www.example.com", "__Secure-a=b"},
    {"the secure prefix", "localhost", "__Secure-a=b; secure"},
    {"the host prefix", "localhost", "__Host-a=b; secure; path=/"},
    {"the host prefix with a domain", "localhost",
     "__Host-a=b; secure; path=/; domain=localhost"},
    {"two cookies", "www.example.com", "a=b" NEXT "c=d"},
    {"one replaced", "www.example.com", "a=b" NEXT "a=c"},
    {"one taken back", "www.example.com", "a=b" NEXT "a=; max-age=0"},
    {"version is passed over", "www.example.com", "a=b; version=1; c=d"},
};

static char head[4096];
static struct hit_answer answers[] = {{"/dir/page", head, "ok", 2},
                                      {NULL, NULL, NULL, 0}};
static struct curl_slist *resolve;
static char url[128];

static void start(const struct cookie_case *c)
{
    char entry[128];
    int port;

    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: %s\r\n\r\n",
             c->value);
    curl_global_init(CURL_GLOBAL_ALL);
    port = hit_server_start(answers);
    snprintf(entry, sizeof(entry), "%s:%d:127.0.0.1", c->host, port);
    resolve = curl_slist_append(NULL, entry);
    snprintf(url, sizeof(url), "http://%s:%d/dir/page?q=/x", c->host, port);
}

static void with_resolve(struct hit_side *side)
{
    hit_list(side, CURLOPT_RESOLVE, resolve);
}

/* The engine's lines, with lifetimes that count from now made comparable. */
static void print_cookies(struct hit_side *side)
{
    struct curl_slist *list = NULL;
    int64_t now = time(NULL);

    hit_ask(side, CURLINFO_COOKIELIST, &list);
    for (struct curl_slist *at = list; at; at = at->next) {
        char before[512];
        char after[512];
        long long expires = 0;

        cr_assert_eq(sscanf(at->data, "%511[^\t]\t%511[^\t]", before, after),
                     2);
        snprintf(after, sizeof(after), "%s", at->data);
        for (int tab = 0; tab < 4; tab++) {
            memmove(after, strchr(after, '\t') + 1,
                    strlen(strchr(after, '\t')));
        }
        expires = strtoll(after, NULL, 10);
        if (expires > now + 3000 && expires < now + 4000) {
            hit_print(side, "an hour ahead: ");
            *strchr(after, '\t') = '_';
            hit_print(side, "%s %.40s\n", strchr(after, '_'), at->data);
        } else {
            hit_print(side, "%s\n", at->data);
        }
    }
    curl_slist_free_all(list);
    cr_assert_eq(lcc_buf_put_u8(&side->text, 0), 0);
}

static void run_side(struct hit_side *side, struct hit_entry *entry)
{
    hit_text(side, CURLOPT_URL, url);
    hit_text(side, CURLOPT_COOKIEFILE, "");
    hit_pointer(side, CURLOPT_WRITEDATA, fopen("/dev/null", "we"));
    with_resolve(side);
    hit_run(side, entry);
    cr_expect_eq(side->result, CURLE_OK);
    print_cookies(side);
    fclose(lcc_shadow_pointer(&side->handle.shadow, LCC_OPT_WRITEDATA));
}

ParameterizedTestParameters(set_cookie, engine_holds_the_same)
{
    static size_t which[LCC_ARRAY_SIZE(cases)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(which); i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, LCC_ARRAY_SIZE(which));
}

ParameterizedTest(size_t *which, set_cookie, engine_holds_the_same)
{
    const struct cookie_case *c = &cases[*which];
    struct hit_entry entry;
    struct hit_side plain;
    struct hit_side hit;

    start(c);
    hit_record(&entry, url, with_resolve);
    entry.entry.response_time_s = time(NULL);
    hit_side_init(&plain, false);
    hit_side_init(&hit, true);
    run_side(&plain, &entry);
    run_side(&hit, &entry);
    cr_expect_str_eq((char *)hit.text.data, (char *)plain.text.data,
                     "%s: libcurl holds '%s', the hit left '%s'", c->name,
                     (char *)plain.text.data, (char *)hit.text.data);
    hit_side_done(&plain);
    hit_side_done(&hit);
    hit_entry_done(&entry);
    curl_slist_free_all(resolve);
}

static size_t count_cookies(struct hit_side *side)
{
    struct curl_slist *list = NULL;
    size_t count = 0;

    hit_ask(side, CURLINFO_COOKIELIST, &list);
    for (struct curl_slist *at = list; at; at = at->next) {
        count++;
    }
    curl_slist_free_all(list);
    return count;
}

static const char *const page[] = {
    "HTTP/1.1 200 OK\r\n", "Set-Cookie: a=b; max-age=60\r\n", "\r\n", NULL};

static void serve_page(struct hit_side *side, int64_t stored_s)
{
    struct hit_entry entry;

    hit_entry_make(&entry, page, "", 0);
    entry.entry.response_time_s = stored_s;
    hit_text(side, CURLOPT_URL, "http://www.example.com/");
    hit_run(side, &entry);
    hit_entry_done(&entry);
}

Test(set_cookie, nothing_is_set_while_the_engine_is_off)
{
    struct hit_side hit;

    hit_side_init(&hit, true);
    serve_page(&hit, time(NULL));
    cr_expect_eq(count_cookies(&hit), 0);
    hit_side_done(&hit);
}

/* Fifth column of the first line. */
static int64_t expiry_of_first(struct hit_side *side)
{
    struct curl_slist *list = NULL;
    const char *at;
    int64_t expires;

    hit_ask(side, CURLINFO_COOKIELIST, &list);
    cr_assert(list);
    at = list->data;
    for (int tab = 0; tab < 4; tab++) {
        at = strchr(at, '\t') + 1;
    }
    expires = strtoll(at, NULL, 10);
    curl_slist_free_all(list);
    return expires;
}

Test(set_cookie, lifetime_counts_from_the_time_of_storing)
{
    struct hit_side hit;

    hit_side_init(&hit, true);
    hit_text(&hit, CURLOPT_COOKIEFILE, "");
    serve_page(&hit, time(NULL) - 30);
    cr_expect_eq(count_cookies(&hit), 1);
    serve_page(&hit, time(NULL) - 90);
    cr_expect_lt(expiry_of_first(&hit), time(NULL), "it has run out meanwhile");
    hit_side_done(&hit);
}

Test(set_cookie, path_without_a_value_is_the_root)
{
    static const struct lcc_cookie_origin origin = {.host = "www.example.com",
                                                    .path = "/dir/page"};
    struct lcc_buf line = LCC_BUF_INIT(1024);
    struct lcc_cookie cookie;

    cr_assert_eq(lcc_cookie_parse(lcc_span_str("a=b; path="), &origin, &cookie),
                 0);
    cr_assert_eq(lcc_cookie_print(&cookie, &line), 0);
    cr_expect_str_eq((char *)line.data, "www.example.com\tFALSE\t/\tFALSE\t0\t"
                                        "a\tb");
    lcc_buf_done(&line);
}

Test(set_cookie, insecure_origin_does_not_hide_a_secure_cookie)
{
    struct hit_side hit;
    struct curl_slist *list = NULL;

    hit_side_init(&hit, true);
    hit_text(&hit, CURLOPT_COOKIEFILE, "");
    hit_text(&hit, CURLOPT_COOKIELIST,
             "www.example.com\tFALSE\t/\tTRUE\t0\ta\tsecret");
    serve_page(&hit, time(NULL));
    hit_ask(&hit, CURLINFO_COOKIELIST, &list);
    cr_assert(list);
    cr_expect(strstr(list->data, "secret"));
    cr_expect_null(list->next);
    curl_slist_free_all(list);
    hit_side_done(&hit);
}

Test(set_cookie, date_forms)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: none, -2: doubt */
    } dates[] = {
        {"Tue, 19 Jan 2038 03:14:07 GMT", 2147483647},
        {"Thu, 29-Feb-2024 12:00:00 GMT", 1709208000},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Tue, 19 Jan 2038 03:14:07 +0200", -2},
        {"Tue, 19 Jan 2038 03:14:07 EST", -2},
        {"Tue, 32 Jan 2038 03:14:07 GMT", -2},
        {"never", -1},
        {"0", -1},
        {"20380119 03:14:07", -2},
        {"", -1},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(dates); i++) {
        int64_t got = 0;
        int r = lcc_cookie_date(lcc_span_str(dates[i].text), &got);

        cr_expect_eq(r ? -r : got, dates[i].want, "%s", dates[i].text);
    }
}
