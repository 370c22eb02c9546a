/*
 * test_plan_hop.c - later hops of a redirect chain
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "tests/shim/plan_support.h"

struct follow_case {
    const char *name;
    const char *base;
    const char *location;
    const char *want; /* NULL: libcurl does not follow it */
};

/* clang-format off */
static const struct follow_case cases[] = {
    {"absolute", "http://a/b", "https://c/d", "https://c/d"},
    {"absolute path", "http://a/b/c?x", "/d", "http://a/d"},
    {"relative path", "http://a/b/c?x", "d?e", "http://a/b/d?e"},
    {"dot segments", "http://a/b/c", "../d", "http://a/d"},
    {"query alone", "http://a/b?x", "?y", "http://a/b?y"},
    {"another host", "https://a/b", "//c/d", "https://c/d"},
    {"fragment", "http://a/b", "/c#d", "http://a/c#d"},
    {"space is encoded", "http://a/", "/b c", "http://a/b%20c"},
    {"login goes along on the same host", "http://joe:pw@a/b", "/c", "http://joe:pw@a/c"},
    {"login stays behind on another", "http://joe:pw@a/b", "http://d/c", "http://d/c"},
    {"unknown scheme", "http://a/", "foo://b/", NULL},
    {"no host", "http://a/", "http://", NULL},
};
/* clang-format on */

ParameterizedTestParameters(plan_hop, a_location_leads_where_libcurl_goes)
{
    size_t count = LCC_ARRAY_SIZE(cases);
    size_t *list = cr_malloc(count * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        list[i] = i;
    }
    return cr_make_param_array(size_t, list, count, NULL);
}

ParameterizedTest(size_t *which, plan_hop, a_location_leads_where_libcurl_goes)
{
    const struct follow_case *c = &cases[*which];
    char *to = NULL;
    int r = lcc_plan_follow(test_real(), c->base, c->location, &to);

    if (!c->want) {
        cr_expect_eq(r, -EINVAL, "%s", c->name);
        cr_expect_null(to, "%s", c->name);
        return;
    }
    cr_assert_eq(r, 0, "%s", c->name);
    cr_expect_str_eq(to, c->want, "%s", c->name);
    curl_free(to);
}

/* --- digests
 * ------------------------------------------------------------------- */

static const struct setting url = TEXT(URL, "http://a.org/");
static const struct setting cookie =
    TEXT(COOKIELIST, "b.org\tFALSE\t/\tFALSE\t0\ta\t1");

static int hop(struct subject *subject, const char *to, struct lcc_hash *ret)
{
    cr_assert_eq(subject_plan(subject), LCC_REASON_NONE);
    return lcc_plan_hop(&subject->handle, &subject->plan, test_secret(),
                        lcc_span_str(to), ret);
}

Test(plan_hop, cookies_of_the_hop_count_and_no_others)
{
    struct subject plain;
    struct subject with;
    struct lcc_hash a;
    struct lcc_hash b;

    subject_init(&plain);
    subject_init(&with);
    subject_set(&plain, &url);
    subject_set(&with, &url);
    subject_set(&with, &cookie);
    cr_assert_eq(hop(&plain, "http://b.org/", &a), 0);
    cr_assert_eq(hop(&with, "http://b.org/", &b), 0);
    cr_expect_not(lcc_hash_equal(&a, &b));
    cr_expect(lcc_hash_equal(&plain.plan.id.request, &with.plan.id.request),
              "the first request carries none of them");
    cr_assert_eq(hop(&plain, "http://c.org/", &a), 0);
    cr_assert_eq(hop(&with, "http://c.org/", &b), 0);
    cr_expect(lcc_hash_equal(&a, &b));
    subject_done(&plain);
    subject_done(&with);
}

Test(plan_hop, a_hop_that_cannot_be_known_is_refused)
{
    static const struct setting hsts = NUMBER(HSTS_CTRL, CURLHSTS_ENABLE);
    static const struct setting https = TEXT(URL, "https://a.org/");
    struct subject subject;
    struct lcc_hash hash;

    subject_init(&subject);
    subject_set(&subject, &https);
    cr_expect_eq(hop(&subject, "ftp://b.org/", &hash), -ENOTSUP);
    cr_expect_eq(hop(&subject, "no url", &hash), -ENOTSUP);
    cr_expect_eq(hop(&subject, "http://b.org/", &hash), 0);
    subject_set(&subject, &hsts);
    cr_expect_eq(hop(&subject, "http://b.org/", &hash), -ENOTSUP);
    cr_expect_eq(hop(&subject, "https://b.org/", &hash), 0);
    subject_done(&subject);
}
