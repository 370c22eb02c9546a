/*
 * test_plan_url_plain.c - what is read without libcurl, libcurl reads the same
 */
#include "shim/plan_parts.h"
#include "shim/plan_url_plain.h"
#include "tests/shim/plan_support.h"
#include "tests/support/cases.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 128 };

struct plain_case {
    const char *name;
    const char *url;
    bool plain;
};

static const struct plain_case cases[] = {
    {"a name", "http://example.org/", true},
    {"https", "https://example.org/a/b.c?d=e&f=g/h?i", true},
    {"a port", "http://example.org:8080/a", true},
    {"the default port", "http://example.org:80/a", true},
    {"an address", "http://127.0.0.1:1/a", true},
    {"a dot in a name", "http://example.org/a.b/c..d/e.", true},
    {"marks", "http://example.org/~a_b-c:d@e!f$g+h,i;j=k", true},
    {"no scheme", "example.org/", false},
    {"another scheme", "ftp://example.org/", false},
    {"capitals in the scheme", "HTTP://example.org/", false},
    {"capitals in the host", "http://Example.org/", false},
    {"three slashes", "http:///example.org/", false},
    {"a login", "http://a:b@example.org/", false},
    {"no host", "http:///", false},
    {"a name that ends with a dot", "http://example.org./", false},
    {"an address of three numbers", "http://127.0.1/", false},
    {"an address in octal", "http://0177.0.0.1/", false},
    {"an address in hex", "http://0x7f.0.0.1/", false},
    {"no address", "http://1.2.3.256/", false},
    {"five numbers", "http://1.2.3.4.5/", false},
    {"IPv6", "http://[::1]/", false},
    {"no path", "http://example.org", false},
    {"no path but a query", "http://example.org?a", false},
    {"a port of zero", "http://example.org:0/", false},
    {"a port with a zero", "http://example.org:080/", false},
    {"an empty port", "http://example.org:/", false},
    {"a port too large", "http://example.org:65536/", false},
    {"a port with a letter", "http://example.org:8a/", false},
    {"a dot segment", "http://example.org/a/./b", false},
    {"two dots", "http://example.org/a/../b", false},
    {"a dot segment at the end", "http://example.org/a/.", false},
    {"a fragment", "http://example.org/a#b", false},
    {"an empty query", "http://example.org/a?", false},
    {"an encoded character", "http://example.org/%61", false},
    {"an encoded character in the query", "http://example.org/a?%61", false},
    {"a space", "http://example.org/a b", false},
    {"a backslash", "http://example.org\\a/b", false},
    {"brackets", "http://example.org/a[1-2]", false},
    {"nothing", "", false},
};

static bool is_part(CURLU *url, CURLUPart part, unsigned int flags,
                    struct lcc_span want)
{
    char *text = NULL;
    bool same = curl_url_get(url, part, &text, flags) == CURLUE_OK &&
                lcc_span_equal(lcc_span_str(text), want);

    curl_free(text);
    return same;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

/* libcurl leaves it as it is and cuts it at the same places. */
static void expect_the_same(const char *text, const struct lcc_plain_url *plain)
{
    CURLU *url = curl_url();

    cr_assert_eq(curl_url_set(url, CURLUPART_URL, text,
                              CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME),
                 CURLUE_OK, "%s", text);
    cr_expect(is_part(url, CURLUPART_URL, CURLU_PUNYCODE, lcc_span_str(text)),
              "%s", text);
    cr_expect(is_part(url, CURLUPART_SCHEME, 0,
                      lcc_span_str(plain->https ? "https" : "http")),
              "%s", text);
    cr_expect(is_part(url, CURLUPART_HOST, 0, plain->host), "%s", text);
    cr_expect(is_part(url, CURLUPART_PATH, CURLU_URLENCODE, plain->path), "%s",
              text);
    cr_expect_not(has_part(url, CURLUPART_USER), "%s", text);
    cr_expect_not(has_part(url, CURLUPART_PASSWORD), "%s", text);
    cr_expect_not(has_part(url, CURLUPART_FRAGMENT), "%s", text);
    curl_url_cleanup(url);
}

LCC_CASES(plan_url_plain, which_are_read, cases)
{
    const struct plain_case *c = &cases[*which];
    struct lcc_plain_url plain;
    const bool read = lcc_plain_url_read(lcc_span_str(c->url), &plain);

    cr_expect_eq(read, c->plain, "%s", c->name);
    if (read) {
        expect_the_same(c->url, &plain);
    }
}

/* Any character at any place: either libcurl's affair, or read alike. */
Test(plan_url_plain, every_character_is_read_as_libcurl_reads_it)
{
    static const char *const forms[] = {
        "^http://host/",     "ht^tp://host/",     "http:^//host/",
        "http://^/",         "http://^host/",     "http://ho^st/",
        "http://host^/",     "http://host^",      "http://1.2.3.^/",
        "http://host:^/",    "http://host:1^/",   "http://host/^",
        "http://host/a^b",   "http://host/a/^/b", "http://host/a?^",
        "http://host/a?b^c", "http://host/a/.^",
    };
    size_t read = 0;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(forms); i++) {
        for (int c = 1; c < 256; c++) {
            struct lcc_plain_url plain;
            char text[TEXT_MAX];

            (void)snprintf(text, sizeof(text), "%s", forms[i]);
            *strchr(text, '^') = (char)c;
            if (lcc_plain_url_read(lcc_span_str(text), &plain)) {
                read++;
                expect_the_same(text, &plain);
            }
        }
    }
    cr_expect_gt(read, 300);
}

/* The way by libcurl, taken for the fragment's sake, makes the same plan. */
Test(plan_url_plain, both_ways_make_the_same_plan)
{
    static const struct setting plain =
        TEXT(URL, "http://example.org:8080/a/b?token=c&d=e");
    static const struct setting with_fragment =
        TEXT(URL, "http://example.org:8080/a/b?token=c&d=e#f");
    struct subject one;
    struct subject other;
    size_t parsed;

    subject_init(&one);
    subject_init(&other);
    subject_set(&one, &plain);
    subject_set(&other, &with_fragment);
    parsed = test_urls_parsed();
    cr_expect_eq(subject_plan(&one), LCC_REASON_NONE);
    cr_expect_eq(test_urls_parsed(), parsed);
    cr_expect_eq(subject_plan(&other), LCC_REASON_NONE);
    cr_expect_gt(test_urls_parsed(), parsed);
    cr_expect(lcc_hash_equal(&one.plan.id.url, &other.plan.id.url));
    cr_expect(lcc_hash_equal(&one.plan.id.request, &other.plan.id.request));
    cr_expect(lcc_span_equal(lcc_buf_span(&one.plan.redacted),
                             lcc_buf_span(&other.plan.redacted)));
    cr_expect_str_eq(one.plan.parts->target.host,
                     other.plan.parts->target.host);
    cr_expect_str_eq(one.plan.parts->target.path,
                     other.plan.parts->target.path);
    subject_done(&one);
    subject_done(&other);
}
