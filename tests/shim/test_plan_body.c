/*
 * test_plan_body.c - requests with a body, and the GET beside a HEAD or a POST
 *
 * RFC 9110, sections 9.2.1, 9.3.1 to 9.3.3; RFC 9111, section 4.4.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "shim/form.h"
#include "tests/shim/plan_support.h"

#define URL TEXT(URL, "http://example.org/a")
#define QUERY TEXT(CUSTOMREQUEST, "QUERY")

static char word_get[] = "GET";
static char word_head[] = "HEAD";
static char word_post[] = "POST";
static char word_query[] = "QUERY";
static char *words[] = {word_get, word_head, word_post, word_query};
enum { DEFAULT_METHODS = 2, ALL_METHODS = 4 };

/* @count: of the words above. */
static void plan_for(struct subject *subject, size_t count,
                     const struct setting *settings)
{
    subject_init(subject);
    subject->policy.methods = (struct lcc_list){words, count};
    subject_set_all(subject, settings);
    subject_plan(subject);
}

/* --- what a body does to the key ------------------------------------------ */

struct body_pair {
    const char *name;
    bool same;
    struct setting one[SETTINGS_MAX];
    struct setting other[SETTINGS_MAX];
};

#define BODY(text) TEXT(POSTFIELDS, text)
#define JSON TEXT(HTTPHEADER, "Content-Type: application/json")

/* clang-format off */
static const struct body_pair pairs[] = {
    {"the same body", true, {URL, BODY("a=b")}, {URL, BODY("a=b")}},
    {"another body", false, {URL, BODY("a=b")}, {URL, BODY("a=c")}},
    {"copied or not", true, {URL, BODY("a=b")}, {URL, TEXT(COPYPOSTFIELDS, "a=b")}},
    {"as far as its size", true, {URL, BODY("a=b")}, {URL, NUMBER(POSTFIELDSIZE, 3), BODY("a=bcd")}},
    {"a copy as far as its size", true, {URL, BODY("a=b")}, {URL, NUMBER(POSTFIELDSIZE_LARGE, 3), TEXT(COPYPOSTFIELDS, "a=bcd")}},
    {"a zero byte counts", false, {URL, BODY("a")}, {URL, NUMBER(POSTFIELDSIZE, 3), BODY("a\0b")}},
    {"an empty body in two ways", true, {URL, BODY("")}, {URL, NUMBER(POST, 1), NUMBER(POSTFIELDSIZE, 0)}},
    {"another type", false, {URL, BODY("{}")}, {URL, BODY("{}"), JSON}},
    {"the same type", true, {URL, BODY("{}"), JSON}, {URL, BODY("{}"), JSON}},
    {"a field that is a credential", false, {URL, BODY("{}")}, {URL, BODY("{}"), TEXT(HTTPHEADER, "X-Api-Key: k")}},
    {"whether libcurl waits before it sends", true, {URL, BODY("{}")}, {URL, BODY("{}"), TEXT(HTTPHEADER, "Expect: 100-continue")}},
    {"what a redirect makes of it", false, {URL, BODY("a"), NUMBER(FOLLOWLOCATION, 1)},
     {URL, BODY("a"), NUMBER(FOLLOWLOCATION, 1), NUMBER(POSTREDIR, CURL_REDIR_POST_ALL)}},
    {"QUERY is no POST", false, {URL, BODY("a")}, {URL, BODY("a"), QUERY}},
    {"QUERY has a body too", false, {URL, QUERY, BODY("a")}, {URL, QUERY, BODY("b")}},
    {"POST is no GET", false, {URL}, {URL, BODY("")}},
    {"no body asked for", false, {URL, BODY("a")}, {URL, BODY("a"), NUMBER(NOBODY, 1), TEXT(CUSTOMREQUEST, "POST")}},
};
/* clang-format on */

Test(plan_body, the_body_and_its_type_are_in_the_key)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(pairs); i++) {
        const struct body_pair *pair = &pairs[i];
        struct subject one;
        struct subject other;

        plan_for(&one, ALL_METHODS, pair->one);
        plan_for(&other, ALL_METHODS, pair->other);
        cr_expect_eq(one.plan.reason, LCC_REASON_NONE, "%s: %s", pair->name,
                     lcc_reason_word(one.plan.reason));
        cr_expect_eq(other.plan.reason, LCC_REASON_NONE, "%s: %s", pair->name,
                     lcc_reason_word(other.plan.reason));
        cr_expect(lcc_hash_equal(&one.plan.id.url, &other.plan.id.url), "%s",
                  pair->name);
        cr_expect_eq(
            lcc_hash_equal(&one.plan.id.request, &other.plan.id.request),
            pair->same, "%s", pair->name);
        subject_done(&one);
        subject_done(&other);
    }
}

/* libcurl reads the program's own memory at each transfer. */
Test(plan_body, bytes_that_change_in_place_change_the_key)
{
    char body[] = "one";
    struct subject subject;
    struct lcc_hash first;

    plan_for(&subject, ALL_METHODS, (struct setting[]){URL, BODY(body), {0}});
    first = subject.plan.id.request;
    memcpy(body, "two", sizeof(body));
    cr_expect_eq(subject_plan(&subject), LCC_REASON_NONE);
    cr_expect_not(lcc_hash_equal(&first, &subject.plan.id.request));
    subject_done(&subject);
}

static bool holds(const struct lcc_buf *buf, const char *text)
{
    return buf->size && memmem(buf->data, buf->size, text, strlen(text));
}

Test(plan_body, no_byte_of_the_body_is_in_what_is_kept)
{
    struct subject subject;

    plan_for(&subject, ALL_METHODS,
             (struct setting[]){URL, BODY("secret-word"), {0}});
    cr_expect_not(holds(&subject.plan.url, "secret-word"));
    cr_expect_not(holds(&subject.plan.redacted, "secret-word"));
    cr_expect_not(holds(&subject.plan.fields, "secret-word"));
    subject_done(&subject);
}

/* --- what stays out ------------------------------------------------------ */

struct body_case {
    const char *name;
    size_t methods;
    enum lcc_reason reason;
    bool unsafe;
    bool as_get; /* is there a GET beside it? */
    struct setting settings[SETTINGS_MAX];
};

static size_t read_nothing(char *to, size_t size, size_t count, void *user)
{
    (void)to;
    (void)size;
    (void)count;
    (void)user;
    return 0;
}

/* clang-format off */
static const struct body_case cases[] = {
    {"GET", DEFAULT_METHODS, LCC_REASON_NONE, false, false, {URL}},
    {"HEAD, 9.3.2", DEFAULT_METHODS, LCC_REASON_NONE, false, true, {URL, NUMBER(NOBODY, 1)}},
    {"GET whose body is left unread", DEFAULT_METHODS, LCC_REASON_NONE, false, true,
     {URL, NUMBER(NOBODY, 1), TEXT(CUSTOMREQUEST, "GET")}},
    {"HEAD alone", 0, LCC_REASON_METHOD, false, false, {URL, NUMBER(NOBODY, 1)}},
    {"POST, not named; 9.3.3", DEFAULT_METHODS, LCC_REASON_UNSAFE_METHOD, true, true, {URL, BODY("a")}},
    {"POST of a callback", DEFAULT_METHODS, LCC_REASON_UNSAFE_METHOD, true, true, {URL, NUMBER(POST, 1)}},
    {"POST with no-store", DEFAULT_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, BODY("a"), TEXT(HTTPHEADER, "Cache-Control: no-store")}},
    {"POST with an option that is not for us", DEFAULT_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, BODY("a"), NUMBER(SOCKOPTFUNCTION, read_nothing)}},
    {"POST where no GET is stored", 0, LCC_REASON_UNSAFE_METHOD, true, false, {URL, BODY("a")}},
    {"POST, named", ALL_METHODS, LCC_REASON_NONE, true, false, {URL, BODY("a")}},
    {"POST of a callback, named", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false, {URL, NUMBER(POST, 1)}},
    {"POST of a callback with a size", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, NUMBER(POST, 1), NUMBER(POSTFIELDSIZE, 9)}},
    {"POST with trailers", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, BODY("a"), NUMBER(TRAILERFUNCTION, read_nothing)}},
    {"POST with line ends turned", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false, {URL, BODY("a"), NUMBER(CRLF, 1)}},
    {"PUT answers are not cacheable, 9.3.4", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, BODY("a"), TEXT(CUSTOMREQUEST, "PUT")}},
    {"PUT", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false, {URL, NUMBER(UPLOAD, 1)}},
    {"DELETE", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false, {URL, TEXT(CUSTOMREQUEST, "DELETE")}},
    {"names have case, 9.1", ALL_METHODS, LCC_REASON_UNSAFE_METHOD, true, false,
     {URL, BODY("a"), TEXT(CUSTOMREQUEST, "post")}},
    {"QUERY is safe", DEFAULT_METHODS, LCC_REASON_UPLOAD, false, false, {URL, BODY("a"), QUERY}},
    {"QUERY, named", ALL_METHODS, LCC_REASON_NONE, false, false, {URL, BODY("a"), QUERY}},
    {"QUERY of a callback", ALL_METHODS, LCC_REASON_UPLOAD, false, false, {URL, NUMBER(POST, 1), QUERY}},
    {"GET with a body, 9.3.1", ALL_METHODS, LCC_REASON_UPLOAD, false, false,
     {URL, BODY("a"), TEXT(CUSTOMREQUEST, "GET")}},
    {"PROPFIND is safe", ALL_METHODS, LCC_REASON_METHOD, false, false, {URL, TEXT(CUSTOMREQUEST, "PROPFIND")}},
    {"REPORT is safe, its body not for us", ALL_METHODS, LCC_REASON_UPLOAD, false, false,
     {URL, BODY("a"), TEXT(CUSTOMREQUEST, "REPORT")}},
    {"SEARCH is safe", ALL_METHODS, LCC_REASON_METHOD, false, false, {URL, TEXT(CUSTOMREQUEST, "SEARCH")}},
};
/* clang-format on */

Test(plan_body, each_method_has_its_way)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        const struct body_case *c = &cases[i];
        struct subject subject;

        plan_for(&subject, c->methods, c->settings);
        cr_expect_eq(subject.plan.reason, c->reason, "%s: %s", c->name,
                     lcc_reason_word(subject.plan.reason));
        cr_expect_eq(subject.plan.unsafe, c->unsafe, "%s", c->name);
        cr_expect_eq(!lcc_hash_is_zero(&subject.plan.as_get), c->as_get, "%s",
                     c->name);
        subject_done(&subject);
    }
}

/* --- the GET beside ------------------------------------------------------ */

struct beside_case {
    const char *name;
    bool same;
    struct setting get[SETTINGS_MAX];
    struct setting other[SETTINGS_MAX];
};

#define LOGIN TEXT(USERPWD, "joe:pw")

/* clang-format off */
static const struct beside_case besides[] = {
    {"HEAD", true, {URL}, {URL, NUMBER(NOBODY, 1)}},
    {"HEAD with a login", true, {URL, LOGIN}, {URL, LOGIN, NUMBER(NOBODY, 1)}},
    {"HEAD without the login", false, {URL, LOGIN}, {URL, NUMBER(NOBODY, 1)}},
    {"HEAD that follows", false, {URL}, {URL, NUMBER(NOBODY, 1), NUMBER(FOLLOWLOCATION, 1)}},
    {"POST", true, {URL}, {URL, BODY("a")}},
    {"POST with a type", true, {URL}, {URL, BODY("a"), JSON}},
    {"POST with a login", true, {URL, LOGIN}, {URL, BODY("a"), LOGIN}},
    {"HEAD that decodes", true, {URL, TEXT(ACCEPT_ENCODING, "")}, {URL, NUMBER(NOBODY, 1), TEXT(ACCEPT_ENCODING, "")}},
    {"HEAD in the other form", false, {URL, TEXT(ACCEPT_ENCODING, "")}, {URL, NUMBER(NOBODY, 1)}},
    {"POST of another login", false, {URL}, {URL, BODY("a"), LOGIN}},
};
/* clang-format on */

Test(plan_body, the_get_beside_has_the_key_of_that_get)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(besides); i++) {
        const struct beside_case *c = &besides[i];
        struct subject get;
        struct subject other;

        plan_for(&get, DEFAULT_METHODS, c->get);
        plan_for(&other, DEFAULT_METHODS, c->other);
        cr_expect_eq(lcc_hash_equal(&get.plan.id.request, &other.plan.as_get),
                     c->same, "%s", c->name);
        subject_done(&get);
        subject_done(&other);
    }
}

/* --- the form of the answer's body --------------------------------------- */

struct form_case {
    const char *name;
    bool shared; /* is the key of the one the shared key of the other? */
    struct setting raw[SETTINGS_MAX];
    struct setting decoded[SETTINGS_MAX];
};

#define DECODES TEXT(ACCEPT_ENCODING, "")

/* clang-format off */
static const struct form_case forms[] = {
    {"GET", true, {URL}, {URL, DECODES}},
    {"one coding", true, {URL}, {URL, TEXT(ACCEPT_ENCODING, "gzip")}},
    {"HEAD", true, {URL, NUMBER(NOBODY, 1)}, {URL, NUMBER(NOBODY, 1), DECODES}},
    {"a chain", true, {URL, NUMBER(FOLLOWLOCATION, 1)}, {URL, NUMBER(FOLLOWLOCATION, 1), DECODES}},
    {"a login", true, {URL, LOGIN}, {URL, LOGIN, DECODES}},
    {"another login", false, {URL}, {URL, LOGIN, DECODES}},
    {"POST", true, {URL, BODY("a")}, {URL, BODY("a"), DECODES}},
    {"a field that is sent as it stands", false, {URL, TEXT(HTTPHEADER, "Accept-Encoding: gzip")}, {URL, TEXT(ACCEPT_ENCODING, "gzip")}},
    {"asked not to", false, {URL, TEXT(ACCEPT_ENCODING, "gzip"), NUMBER(HTTP_CONTENT_DECODING, 0), TEXT(HTTPHEADER, "Accept-Encoding:")}, {URL, DECODES}},
};
/* clang-format on */

static struct lcc_hash shared_of(const struct lcc_hash *request)
{
    const struct lcc_id id = {.request = *request};

    return lcc_form_other(&id).request;
}

Test(plan_body, the_shared_key_is_that_of_who_does_not_decode)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(forms); i++) {
        const struct form_case *c = &forms[i];
        struct subject raw;
        struct subject decoded;
        struct lcc_hash shared;

        plan_for(&raw, ALL_METHODS, c->raw);
        plan_for(&decoded, ALL_METHODS, c->decoded);
        shared = shared_of(&decoded.plan.id.request);
        cr_expect_eq(lcc_hash_equal(&raw.plan.id.request, &shared), c->shared,
                     "%s", c->name);
        cr_expect_not(
            lcc_hash_equal(&raw.plan.id.request, &decoded.plan.id.request),
            "%s", c->name);
        if (raw.plan.no_body) {
            shared = shared_of(&decoded.plan.as_get);
            cr_expect(lcc_hash_equal(&raw.plan.as_get, &shared), "%s", c->name);
        }
        subject_done(&raw);
        subject_done(&decoded);
    }
}
