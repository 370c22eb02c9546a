/*
 * Conditions: those we send, those the program sent, and what an answer says
 * of what is stored (RFC 9111, section 4.3; RFC 9110, section 13).
 */
#include "store/http_valid.h"
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#include <stdio.h>

#define MONDAY "Mon, 01 Jan 2024 00:00:00 GMT"
#define SUNDAY "Sun, 31 Dec 2023 00:00:00 GMT"
#define TUESDAY "Tue, 02 Jan 2024 00:00:00 GMT"

static struct lcc_response response_of(const char *status, const char *fields)
{
    static char head[1024];

    (void)snprintf(head, sizeof(head), "HTTP/1.1 %s\n%s", status, fields);
    return message_response(head);
}

/* --- which stored responses can be asked for ----------------------------- */

struct offer_case {
    const char *name;
    const char *status;
    const char *fields;
    bool want;
};

/* clang-format off */
static const struct offer_case offers[] = {
    {"a strong tag, 8.8.3", "200 OK", "ETag: \"a\"\n", true},
    {"a weak tag", "200 OK", "ETag: W/\"a\"\n", true},
    {"Last-Modified, 8.8.2", "200 OK", "Last-Modified: " MONDAY "\n", true},
    {"a Last-Modified that is no date", "200 OK", "Last-Modified: today\n", false},
    {"Date alone is not of the content", "200 OK", "Date: " MONDAY "\n", false},
    {"nothing", "200 OK", "", false},
    {"an unquoted tag", "200 OK", "ETag: a\n", true},
    {"a tag that cannot stand in a list", "200 OK", "ETag: a,b\n", false},
    {"another success", "203 OK", "ETag: \"a\"\n", true},
    {"an error is no subject of conditions, 13.2.1", "404 No", "ETag: \"a\"\n", false},
    {"a redirect neither", "301 To", "ETag: \"a\"\n", false},
};
/* clang-format on */

LCC_CASES(http_valid, what_can_be_asked_for, offers)
{
    const struct offer_case *c = &offers[*which];
    struct lcc_response stored = response_of(c->status, c->fields);

    cr_expect_eq(lcc_valid_offers(&stored), c->want, "%s", c->name);
    lcc_response_done(&stored);
}

/* --- our conditional request --------------------------------------------- */

struct ask_case {
    const char *name;
    const char *own;    /* fields of the program's request */
    const char *tags;   /* of all stored responses */
    const char *stored; /* fields of the selected one; NULL: none */
    const char *want_tags;
    const char *want_date;
    bool want_ours;
};

/* clang-format off */
static const struct ask_case asks[] = {
    {"a tag, 4.3.1", "", "\"a\"", "ETag: \"a\"\n", "\"a\"", "", true},
    {"a tag and a date, 4.3.1", "", "\"a\"", "ETag: \"a\"\nLast-Modified: " MONDAY "\n",
     "\"a\"", MONDAY, true},
    {"a date alone", "", "", "Last-Modified: " MONDAY "\n", "", MONDAY, true},
    {"the date as it was written", "", "", "Last-Modified: Monday, 01-Jan-24 00:00:00 GMT\n",
     "", "Monday, 01-Jan-24 00:00:00 GMT", true},
    {"no date for several responses, 4.3.1", "", "\"a\", \"b\"",
     "ETag: \"a\"\nLast-Modified: " MONDAY "\n", "\"a\", \"b\"", "", true},
    {"tags of others, none selected", "", "\"a\"", NULL, "\"a\"", "", true},
    {"a bad date is not sent", "", "", "Last-Modified: x\n", "", "", false},
    {"the program's tags come first", "If-None-Match: \"p\"\n", "\"a\"",
     "ETag: \"a\"\nLast-Modified: " MONDAY "\n", "\"p\", \"a\"", "", true},
    {"all lines of them", "If-None-Match: \"p\"\nIf-None-Match: \"q\"\n", "\"a\"",
     "ETag: \"a\"\n", "\"p\", \"q\", \"a\"", "", true},
    {"its star stays alone, 13.1.2", "If-None-Match: *\n", "\"a\"", "ETag: \"a\"\n",
     "*", "", false},
    {"its tags and a stored date", "If-None-Match: \"p\"\n", "",
     "Last-Modified: " MONDAY "\n", "\"p\"", "", false},
    {"its date gives way to ours", "If-Modified-Since: " SUNDAY "\n", "",
     "Last-Modified: " MONDAY "\n", "", MONDAY, true},
    {"its date beside our tag", "If-Modified-Since: " SUNDAY "\n", "\"a\"",
     "ETag: \"a\"\n", "\"a\"", SUNDAY, true},
    {"If-Match is the origin's business", "If-Match: \"p\"\n", "\"a\"",
     "ETag: \"a\"\nLast-Modified: " MONDAY "\n", "", "", false},
    {"If-Unmodified-Since too", "If-Unmodified-Since: " SUNDAY "\n", "\"a\"",
     "ETag: \"a\"\n", "", "", false},
};
/* clang-format on */

static void expect_text(const struct lcc_buf *got, const char *want,
                        const char *name)
{
    cr_expect(lcc_span_equal(lcc_buf_span(got), lcc_span_str(want)),
              "%s: \"%.*s\" is not \"%s\"", name, (int)got->size,
              got->size ? (const char *)got->data : "", want);
}

LCC_CASES(http_valid, conditional_requests, asks)
{
    const struct ask_case *c = &asks[*which];
    struct lcc_fields own = message_fields(c->own);
    struct lcc_response stored =
        response_of("200 OK", c->stored ? c->stored : "");
    struct lcc_valid_ask ask = LCC_VALID_ASK_INIT;

    cr_assert_eq(lcc_valid_compose(&own, lcc_span_str(c->tags),
                                   c->stored ? &stored : NULL, &ask),
                 0);
    expect_text(&ask.if_none_match, c->want_tags, c->name);
    expect_text(&ask.if_modified_since, c->want_date, c->name);
    cr_expect_eq(ask.ours, c->want_ours, "%s", c->name);
    lcc_valid_ask_done(&ask);
    lcc_response_done(&stored);
    lcc_fields_done(&own);
}

/* --- what a 304 speaks of ------------------------------------------------ */

struct select_case {
    const char *name;
    const char *fresh;
    const char *stored;
    bool single; /* true: what is wanted when it was the only one asked for */
    bool want;
};

/* clang-format off */
static const struct select_case selections[] = {
    {"the same strong tag, 4.3.4", "ETag: \"a\"\n", "ETag: \"a\"\n", false, true},
    {"another strong tag", "ETag: \"b\"\n", "ETag: \"a\"\n", true, false},
    {"weak both", "ETag: W/\"a\"\n", "ETag: W/\"a\"\n", false, true},
    {"a weak one is not the stored strong one", "ETag: W/\"a\"\n", "ETag: \"a\"\n", true, false},
    {"a strong one is the stored weak one", "ETag: \"a\"\n", "ETag: W/\"a\"\n", false, true},
    {"tags come before dates", "ETag: \"b\"\nLast-Modified: " MONDAY "\n",
     "ETag: \"a\"\nLast-Modified: " MONDAY "\n", true, false},
    {"the same date", "Last-Modified: " MONDAY "\n", "Last-Modified: " MONDAY "\n", false, true},
    {"another date", "Last-Modified: " TUESDAY "\n", "Last-Modified: " MONDAY "\n", true, false},
    {"a date, where a tag is stored too", "Last-Modified: " MONDAY "\n",
     "ETag: \"a\"\nLast-Modified: " MONDAY "\n", false, true},
    {"no validator, one asked for", "", "ETag: \"a\"\n", true, true},
    {"no validator, several asked for", "", "ETag: \"a\"\n", false, false},
    {"a tag that is new, one date asked for", "ETag: \"n\"\n",
     "Last-Modified: " MONDAY "\n", true, true},
    {"a tag that is new, several asked for", "ETag: \"n\"\n",
     "Last-Modified: " MONDAY "\n", false, false},
    {"a tag where nothing was stored", "ETag: \"n\"\n", "", true, false},
};
/* clang-format on */

LCC_CASES(http_valid, a_304_selects, selections)
{
    const struct select_case *c = &selections[*which];
    struct lcc_response stored = response_of("200 OK", c->stored);
    char head[512];

    (void)snprintf(head, sizeof(head), "HTTP/1.1 304 Not Modified\n%s",
                   c->fresh);
    struct lcc_response fresh = message_response(head);
    cr_expect_eq(lcc_valid_selects(&fresh, &stored, c->single), c->want, "%s",
                 c->name);
    lcc_response_done(&fresh);
    lcc_response_done(&stored);
}

/* --- what a HEAD says ------------------------------------------------------*/

struct head_case {
    const char *name;
    const char *status;
    const char *head;
    const char *stored;
    enum lcc_head_verdict want;
};

/* clang-format off */
static const struct head_case heads[] = {
    {"all the same, 4.3.5", "200 OK", "ETag: \"a\"\nContent-Length: 5\n",
     "ETag: \"a\"\nContent-Length: 5\n", LCC_HEAD_FRESHENS},
    {"another tag", "200 OK", "ETag: \"b\"\n", "ETag: \"a\"\n", LCC_HEAD_INVALIDATES},
    {"another date", "200 OK", "Last-Modified: " TUESDAY "\n",
     "Last-Modified: " MONDAY "\n", LCC_HEAD_INVALIDATES},
    {"another length", "200 OK", "ETag: \"a\"\nContent-Length: 6\n",
     "ETag: \"a\"\nContent-Length: 5\n", LCC_HEAD_INVALIDATES},
    {"a tag where there was none", "200 OK", "ETag: \"a\"\n", "", LCC_HEAD_INVALIDATES},
    {"no validators", "200 OK", "X: 1\n", "ETag: \"a\"\n", LCC_HEAD_FRESHENS},
    {"a length where the body came in chunks", "200 OK", "ETag: \"a\"\nContent-Length: 5\n",
     "ETag: \"a\"\n", LCC_HEAD_FRESHENS},
    {"an error", "500 Oh", "ETag: \"b\"\n", "ETag: \"a\"\n", LCC_HEAD_SILENT},
    {"a 404", "404 No", "", "ETag: \"a\"\n", LCC_HEAD_SILENT},
};
/* clang-format on */

LCC_CASES(http_valid, a_head_speaks_of_a_get, heads)
{
    const struct head_case *c = &heads[*which];
    struct lcc_response stored = response_of("200 OK", c->stored);
    char text[512];

    (void)snprintf(text, sizeof(text), "HTTP/1.1 %s\n%s", c->status, c->head);
    struct lcc_response head = message_response(text);
    cr_expect_eq(lcc_valid_head(&head, &stored), c->want, "%s", c->name);
    lcc_response_done(&head);
    lcc_response_done(&stored);
}

/* --- a program's own conditions ------------------------------------------ */

struct judge_case {
    const char *name;
    const char *method;
    const char *own;
    const char *status;
    const char *stored;
    enum lcc_condition want;
};

#define TAGGED "ETag: \"a\"\nLast-Modified: " MONDAY "\n"
#define OK LCC_CONDITION_PROCEED
#define KNOWN LCC_CONDITION_NOT_MODIFIED
#define FAILED LCC_CONDITION_FAILED

/* clang-format off */
static const struct judge_case judgements[] = {
    {"no condition", "GET", "", "200 OK", TAGGED, OK},
    {"its tag, 13.1.2", "GET", "If-None-Match: \"a\"\n", "200 OK", TAGGED, KNOWN},
    {"its tag, weakly", "GET", "If-None-Match: W/\"a\"\n", "200 OK", TAGGED, KNOWN},
    {"a stored weak tag", "GET", "If-None-Match: \"a\"\n", "200 OK", "ETag: W/\"a\"\n", KNOWN},
    {"another tag", "GET", "If-None-Match: \"b\"\n", "200 OK", TAGGED, OK},
    {"last of a list", "GET", "If-None-Match: \"b\", \"c\", \"a\"\n", "200 OK", TAGGED, KNOWN},
    {"first of a list", "GET", "If-None-Match: \"a\", \"c\"\n", "200 OK", TAGGED, KNOWN},
    {"on a second line", "GET", "If-None-Match: \"b\"\nIf-None-Match: \"a\"\n", "200 OK", TAGGED, KNOWN},
    {"any", "GET", "If-None-Match: *\n", "200 OK", "", KNOWN},
    {"any, HEAD", "HEAD", "If-None-Match: *\n", "200 OK", "", KNOWN},
    {"any, another method: 412", "POST", "If-None-Match: *\n", "200 OK", "", FAILED},
    {"a tag where none is stored", "GET", "If-None-Match: \"a\"\n", "200 OK", "", OK},
    {"a star within a list is a tag", "GET", "If-None-Match: \"b\", *\n", "200 OK", TAGGED, OK},
    {"lower-case w", "GET", "If-None-Match: w/\"a\"\n", "200 OK", TAGGED, OK},
    {"unquoted is another", "GET", "If-None-Match: a\n", "200 OK", TAGGED, OK},
    {"not modified since, 13.1.3", "GET", "If-Modified-Since: " MONDAY "\n", "200 OK", TAGGED, KNOWN},
    {"later than that", "GET", "If-Modified-Since: " TUESDAY "\n", "200 OK", TAGGED, KNOWN},
    {"modified since", "GET", "If-Modified-Since: " SUNDAY "\n", "200 OK", TAGGED, OK},
    {"the RFC 850 form", "GET", "If-Modified-Since: Monday, 01-Jan-24 00:00:00 GMT\n", "200 OK", TAGGED, KNOWN},
    {"the asctime form", "GET", "If-Modified-Since: Mon Jan  1 00:00:00 2024\n", "200 OK", TAGGED, KNOWN},
    {"garbage is no condition", "GET", "If-Modified-Since: yesterday\n", "200 OK", TAGGED, OK},
    {"two dates are none", "GET", "If-Modified-Since: " TUESDAY "\nIf-Modified-Since: " TUESDAY "\n", "200 OK", TAGGED, OK},
    {"without Last-Modified the Date, 4.3.2", "GET", "If-Modified-Since: " MONDAY "\n", "200 OK", "Date: " MONDAY "\n", KNOWN},
    {"which is later", "GET", "If-Modified-Since: " SUNDAY "\n", "200 OK", "Date: " MONDAY "\n", OK},
    {"without both the arrival", "GET", "If-Modified-Since: " MONDAY "\n", "200 OK", "", KNOWN},
    {"of another method it is ignored", "POST", "If-Modified-Since: " TUESDAY "\n", "200 OK", TAGGED, OK},
    {"a tag comes before a date, 13.2.2", "GET", "If-None-Match: \"b\"\nIf-Modified-Since: " TUESDAY "\n", "200 OK", TAGGED, OK},
    {"the other way round", "GET", "If-None-Match: \"a\"\nIf-Modified-Since: " SUNDAY "\n", "200 OK", TAGGED, KNOWN},
    {"If-Match holds, 13.1.1", "GET", "If-Match: \"a\"\n", "200 OK", TAGGED, OK},
    {"If-Match with any", "GET", "If-Match: *\n", "200 OK", TAGGED, OK},
    {"If-Match fails", "GET", "If-Match: \"b\"\n", "200 OK", TAGGED, FAILED},
    {"If-Match compares strongly", "GET", "If-Match: W/\"a\"\n", "200 OK", TAGGED, FAILED},
    {"a stored weak tag never matches", "GET", "If-Match: \"a\"\n", "200 OK", "ETag: W/\"a\"\n", FAILED},
    {"If-Match holds, then the tag is known", "GET", "If-Match: \"a\"\nIf-None-Match: \"a\"\n", "200 OK", TAGGED, KNOWN},
    {"unmodified, 13.1.4", "GET", "If-Unmodified-Since: " MONDAY "\n", "200 OK", TAGGED, OK},
    {"modified: 412", "GET", "If-Unmodified-Since: " SUNDAY "\n", "200 OK", TAGGED, FAILED},
    {"garbage there", "GET", "If-Unmodified-Since: never\n", "200 OK", TAGGED, OK},
    {"If-Match comes before it", "GET", "If-Match: \"a\"\nIf-Unmodified-Since: " SUNDAY "\n", "200 OK", TAGGED, OK},
    {"an error has no conditions, 13.2.1", "GET", "If-None-Match: \"a\"\n", "404 No", TAGGED, OK},
    {"a redirect neither", "GET", "If-None-Match: *\n", "301 To", TAGGED, OK},
};
/* clang-format on */

LCC_CASES(http_valid, own_conditions, judgements)
{
    const struct judge_case *c = &judgements[*which];
    struct lcc_fields own = message_fields(c->own);
    struct lcc_response stored = response_of(c->status, c->stored);

    cr_expect_eq(lcc_valid_judge(lcc_span_str(c->method), &own, &stored),
                 c->want, "%s", c->name);
    cr_expect_eq(lcc_valid_is_conditional(&own), c->own[0] != '\0', "%s",
                 c->name);
    lcc_response_done(&stored);
    lcc_fields_done(&own);
}

struct own_case {
    const char *name;
    const char *own;
    const char *fresh;
    bool want;
};

/* clang-format off */
static const struct own_case owns[] = {
    {"its tag", "If-None-Match: \"p\"\n", "ETag: \"p\"\n", true},
    {"weakly", "If-None-Match: W/\"p\"\n", "ETag: \"p\"\n", true},
    {"ours", "If-None-Match: \"p\"\n", "ETag: \"a\"\n", false},
    {"any", "If-None-Match: *\n", "ETag: \"a\"\n", true},
    {"a 304 that names none", "If-None-Match: \"p\"\n", "", true},
    {"a date of its own", "If-Modified-Since: " MONDAY "\n", "ETag: \"a\"\n", true},
    {"no condition of its own", "X: 1\n", "ETag: \"a\"\n", false},
};
/* clang-format on */

LCC_CASES(http_valid, whose_304_it_is, owns)
{
    const struct own_case *c = &owns[*which];
    struct lcc_fields own = message_fields(c->own);
    struct lcc_response fresh = response_of("304 Not Modified", c->fresh);

    cr_expect_eq(lcc_valid_is_own(&own, &fresh), c->want, "%s", c->name);
    lcc_response_done(&fresh);
    lcc_fields_done(&own);
}
