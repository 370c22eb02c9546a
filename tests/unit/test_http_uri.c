/*
 * Normal form, what is shown, and globs (RFC 9110, 4.2.3; RFC 3986, 6).
 */
#include "store/http_uri.h"
#include "tests/support/cases.h"

#include <errno.h>
#include <string.h>

static char *ignore_items[] = {(char[]){"utm_*"}, (char[]){"fbclid"}};
static const struct lcc_list ignore = {ignore_items, 2};
static char *redact_items[] = {(char[]){"token"}, (char[]){"sig"},
                               (char[]){"X-Amz-*"}};
static const struct lcc_list redact = {redact_items, 3};

struct uri_case {
    const char *name;
    const char *url;
    const char *want; /* NULL: no http(s) URL */
};

/* clang-format off */
static const struct uri_case normals[] = {
    {"as it is", "http://example.org/a?b=c", "http://example.org/a?b=c"},
    {"scheme and host in lower case, RFC 3986 6.2.2.1", "HTTP://Example.ORG/A", "http://example.org/A"},
    {"empty path, RFC 9110 4.2.3", "http://example.org", "http://example.org/"},
    {"empty path with a query", "http://example.org?a", "http://example.org/?a"},
    {"default port, 4.2.3", "http://example.org:80/", "http://example.org/"},
    {"default port of https", "https://example.org:443/", "https://example.org/"},
    {"the other's default port", "https://example.org:80/", "https://example.org:80/"},
    {"empty port, 4.2.3", "http://example.org:/", "http://example.org/"},
    {"zeros before the port", "http://example.org:0080/", "http://example.org/"},
    {"another port", "http://example.org:8080/", "http://example.org:8080/"},
    {"fragment gone", "http://example.org/a#b?c", "http://example.org/a"},
    {"user information gone", "http://user:pa@ss@example.org/", "http://example.org/"},
    {"at sign in the path stays", "http://example.org/@a", "http://example.org/@a"},
    {"IPv6", "http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"},
    {"the zone keeps its case", "http://[FE80::1%25Eth0]:81/", "http://[fe80::1%25Eth0]:81/"},
    {"query kept in order and as it is", "http://a/?b=2&a=%7e&&", "http://a/?b=2&a=%7e&&"},
    {"an empty query stays", "http://a/?", "http://a/?"},
    {"a question mark in the query", "http://a/?b?c", "http://a/?b?c"},
    {"ignored at the front", "http://a/?utm_id=1&b=2", "http://a/?b=2"},
    {"ignored in the middle", "http://a/?b=2&utm_id=1&c=3", "http://a/?b=2&c=3"},
    {"ignored at the end", "http://a/?b=2&fbclid", "http://a/?b=2"},
    {"all ignored", "http://a/?utm_a=1&utm_b", "http://a/"},
    {"an encoded name is that name", "http://a/?utm%5Fid=1&b", "http://a/?b"},
    {"names keep their case", "http://a/?FBCLID=1", "http://a/?FBCLID=1"},
    {"no scheme", "example.org/", NULL},
    {"another scheme", "ftp://example.org/", NULL},
    {"no host", "http:///a", NULL},
    {"only a port", "http://:80/", NULL},
    {"a port of letters", "http://a:b/", NULL},
    {"a port too large", "http://a:65536/", NULL},
    {"port 0", "http://a:0/", NULL},
    {"text after a bracket", "http://[::1]a/", NULL},
    {"nothing", "", NULL},
};
/* clang-format on */

static int normalise(const char *url, char *into, size_t size)
{
    struct lcc_buf out = LCC_BUF_INIT(size - 1);
    int result = lcc_uri_normalise(lcc_span_str(url), &ignore, &out);

    if (out.size > 0) {
        memcpy(into, out.data, out.size);
    }
    into[out.size] = '\0';
    lcc_buf_done(&out);
    return result;
}

LCC_CASES(http_uri, normal_form, normals)
{
    const struct uri_case *c = &normals[*which];
    char once[256];
    char twice[256];

    cr_assert_eq(normalise(c->url, once, sizeof(once)), c->want ? 0 : -EINVAL,
                 "%s", c->name);
    cr_expect_str_eq(once, c->want ? c->want : "", "%s", c->name);
    if (c->want) {
        cr_assert_eq(normalise(once, twice, sizeof(twice)), 0);
        cr_expect_str_eq(twice, once, "twice: %s", c->name);
    }
}

Test(http_uri, a_longer_url_than_the_limit_is_refused)
{
    static char url[LCC_URI_MAX + 2];
    struct lcc_buf out = LCC_BUF_INIT(SIZE_MAX);

    memset(url, 'a', sizeof(url) - 1);
    memcpy(url, "http://", 7);
    cr_expect_eq(lcc_uri_normalise(lcc_span_str(url), NULL, &out), -EFBIG);
    cr_expect_eq(out.size, 0);
    lcc_buf_done(&out);
}

/* clang-format off */
static const struct uri_case shown[] = {
    {"nothing to hide", "http://a/b?c=d", "http://a/b?c=d"},
    {"a value", "http://a/?token=secret&b=1", "http://a/?token=REDACTED&b=1"},
    {"in any case", "http://a/?Token=secret", "http://a/?Token=REDACTED"},
    {"under an encoded name", "http://a/?%74oken=secret", "http://a/?%74oken=REDACTED"},
    {"by a glob", "http://a/?X-Amz-Signature=s&c", "http://a/?X-Amz-Signature=REDACTED&c"},
    {"after a semicolon", "http://a/?b=1;sig=secret", "http://a/?b=1;sig=REDACTED"},
    {"a value with an equals sign", "http://a/?sig=a=b", "http://a/?sig=REDACTED"},
    {"every time", "http://a/?sig=a&sig=b", "http://a/?sig=REDACTED&sig=REDACTED"},
    {"no value", "http://a/?token", "http://a/?token"},
    {"user information", "http://user:pass@a/", "http://a/"},
    {"user information without a scheme", "user:pass@a/b", "a/b"},
    {"the fragment", "http://a/#access_token=x", "http://a/"},
    {"control characters and more", "http://a/\x01\x7f\xc3\xa4 b\n", "http://a/%01%7F%C3%A4%20b%0A"},
    {"a port", "http://a:8080/", "http://a:8080/"},
    {"no URL at all", "hello", "hello"},
    {"nothing", "", ""},
};
/* clang-format on */

LCC_CASES(http_uri, what_may_be_shown, shown)
{
    const struct uri_case *c = &shown[*which];
    struct lcc_buf out = LCC_BUF_INIT(1000);
    struct lcc_buf again = LCC_BUF_INIT(1000);

    cr_assert_eq(lcc_uri_redact(lcc_span_str(c->url), &redact, &out), 0);
    cr_expect(lcc_span_equal(lcc_buf_span(&out), lcc_span_str(c->want)),
              "%s: %.*s", c->name, (int)out.size, (char *)out.data);
    cr_assert_eq(lcc_uri_redact(lcc_buf_span(&out), &redact, &again), 0);
    cr_expect(lcc_span_equal(lcc_buf_span(&out), lcc_buf_span(&again)),
              "twice: %s", c->name);
    lcc_buf_done(&out);
    lcc_buf_done(&again);
}

struct match_case {
    const char *name;
    const char *pattern;
    const char *url;
    bool want;
};

/* clang-format off */
static const struct match_case matches[] = {
    {"the host alone", "example.org", "http://example.org/a", true},
    {"the host alone, any port", "example.org", "http://example.org:81/a", true},
    {"the host and its port", "example.org:81", "http://example.org:81/a", true},
    {"the host and another port", "example.org:82", "http://example.org:81/a", false},
    {"a subdomain is another host", "example.org", "http://a.example.org/", false},
    {"a longer name is another host", "example.org", "http://example.org.evil/", false},
    {"not found in the path", "example.org", "http://evil/example.org", false},
    {"all subdomains", "*.example.org", "https://a.b.example.org/", true},
    {"but not the domain itself", "*.example.org", "https://example.org/", false},
    {"the pattern's host in any case", "Example.ORG", "http://example.org/", true},
    {"a path is a prefix", "example.org/api", "http://example.org/api/v1?x", true},
    {"a path is a prefix, exactly", "example.org/api", "http://example.org/api", true},
    {"another path", "example.org/api", "http://example.org/app", false},
    {"paths have case", "example.org/API", "http://example.org/api", false},
    {"a star at the end", "example.org/api/*", "http://example.org/api/x/y", true},
    {"a star in the middle", "example.org/*/x", "http://example.org/a/b/x?q", true},
    {"a question mark is one character", "example.org/v?/", "http://example.org/v1/a", true},
    {"a path, any port", "example.org/api", "http://example.org:81/api", true},
    {"a path and its port", "example.org:81/api", "http://example.org:81/api", true},
    {"a scheme", "https://example.org/", "https://example.org/a", true},
    {"another scheme", "https://example.org/", "http://example.org/a", false},
    {"a scheme and a star", "http*://example.org/", "https://example.org/a", true},
    {"a scheme in the query does not fool it", "https://example.org/", "http://evil/?https://example.org/", false},
    {"everything", "*", "http://a/", true},
    {"all paths", "*/live", "http://a/live/1", true},
    {"IPv6", "[::1]", "http://[::1]:80/", true},
    {"nothing matches an empty URL", "*", "", false},
};
/* clang-format on */

LCC_CASES(http_uri, patterns, matches)
{
    const struct match_case *c = &matches[*which];

    cr_expect_eq(lcc_uri_matches(lcc_span_str(c->url), c->pattern), c->want,
                 "%s", c->name);
}

struct glob_case {
    const char *pattern;
    const char *text;
    bool want;
};

static const struct glob_case globs[] = {
    {"", "", true},        {"", "a", false},
    {"*", "", true},       {"**", "", true},
    {"?", "", false},      {"a*", "a", true},
    {"a*c", "abbc", true}, {"a*c", "abbd", false},
    {"*b*", "abc", true},  {"*ab", "aab", true},
    {"a?c", "abc", true},  {"a?c", "ac", false},
    {"A", "a", false},     {"*a*b*a*b", "aabbaab", true},
};

LCC_CASES(http_uri, globs, globs)
{
    const struct glob_case *c = &globs[*which];

    cr_expect_eq(lcc_glob_match(lcc_span_str(c->text), c->pattern), c->want,
                 "%s on %s", c->pattern, c->text);
}

Test(http_uri, a_glob_of_many_stars_ends_soon)
{
    static char text[20000];

    memset(text, 'a', sizeof(text) - 1);
    cr_expect_not(lcc_glob_match(lcc_span_str(text), "*a*a*a*a*a*a*a*a*b"));
}

Test(http_uri, deny_is_stronger_than_allow)
{
    char *allowed[] = {(char[]){"example.org/api"}, (char[]){"*.example.org"}};
    char *denied[] = {(char[]){"example.org/api/live"}};
    struct lcc_policy policy = {.allow = {allowed, 2}, .deny = {denied, 1}};

    cr_expect(
        lcc_uri_allowed(lcc_span_str("http://example.org/api/x"), &policy));
    cr_expect_not(lcc_uri_allowed(lcc_span_str("http://example.org/api/live/1"),
                                  &policy));
    cr_expect_not(
        lcc_uri_allowed(lcc_span_str("http://example.org/"), &policy));
    policy.allow.count = 0;
    cr_expect(lcc_uri_allowed(lcc_span_str("http://other/"), &policy));
    cr_expect_not(
        lcc_uri_allowed(lcc_span_str("http://example.org/api/live"), &policy));
}

struct authority_case {
    const char *url;
    const char *want;
};

static const struct authority_case authorities[] = {
    {"http://example.org/a", "example.org"},
    {"http://example.org:81/", "example.org:81"},
    {"http://[::1]:81/", "[::1]:81"},
    {"http://a/b://c", "a"},
};

LCC_CASES(http_uri, authorities, authorities)
{
    const struct authority_case *c = &authorities[*which];

    cr_expect(lcc_span_equal(lcc_uri_authority(lcc_span_str(c->url)),
                             lcc_span_str(c->want)),
              "%s", c->url);
}
