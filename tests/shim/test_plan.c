/*
 * test_plan.c - which requests share a key, and which stay out
 *
 * Tables of pairs of handle settings that must or must not share a key.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/shim/plan_support.h"

#define URL TEXT(URL, "http://example.org/a")

/* An index into a table for each row of it. */
static struct criterion_test_params indices(size_t count)
{
    size_t *list = cr_malloc(count * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        list[i] = i;
    }
    return cr_make_param_array(size_t, list, count, NULL);
}

/* --- pairs ---------------------------------------------------------------- */

enum relation {
    SAME = 1,  /* one key */
    OTHER,     /* two keys of one URL */
    OTHER_URL, /* two URLs */
};

struct pair {
    const char *name;
    enum relation relation;
    struct setting one[SETTINGS_MAX];
    struct setting other[SETTINGS_MAX];
};

/* clang-format off */
static const struct pair pairs[] = {
    {"the same URL", SAME, {URL}, {URL}},
    {"another path", OTHER_URL, {URL}, {TEXT(URL, "http://example.org/b")}},
    {"another query",
     OTHER_URL,
     {URL},
     {TEXT(URL, "http://example.org/a?"
                    "x")}},
    {"order of the query counts",
     OTHER_URL,
     {TEXT(URL, "http://example.org/a?b=1&c=2")},
     {TEXT(URL, "http://example.org/a?c=2&b=1")}},
    {"https is not http",
     OTHER_URL,
     {URL},
     {TEXT(URL, "https://example.org/a")}},
    {"case of scheme and host",
     SAME,
     {URL},
     {TEXT(URL, "HTTP://EXAMPLE.org/a")}},
    {"default port", SAME, {URL}, {TEXT(URL, "http://example.org:80/a")}},
    {"another port",
     OTHER_URL,
     {URL},
     {TEXT(URL, "http://example.org:81/a")}},
    {"fragment", SAME, {URL}, {TEXT(URL, "http://example.org/a#f")}},
    {"dot segments", SAME, {URL}, {TEXT(URL, "http://example.org/b/../a")}},
    {"dot segments kept",
     OTHER_URL,
     {URL},
     {TEXT(URL, "http://example.org/b/../a"), NUMBER(PATH_AS_IS, 1)}},
    {"no path",
     SAME,
     {TEXT(URL, "http://example.org")},
     {TEXT(URL, "http://example.org/")}},
    {"guessed scheme", SAME, {URL}, {TEXT(URL, "example.org/a")}},
    {"default protocol",
     OTHER_URL,
     {URL},
     {TEXT(URL, "example.org/a"), TEXT(DEFAULT_PROTOCOL, "https")}},
    {"default protocol does not touch a scheme",
     SAME,
     {URL},
     {URL, TEXT(DEFAULT_PROTOCOL, "https")}},
    {"international name",
     SAME,
     {TEXT(URL, "http://b\xc3\xbc"
                    "cher.example/")},
     {TEXT(URL, "http://xn--bcher-kva.example/")}},
    {"PORT", OTHER_URL, {URL}, {URL, NUMBER(PORT, 8080)}},
    {"request target", OTHER, {URL}, {URL, TEXT(REQUEST_TARGET, "/b")}},

    {"login in the URL",
     OTHER,
     {URL},
     {TEXT(URL, "http://joe:pw@example.org/a")}},
    {"another password in the URL",
     OTHER,
     {TEXT(URL, "http://joe:pw@example.org/a")},
     {TEXT(URL, "http://joe:px@example.org/a")}},
    {"USERPWD", OTHER, {URL}, {URL, TEXT(USERPWD, "joe:pw")}},
    {"another password",
     OTHER,
     {URL, TEXT(USERPWD, "joe:pw")},
     {URL, TEXT(USERPWD, "joe:px")}},
    {"USERPWD or both parts",
     SAME,
     {URL, TEXT(USERPWD, "joe:pw")},
     {URL, TEXT(USERNAME, "joe"), TEXT(PASSWORD, "pw")}},
    {"where name and password part",
     OTHER,
     {URL, TEXT(USERPWD, "jo:epw")},
     {URL, TEXT(USERPWD, "joe:pw")}},
    {"login taken back",
     SAME,
     {URL},
     {URL, TEXT(USERPWD, "joe:pw"), TEXT(USERPWD, NULL)}},
    {"bearer",
     OTHER,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_BEARER)},
     {URL,
      NUMBER(HTTPAUTH, CURLAUTH_BEARER),
      TEXT(XOAUTH2_BEARER, "t0ken")}},
    {"digest is not basic",
     OTHER,
     {URL, TEXT(USERPWD, "joe:pw")},
     {URL,
      TEXT(USERPWD, "joe:pw"),
      NUMBER(HTTPAUTH, CURLAUTH_DIGEST)}},
    {"any login, but none given",
     SAME,
     {URL},
     {URL, NUMBER(HTTPAUTH, (long)CURLAUTH_ANY)}},
    {"proxy login",
     OTHER,
     {URL, TEXT(PROXY, "http://p:1")},
     {URL, TEXT(PROXY, "http://p:1"), TEXT(PROXYUSERPWD, "a:b")}},

    {"X-Api-Key", OTHER, {URL}, {URL, TEXT(HTTPHEADER, "X-Api-Key: 1")}},
    {"another X-Api-Key",
     OTHER,
     {URL, TEXT(HTTPHEADER, "X-Api-Key: 1")},
     {URL, TEXT(HTTPHEADER, "X-Api-Key: 2")}},
    {"case of a field name",
     SAME,
     {URL, TEXT(HTTPHEADER, "X-Api-Key: 1")},
     {URL, TEXT(HTTPHEADER, "x-api-key:1")}},
    {"Authorization field",
     OTHER,
     {URL},
     {URL, TEXT(HTTPHEADER, "Authorization: Bearer x")}},
    {"Cookie field", OTHER, {URL}, {URL, TEXT(HTTPHEADER, "Cookie: a=b")}},
    {"Host field", OTHER, {URL}, {URL, TEXT(HTTPHEADER, "Host: other")}},
    {"Host taken out", OTHER, {URL}, {URL, TEXT(HTTPHEADER, "Host:")}},
    {"empty field is not a removed one",
     OTHER,
     {URL, TEXT(HTTPHEADER, "X-A;")},
     {URL, TEXT(HTTPHEADER, "X-A:")}},
    {"neutral fields",
     SAME,
     {URL},
     {URL,
      TEXT(HTTPHEADER, "Accept: text/html|Accept-Language: de|"
                           "User-Agent: x|Referer: http://r/")}},
    {"USERAGENT is neutral", SAME, {URL}, {URL, TEXT(USERAGENT, "x")}},
    {"REFERER is neutral", SAME, {URL}, {URL, TEXT(REFERER, "http://r/")}},
    {"unknown fields in another order, RFC 9110 5.3", SAME,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-B: 2")},
     {URL, TEXT(HTTPHEADER, "X-B: 2|X-A: 1")}},
    {"values swapped between two fields", OTHER,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-B: 2")},
     {URL, TEXT(HTTPHEADER, "X-B: 1|X-A: 2")}},
    {"two lines are one list, RFC 9110 5.3", SAME,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-A: 2")},
     {URL, TEXT(HTTPHEADER, "X-A: 1,2")}},
    {"in their order", OTHER,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-A: 2")},
     {URL, TEXT(HTTPHEADER, "X-A: 2|X-A: 1")}},
    {"white space beside a comma, RFC 9111 4.1", SAME,
     {URL, TEXT(HTTPHEADER, "X-A: 1 ,  2")},
     {URL, TEXT(HTTPHEADER, "X-A: 1,2")}},
    {"white space beside a comma of a cookie", OTHER,
     {URL, TEXT(HTTPHEADER, "Cookie: a=1, 2")},
     {URL, TEXT(HTTPHEADER, "Cookie: a=1,2")}},
    {"white space inside a login", OTHER,
     {URL, TEXT(HTTPHEADER, "Authorization: Own a, b")},
     {URL, TEXT(HTTPHEADER, "Authorization: Own a,b")}},
    {"sent and taken out", OTHER,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-A:")},
     {URL, TEXT(HTTPHEADER, "X-A: 1")}},
    {"taken out twice", SAME,
     {URL, TEXT(HTTPHEADER, "X-A:|x-a:")},
     {URL, TEXT(HTTPHEADER, "X-A:")}},
    {"a line without meaning", SAME, {URL}, {URL, TEXT(HTTPHEADER, "foo")}},
    {"fields do not run into each other",
     OTHER,
     {URL, TEXT(HTTPHEADER, "X-A: 1|X-B: 2")},
     {URL, TEXT(HTTPHEADER, "X-A: 1X-B: 2")}},

    {"COOKIE", OTHER, {URL}, {URL, TEXT(COOKIE, "a=b")}},
    {"another COOKIE",
     OTHER,
     {URL, TEXT(COOKIE, "a=b")},
     {URL, TEXT(COOKIE, "a=c")}},
    {"cookie engine, but empty", SAME, {URL}, {URL, TEXT(COOKIEFILE, "")}},

    {"decoded", OTHER, {URL}, {URL, TEXT(ACCEPT_ENCODING, "gzip")}},
    {"decoded, but asked not to",
     OTHER,
     {URL, TEXT(ACCEPT_ENCODING, "")},
     {URL,
      TEXT(ACCEPT_ENCODING, ""),
      NUMBER(HTTP_CONTENT_DECODING, 0)}},
    {"raw: codings in another case, RFC 9110 12.5.3", SAME,
     {URL, TEXT(HTTPHEADER, "Accept-Encoding: gzip, br")},
     {URL, TEXT(HTTPHEADER, "Accept-Encoding: GZIP ,BR")}},
    {"raw: packed bytes for who asked for them", OTHER, {URL}, {URL, TEXT(HTTPHEADER, "Accept-Encoding: gzip")}},
    {"decoded: how it was packed does not matter", SAME, {URL, TEXT(ACCEPT_ENCODING, "")}, {URL, TEXT(ACCEPT_ENCODING, "gzip")}},
    {"transfer decoding",
     OTHER,
     {URL},
     {URL, NUMBER(HTTP_TRANSFER_DECODING, 0)}},
    {"redirects followed", OTHER, {URL}, {URL, NUMBER(FOLLOWLOCATION, 1)}},
    {"how far",
     OTHER,
     {URL, NUMBER(FOLLOWLOCATION, 1)},
     {URL, NUMBER(FOLLOWLOCATION, 1), NUMBER(MAXREDIRS, 3)}},
    {"how far, where none is followed",
     SAME,
     {URL},
     {URL, NUMBER(MAXREDIRS, 3), NUMBER(AUTOREFERER, 1),
      NUMBER(UNRESTRICTED_AUTH, 1), TEXT(REDIR_PROTOCOLS_STR, "https")}},
    {"how far, where a login is asked for twice",
     OTHER,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_DIGEST)},
     {URL, NUMBER(HTTPAUTH, CURLAUTH_DIGEST), NUMBER(MAXREDIRS, 0)}},
    {"login to other hosts",
     OTHER,
     {URL, NUMBER(FOLLOWLOCATION, 1)},
     {URL, NUMBER(FOLLOWLOCATION, 1), NUMBER(UNRESTRICTED_AUTH, 1)}},

    {"HEAD", OTHER, {URL}, {URL, NUMBER(NOBODY, 1)}},
    {"HEAD by its own name",
     OTHER,
     {URL, NUMBER(NOBODY, 1)},
     {URL, TEXT(CUSTOMREQUEST, "HEAD")}},
    {"GET by name", SAME, {URL}, {URL, TEXT(CUSTOMREQUEST, "GET")}},
    {"HEAD and back",
     SAME,
     {URL},
     {URL, NUMBER(NOBODY, 1), NUMBER(HTTPGET, 1)}},
    {"POST and back",
     SAME,
     {URL},
     {URL, NUMBER(POST, 1), NUMBER(HTTPGET, 1)}},

    {"verification off", OTHER, {URL}, {URL, NUMBER(SSL_VERIFYPEER, 0)}},
    {"verification of the name off",
     OTHER,
     {URL},
     {URL, NUMBER(SSL_VERIFYHOST, 0)}},
    {"verification said to be on",
     SAME,
     {URL},
     {URL, NUMBER(SSL_VERIFYPEER, 1)}},
    {"unix socket", OTHER, {URL}, {URL, TEXT(UNIX_SOCKET_PATH, "/s")}},
    {"another unix socket",
     OTHER,
     {URL, TEXT(UNIX_SOCKET_PATH, "/s")},
     {URL, TEXT(UNIX_SOCKET_PATH, "/t")}},
    {"abstract is not in the file system",
     OTHER,
     {URL, TEXT(UNIX_SOCKET_PATH, "/s")},
     {URL, TEXT(ABSTRACT_UNIX_SOCKET, "/s")}},
    {"CONNECT_TO", OTHER, {URL}, {URL, TEXT(CONNECT_TO, "::127.0.0.1:1")}},
    {"another CONNECT_TO",
     OTHER,
     {URL, TEXT(CONNECT_TO, "::127.0.0.1:1")},
     {URL, TEXT(CONNECT_TO, "::127.0.0.1:2")}},
    {"lists do not run into each other",
     OTHER,
     {URL, TEXT(CONNECT_TO, "::a:1|::b:1")},
     {URL, TEXT(CONNECT_TO, "::a:1::b:1")}},
    {"RESOLVE",
     OTHER,
     {URL},
     {URL, TEXT(RESOLVE, "example.org:80:127.0.0.1")}},
    {"another RESOLVE",
     OTHER,
     {URL, TEXT(RESOLVE, "example.org:80:127.0.0.1")},
     {URL, TEXT(RESOLVE, "example.org:80:127.0.0.2")}},
    {"proxy", OTHER, {URL}, {URL, TEXT(PROXY, "http://p:1")}},
    {"timeouts do not matter", SAME, {URL}, {URL, NUMBER(TIMEOUT, 5)}},
    {"how it is delivered does not matter",
     SAME,
     {URL},
     {URL, NUMBER(HEADER, 1), NUMBER(FAILONERROR, 1)}},
};
/* clang-format on */

ParameterizedTestParameters(plan, a_pair_shares_a_key_or_does_not)
{
    return indices(LCC_ARRAY_SIZE(pairs));
}

ParameterizedTest(size_t *which, plan, a_pair_shares_a_key_or_does_not)
{
    const struct pair *pair = &pairs[*which];
    struct subject one;
    struct subject other;
    bool same_url;
    bool same;

    setlocale(LC_ALL, "C.UTF-8"); /* for the international name */
    subject_init(&one);
    subject_init(&other);
    subject_set_all(&one, pair->one);
    subject_set_all(&other, pair->other);
    cr_expect_eq(subject_plan(&one), LCC_REASON_NONE, "%s", pair->name);
    cr_expect_eq(subject_plan(&other), LCC_REASON_NONE, "%s", pair->name);
    same_url = lcc_hash_equal(&one.plan.id.url, &other.plan.id.url);
    same = lcc_hash_equal(&one.plan.id.request, &other.plan.id.request);
    cr_expect_eq(same, pair->relation == SAME, "%s", pair->name);
    cr_expect_eq(same_url, pair->relation != OTHER_URL, "%s", pair->name);
    cr_expect_not(lcc_hash_is_zero(&one.plan.id.request));
    subject_done(&one);
    subject_done(&other);
}

/* --- reasons ------------------------------------------------------------- */

struct reason_case {
    const char *name;
    enum lcc_reason want;
    bool url_known;
    struct setting settings[SETTINGS_MAX];
};

/* clang-format off */
static const struct reason_case reasons[] = {
    {"no URL", LCC_REASON_BAD_URL, false, {NUMBER(NOBODY, 1)}},
    {"space in the host",
     LCC_REASON_BAD_URL,
     false,
     {TEXT(URL, "http://a b/")}},
    {"name in the URL forbidden",
     LCC_REASON_BAD_URL,
     false,
     {TEXT(URL, "http://a:b@c/"),
      NUMBER(DISALLOW_USERNAME_IN_URL, 1)}},
    {"international name that this locale cannot read", LCC_REASON_BAD_URL,
     false, {TEXT(URL, "http://b\xc3\xbc" "cher.example/")}},
    {"ftp", LCC_REASON_SCHEME, false, {TEXT(URL, "ftp://h/")}},
    {"guessed ftp", LCC_REASON_SCHEME, false, {TEXT(URL, "ftp.h.org/")}},
    {"file", LCC_REASON_SCHEME, false, {TEXT(URL, "file:///etc/hosts")}},
    {"websocket", LCC_REASON_SCHEME, false, {TEXT(URL, "ws://h/")}},
    {"POST", LCC_REASON_UNSAFE_METHOD, true, {URL, NUMBER(POST, 1)}},
    {"POSTFIELDS",
     LCC_REASON_UNSAFE_METHOD,
     true,
     {URL, TEXT(COPYPOSTFIELDS, "a=b")}},
    {"PUT", LCC_REASON_UNSAFE_METHOD, true, {URL, NUMBER(UPLOAD, 1)}},
    {"DELETE",
     LCC_REASON_UNSAFE_METHOD,
     true,
     {URL, TEXT(CUSTOMREQUEST, "DELETE")}},
    {"an unsafe method outweighs an option",
     LCC_REASON_UNSAFE_METHOD,
     true,
     {URL, TEXT(CUSTOMREQUEST, "DELETE"), TEXT(RANGE, "0-1")}},
    {"GET with a body",
     LCC_REASON_UPLOAD,
     true,
     {URL, TEXT(COPYPOSTFIELDS, "a=b"), TEXT(CUSTOMREQUEST, "GET")}},
    {"OPTIONS",
     LCC_REASON_METHOD,
     true,
     {URL, TEXT(CUSTOMREQUEST, "OPTIONS")}},
    {"a range that cannot be read",
     LCC_REASON_RANGE,
     true,
     {URL, TEXT(RANGE, "x")}},
    {"TIMECONDITION",
     LCC_REASON_CONDITIONAL,
     true,
     {URL, NUMBER(TIMECONDITION, CURL_TIMECOND_IFUNMODSINCE)}},
    {"no-store",
     LCC_REASON_REQUEST_NO_STORE,
     true,
     {URL, TEXT(HTTPHEADER, "Cache-Control: no-store")}},
    {"CONNECT_ONLY",
     LCC_REASON_OPTION,
     true,
     {URL, NUMBER(CONNECT_ONLY, 1)}},
    {"a field smuggled into another",
     LCC_REASON_OPTION,
     true,
     {URL, TEXT(HTTPHEADER, "Accept: x\r\nX-Api-Key: y")}},
    {"a field smuggled into the user agent",
     LCC_REASON_OPTION,
     true,
     {URL, TEXT(USERAGENT, "x\r\nX-Api-Key: y")}},
    {"a field smuggled into the cookie",
     LCC_REASON_OPTION,
     true,
     {URL, TEXT(COOKIE, "x\nX-Api-Key: y")}},
    {"dot segments kept in redirects",
     LCC_REASON_OPTION,
     true,
     {URL, NUMBER(PATH_AS_IS, 1), NUMBER(FOLLOWLOCATION, 1)}},
    {"Negotiate",
     LCC_REASON_AUTH,
     true,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_NEGOTIATE)}},
    {"Negotiate with the ticket's name",
     LCC_REASON_AUTH,
     true,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_NEGOTIATE), TEXT(USERPWD, ":")}},
    {"Negotiate with a name that libcurl passes over",
     LCC_REASON_AUTH,
     true,
     {URL,
      NUMBER(HTTPAUTH, CURLAUTH_NEGOTIATE),
      TEXT(USERPWD, "joe:pw")}},
    {"any login with the session's name",
     LCC_REASON_AUTH,
     true,
     {URL, NUMBER(HTTPAUTH, (long)CURLAUTH_ANY), TEXT(USERPWD, ":")}},
    {"NTLM without a name",
     LCC_REASON_AUTH,
     true,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_NTLM)}},
    {"NTLM with a name",
     LCC_REASON_NONE,
     true,
     {URL, NUMBER(HTTPAUTH, CURLAUTH_NTLM), TEXT(USERPWD, "joe:pw")}},
    {"cookies from standard input",
     LCC_REASON_COOKIES,
     true,
     {URL, TEXT(COOKIEFILE, "-")}},
    {"cookies without a domain",
     LCC_REASON_COOKIES,
     true,
     {URL, TEXT(COOKIELIST, "Set-Cookie: a=b")}},
    {"cookies without a domain, then one with",
     LCC_REASON_COOKIES,
     true,
     {URL,
      TEXT(COOKIELIST, "Set-Cookie: a=b"),
      TEXT(COOKIELIST, "Set-Cookie: a=b; domain=x.org")}},
    {"cookies from no regular file",
     LCC_REASON_COOKIES,
     true,
     {URL, TEXT(COOKIEFILE, "/dev/zero")}},
    {"no cookies from the null device", LCC_REASON_NONE, true, {URL, TEXT(COOKIEFILE, "/dev/null")}},
    {"known https hosts",
     LCC_REASON_HSTS,
     true,
     {URL, NUMBER(HSTS_CTRL, CURLHSTS_ENABLE)}},
    {"known https hosts, but an address",
     LCC_REASON_NONE,
     true,
     {TEXT(URL, "http://127.0.0.1/"),
      NUMBER(HSTS_CTRL, CURLHSTS_ENABLE)}},
    {"known https hosts, but https",
     LCC_REASON_NONE,
     true,
     {TEXT(URL, "https://example.org/"),
      NUMBER(HSTS_CTRL, CURLHSTS_ENABLE)}},
};
/* clang-format on */

ParameterizedTestParameters(plan, a_request_stays_out_for_its_reason)
{
    return indices(LCC_ARRAY_SIZE(reasons));
}

ParameterizedTest(size_t *which, plan, a_request_stays_out_for_its_reason)
{
    const struct reason_case *c = &reasons[*which];
    struct subject subject;

    subject_init(&subject);
    subject_set_all(&subject, c->settings);
    cr_expect_eq(subject_plan(&subject), c->want, "%s: %s", c->name,
                 lcc_reason_word(subject.plan.reason));
    cr_expect_eq(lcc_hash_is_zero(&subject.plan.id.url), !c->url_known, "%s",
                 c->name);
    cr_expect_eq(lcc_hash_is_zero(&subject.plan.id.request),
                 c->want != LCC_REASON_NONE, "%s", c->name);
    /* The same again, from the plan that is there. */
    cr_expect_eq(subject_plan(&subject), c->want, "%s", c->name);
    subject_done(&subject);
}

Test(plan, an_unknown_option_stays_out)
{
    struct subject subject;
    static const struct setting url = URL;

    subject_init(&subject);
    subject_set(&subject, &url);
    subject.handle.shadow.unknown = true;
    cr_expect_eq(subject_plan(&subject), LCC_REASON_OPTION);
    subject_done(&subject);
}

Test(plan, a_shadow_that_lost_track_stays_out)
{
    struct subject subject;
    static const struct setting url = URL;

    subject_init(&subject);
    subject_set(&subject, &url);
    subject.handle.shadow.broken = true;
    cr_expect_eq(subject_plan(&subject), LCC_REASON_NO_MEMORY);
    subject_done(&subject);
}
