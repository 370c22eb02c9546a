/*
 * test_plan_cookies.c - cookies in the key: from files, lists and shares
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/shim/plan_support.h"

#define FUTURE "4102444800" /* the year 2100 */
#define LINE(domain, tail, path, secure, expires, pair)                        \
    domain "\t" tail "\t" path "\t" secure "\t" expires "\t" pair "\n"

/* Is a jar with this file's cookies another key than one without? */
struct jar_case {
    const char *name;
    const char *url;
    const char *file;
    bool sent;
    enum lcc_reason reason;
};

/* clang-format off */
static const struct jar_case cases[] = {
    {"this host", "http://www.example.org/", LINE("www.example.org", "FALSE", "/", "FALSE", FUTURE, "a\tb"), true, LCC_REASON_NONE},
    {"session cookie", "http://www.example.org/", LINE("www.example.org", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"case of a host", "http://WWW.example.org/", LINE("www.Example.org", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"HttpOnly", "http://www.example.org/", "#HttpOnly_" LINE("www.example.org", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"another host", "http://www.example.org/", LINE("other.example.org", "FALSE", "/", "FALSE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"domain", "http://www.example.org/", LINE(".example.org", "TRUE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"domain itself", "http://example.org/", LINE(".example.org", "TRUE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"no tail match", "http://www.example.org/", LINE("example.org", "FALSE", "/", "FALSE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"half a label", "http://badexample.org/", LINE(".example.org", "TRUE", "/", "FALSE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"dot at the end of a name", "http://www.example.org./", LINE("www.example.org", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"path", "http://www.example.org/a/b", LINE("www.example.org", "FALSE", "/a", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"path with slash", "http://www.example.org/a", LINE("www.example.org", "FALSE", "/a/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"half a path", "http://www.example.org/ab", LINE("www.example.org", "FALSE", "/a", "FALSE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"another path", "http://www.example.org/b", LINE("www.example.org", "FALSE", "/a", "FALSE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"secure over http", "http://www.example.org/", LINE("www.example.org", "FALSE", "/", "TRUE", "0", "a\tb"), false, LCC_REASON_NONE},
    {"secure over https", "https://www.example.org/", LINE("www.example.org", "FALSE", "/", "TRUE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"secure on this machine", "http://localhost/", LINE("localhost", "FALSE", "/", "TRUE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"expired", "http://www.example.org/", LINE("www.example.org", "FALSE", "/", "FALSE", "1000", "a\tb"), false, LCC_REASON_NONE},
    {"address", "http://127.0.0.1/", LINE("127.0.0.1", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"address in brackets", "http://[::1]/", LINE("::1", "FALSE", "/", "FALSE", "0", "a\tb"), true, LCC_REASON_NONE},
    {"empty value", "http://www.example.org/", LINE("www.example.org", "FALSE", "/", "FALSE", "0", "a\t"), true, LCC_REASON_NONE},
    {"field with a domain", "http://www.example.org/", "Set-Cookie: a=b; Domain=example.org\n", true, LCC_REASON_NONE},
    {"field without a domain", "http://127.0.0.1/", "Set-Cookie: a=b; path=/\n", false, LCC_REASON_COOKIES},
    {"field whose value speaks of one", "http://127.0.0.1/", "Set-Cookie: domain=b\n", false, LCC_REASON_COOKIES},
    {"header file", "http://127.0.0.1/", "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\n\r\n", false, LCC_REASON_COOKIES},
    {"empty file", "http://www.example.org/", "", false, LCC_REASON_NONE},
};
/* clang-format on */

ParameterizedTestParameters(plan_cookies, a_file_counts_when_it_would_be_sent)
{
    size_t count = LCC_ARRAY_SIZE(cases);
    size_t *list = cr_malloc(count * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        list[i] = i;
    }
    return cr_make_param_array(size_t, list, count, NULL);
}

ParameterizedTest(size_t *which, plan_cookies,
                  a_file_counts_when_it_would_be_sent)
{
    const struct jar_case *c = &cases[*which];
    struct setting url = {.option = CURLOPT_URL, .text = c->url};
    struct setting file = {.option = CURLOPT_COOKIEFILE,
                           .text = test_file("jar", c->file)};
    struct subject plain;
    struct subject with;

    subject_init(&plain);
    subject_init(&with);
    subject_set(&plain, &url);
    subject_set(&with, &url);
    subject_set(&with, &file);
    cr_assert_eq(subject_plan(&plain), LCC_REASON_NONE, "%s", c->name);
    cr_assert_eq(subject_plan(&with), c->reason, "%s", c->name);
    if (c->reason == LCC_REASON_NONE) {
        cr_expect_eq(
            lcc_hash_equal(&plain.plan.id.request, &with.plan.id.request),
            !c->sent, "%s", c->name);
    }
    subject_done(&plain);
    subject_done(&with);
}

/* --- several ways to the same cookies
 * ------------------------------------------ */

static const struct setting url = TEXT(URL, "http://example.org/");

static struct lcc_hash key_of(struct subject *subject)
{
    cr_assert_eq(subject_plan(subject), LCC_REASON_NONE, "%s",
                 lcc_reason_word(subject->plan.reason));
    return subject->plan.id.request;
}

static bool same(struct lcc_hash a, struct lcc_hash b)
{
    return lcc_hash_equal(&a, &b);
}

static void set_text(struct subject *subject, CURLoption option,
                     const char *text)
{
    struct setting setting = {.option = option, .text = text};

    subject_set(subject, &setting);
}

#define A "example.org\tFALSE\t/\tFALSE\t0\ta\t1"
#define B "example.org\tFALSE\t/\tFALSE\t0\tb\t2"

Test(plan_cookies, the_order_in_which_a_jar_was_filled_does_not_matter)
{
    struct subject one;
    struct subject other;

    subject_init(&one);
    subject_init(&other);
    subject_set(&one, &url);
    subject_set(&other, &url);
    set_text(&one, CURLOPT_COOKIEFILE, test_file("a", A "\n" B "\n"));
    set_text(&other, CURLOPT_COOKIELIST, B);
    set_text(&other, CURLOPT_COOKIELIST, A);
    cr_expect(same(key_of(&one), key_of(&other)));
    subject_done(&one);
    subject_done(&other);
}

Test(plan_cookies, every_file_is_read)
{
    struct subject one;
    struct subject both;

    subject_init(&one);
    subject_init(&both);
    subject_set(&one, &url);
    subject_set(&both, &url);
    set_text(&one, CURLOPT_COOKIEFILE, test_file("a", A "\n"));
    set_text(&both, CURLOPT_COOKIEFILE, test_file("a", A "\n"));
    set_text(&both, CURLOPT_COOKIEFILE, test_file("b", B "\n"));
    cr_expect_not(same(key_of(&one), key_of(&both)));
    subject_done(&one);
    subject_done(&both);
}

Test(plan_cookies, a_hidden_cookie_in_any_file_stays_out)
{
    struct subject subject;

    subject_init(&subject);
    subject_set(&subject, &url);
    set_text(&subject, CURLOPT_COOKIEFILE, test_file("a", "Set-Cookie: x=y\n"));
    set_text(&subject, CURLOPT_COOKIEFILE, test_file("b", B "\n"));
    cr_expect_eq(subject_plan(&subject), LCC_REASON_COOKIES);
    subject_done(&subject);
}

Test(plan_cookies, a_file_that_changed_is_another_key)
{
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    set_text(&subject, CURLOPT_COOKIEFILE, test_file("a", A "\n"));
    before = key_of(&subject);
    cr_expect(same(before, key_of(&subject)));
    test_file("a", B "\n");
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_cookies, a_file_that_is_not_there_holds_none)
{
    struct subject plain;
    struct subject with;
    char path[128];

    snprintf(path, sizeof(path), "%s/nothing", test_folder());
    subject_init(&plain);
    subject_init(&with);
    subject_set(&plain, &url);
    subject_set(&with, &url);
    set_text(&with, CURLOPT_COOKIEFILE, path);
    cr_expect(same(key_of(&plain), key_of(&with)));
    subject_done(&plain);
    subject_done(&with);
}

Test(plan_cookies, switching_the_engine_off_forgets_them)
{
    struct subject plain;
    struct subject with;

    subject_init(&plain);
    subject_init(&with);
    subject_set(&plain, &url);
    subject_set(&with, &url);
    set_text(&with, CURLOPT_COOKIEFILE, test_file("a", A "\n"));
    cr_expect_not(same(key_of(&plain), key_of(&with)));
    set_text(&with, CURLOPT_COOKIEFILE, NULL);
    cr_expect(same(key_of(&plain), key_of(&with)));
    subject_done(&plain);
    subject_done(&with);
}

/* What a transfer changed in the engine shows without any setopt. */
Test(plan_cookies, what_a_server_set_counts)
{
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    set_text(&subject, CURLOPT_COOKIEFILE, "");
    before = key_of(&subject);
    /* behind the shadow's back, as an answer does */
    cr_assert_eq(curl_easy_setopt(subject.handle.curl, CURLOPT_COOKIELIST, A),
                 CURLE_OK);
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_cookies, the_plan_loads_what_the_transfer_would)
{
    struct subject subject;
    struct curl_slist *list = NULL;

    subject_init(&subject);
    subject_set(&subject, &url);
    set_text(&subject, CURLOPT_COOKIEFILE, test_file("a", A "\n"));
    key_of(&subject);
    key_of(&subject);
    curl_easy_getinfo(subject.handle.curl, CURLINFO_COOKIELIST, &list);
    cr_assert_not_null(list);
    cr_expect_str_eq(list->data, A);
    cr_expect_null(list->next, "read twice, but there once");
    curl_slist_free_all(list);
    subject_done(&subject);
}

Test(plan_cookies, a_custom_host_takes_the_cookies_of_its_name)
{
    struct subject plain;
    struct subject with;
    static const struct setting header = TEXT(HTTPHEADER, "Host: other.org:80");

    subject_init(&plain);
    subject_init(&with);
    subject_set(&plain, &url);
    subject_set(&with, &url);
    subject_set(&plain, &header);
    subject_set(&with, &header);
    set_text(&with, CURLOPT_COOKIELIST, "other.org\tFALSE\t/\tFALSE\t0\ta\t1");
    cr_expect_not(same(key_of(&plain), key_of(&with)));
    subject_done(&plain);
    subject_done(&with);
}

/* libcurl keeps the name from a request that no cache has to do with, too. */
Test(plan_cookies, the_custom_host_of_an_unsafe_request_is_remembered)
{
    static const struct setting unsafe[] = {TEXT(HTTPHEADER, "Host: other.org"),
                                            TEXT(CUSTOMREQUEST, "DELETE"),
                                            {0}};
    static const struct setting safe[] = {TEXT(HTTPHEADER, NULL),
                                          TEXT(CUSTOMREQUEST, NULL),
                                          {0}};
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    set_text(&subject, CURLOPT_COOKIELIST,
             "other.org\tFALSE\t/\tFALSE\t0\ta\t1");
    before = key_of(&subject);
    subject_set_all(&subject, unsafe);
    cr_expect_eq(subject_plan(&subject), LCC_REASON_UNSAFE_METHOD);
    subject_set_all(&subject, safe);
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

/* --- shares
 * --------------------------------------------------------------------- */

static void join(struct subject *subject, CURLSH *share, enum lcc_jar jar)
{
    cr_assert_eq(curl_easy_setopt(subject->handle.curl, CURLOPT_SHARE, share),
                 CURLE_OK);
    lcc_shadow_join(&subject->handle.shadow, share, jar);
}

Test(plan_cookies, cookies_of_a_share_count)
{
    CURLSH *share = curl_share_init();
    struct subject one;
    struct subject other;
    struct lcc_hash before;

    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    subject_init(&one);
    subject_init(&other);
    subject_set(&one, &url);
    subject_set(&other, &url);
    join(&one, share, LCC_JAR_SHARED);
    join(&other, share, LCC_JAR_SHARED);
    before = key_of(&one);
    set_text(&other, CURLOPT_COOKIELIST, A);
    cr_expect(same(before, key_of(&one)), "a share alone sends none");
    set_text(&one, CURLOPT_COOKIEFILE, "");
    cr_expect_not(same(before, key_of(&one)));
    subject_done(&one);
    subject_done(&other);
    curl_share_cleanup(share);
}

Test(plan_cookies, a_hidden_cookie_in_a_share_keeps_all_its_handles_out)
{
    CURLSH *share = curl_share_init();
    struct subject one;
    struct subject other;

    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    subject_init(&one);
    subject_init(&other);
    subject_set(&one, &url);
    subject_set(&other, &url);
    join(&one, share, LCC_JAR_SHARED);
    join(&other, share, LCC_JAR_SHARED);
    cr_expect_eq(subject_plan(&one), LCC_REASON_NONE);
    set_text(&other, CURLOPT_COOKIELIST, "Set-Cookie: x=y");
    cr_expect_eq(subject_plan(&one), LCC_REASON_COOKIES);
    subject_done(&one);
    subject_done(&other);
    curl_share_cleanup(share);
}

/* A transfer that reads the HSTS file into the share and then fails: nobody
 * listens on port 1 of this machine. */
static void fill_share(CURLSH *share)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_SHARE, share);
    curl_easy_setopt(curl, CURLOPT_HSTS,
                     test_file("hsts",
                               ".known.example \"20991231 00:00:00\"\n"
                               "exact.example \"20991231 00:00:00\"\n"));
    curl_easy_setopt(curl, CURLOPT_URL, "http://127.0.0.1:1/");
    cr_assert_neq(curl_easy_perform(curl), CURLE_OK);
    curl_easy_cleanup(curl);
}

static enum lcc_reason reason_in_share(CURLSH *share, const char *text)
{
    struct subject subject;
    enum lcc_reason reason;

    subject_init(&subject);
    set_text(&subject, CURLOPT_URL, text);
    join(&subject, share, LCC_JAR_NONE);
    reason = subject_plan(&subject);
    subject_done(&subject);
    return reason;
}

Test(plan_cookies, a_share_that_knows_the_host_as_https_stays_out)
{
    CURLSH *share = curl_share_init();

    cr_assert_eq(curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_HSTS),
                 CURLSHE_OK);
    cr_expect_eq(reason_in_share(share, "http://known.example/"),
                 LCC_REASON_NONE, "nothing is known yet");
    fill_share(share);
    cr_expect_eq(reason_in_share(share, "http://known.example/"),
                 LCC_REASON_HSTS);
    cr_expect_eq(reason_in_share(share, "http://a.KNOWN.example/"),
                 LCC_REASON_HSTS);
    cr_expect_eq(reason_in_share(share, "http://exact.example/"),
                 LCC_REASON_HSTS);
    cr_expect_eq(reason_in_share(share, "http://unknown.example/"),
                 LCC_REASON_NONE);
    cr_expect_eq(reason_in_share(share, "https://known.example/"),
                 LCC_REASON_NONE);
    cr_expect_eq(reason_in_share(share, "http://127.0.0.1/"), LCC_REASON_NONE);
    cr_expect_eq(curl_share_cleanup(share), CURLSHE_OK,
                 "nobody is left in the share");
}
