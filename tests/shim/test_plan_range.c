/*
 * test_plan_range.c - RANGE, RESUME_FROM and a Range line are one thing
 *
 * Whatever part is asked for, the key is that of the whole; a part that is not
 * answered here stays out.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>

#include "tests/shim/plan_support.h"
#include "tests/support/cases.h"

#define URL TEXT(URL, "http://example.org/a")

struct range_case {
    const char *name;
    const char *want; /* ranges as they are read; NULL: it stays out */
    int64_t resume_from;
    struct setting settings[SETTINGS_MAX];
};

/* clang-format off */
static const struct range_case cases[] = {
    {"nothing", "", 0, {URL}},
    {"RANGE", "0-1", 0, {URL, TEXT(RANGE, "0-1")}},
    {"RANGE of several", "0-1 -5", 0, {URL, TEXT(RANGE, "0-1,-5")}},
    {"RANGE open", "7-", 0, {URL, TEXT(RANGE, "7-")}},
    {"RESUME_FROM", "9-", 9, {URL, NUMBER(RESUME_FROM, 9)}},
    {"RESUME_FROM_LARGE", "9-", 9, {URL, NUMBER(RESUME_FROM_LARGE, 9)}},
    {"RESUME_FROM at the start is none", "", 0, {URL, NUMBER(RESUME_FROM, 0)}},
    {"RESUME_FROM counts before RANGE", "9-", 9, {URL, TEXT(RANGE, "0-1"), NUMBER(RESUME_FROM, 9)}},
    {"Range line", "0-1", 0, {URL, TEXT(HTTPHEADER, "Range: bytes=0-1")}},
    {"range line in lower case", "0-1", 0, {URL, TEXT(HTTPHEADER, "range: bytes=0-1")}},
    {"a line counts before RANGE", "0-1", 0, {URL, TEXT(RANGE, "5-6"), TEXT(HTTPHEADER, "Range: bytes=0-1")}},
    {"a line beside RESUME_FROM", "0-1", 9, {URL, NUMBER(RESUME_FROM, 9), TEXT(HTTPHEADER, "Range: bytes=0-1")}},
    {"a line that takes the field out", "", 0, {URL, TEXT(RANGE, "5-6"), TEXT(HTTPHEADER, "Range:")}},
    {"with If-Range", "0-1", 0, {URL, TEXT(RANGE, "0-1"), TEXT(HTTPHEADER, "If-Range: \"a\"")}},
    {"GET by name", "0-1", 0, {URL, TEXT(RANGE, "0-1"), TEXT(CUSTOMREQUEST, "GET")}},
    {"followed", "0-1", 0, {URL, TEXT(RANGE, "0-1"), NUMBER(FOLLOWLOCATION, 1)}},
    {"RANGE of nonsense", NULL, 0, {URL, TEXT(RANGE, "x")}},
    {"RANGE empty", NULL, 0, {URL, TEXT(RANGE, "")}},
    {"RANGE with the unit twice", NULL, 0, {URL, TEXT(RANGE, "bytes=0-1")}},
    {"RESUME_FROM -1", NULL, -1, {URL, NUMBER(RESUME_FROM, -1)}},
    {"two lines", NULL, 0, {URL, TEXT(HTTPHEADER, "Range: bytes=0-1|Range: bytes=5-6")}},
    {"another unit", NULL, 0, {URL, TEXT(HTTPHEADER, "Range: lines=0-1")}},
    {"HEAD", NULL, 0, {URL, TEXT(RANGE, "0-1"), NUMBER(NOBODY, 1)}},
    {"HEAD with a line", NULL, 0, {URL, NUMBER(NOBODY, 1), TEXT(HTTPHEADER, "Range: bytes=0-1")}},
};
/* clang-format on */

static void show(const struct lcc_range_set *set, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < set->count; i++) {
        const struct lcc_range_spec *spec = &set->list[i];

        used += (size_t)snprintf(out + used, size - used, "%s", i ? " " : "");
        if (spec->suffix) {
            used += (size_t)snprintf(out + used, size - used, "-%" PRIu64,
                                     spec->last);
        } else {
            used += (size_t)snprintf(out + used, size - used, "%" PRIu64 "-",
                                     spec->first);
        }
        if (!spec->suffix && !spec->open) {
            used += (size_t)snprintf(out + used, size - used, "%" PRIu64,
                                     spec->last);
        }
    }
}

LCC_CASES(plan_range, options_are_read, cases)
{
    static const struct setting url = URL;
    const struct range_case *c = &cases[*which];
    struct subject whole;
    struct subject part;
    char got[100];

    subject_init(&whole);
    subject_init(&part);
    subject_set(&whole, &url);
    subject_set_all(&part, c->settings);
    subject_plan(&whole);
    cr_expect_eq(whole.plan.range.count, 0);
    cr_assert_eq(subject_plan(&part),
                 c->want ? LCC_REASON_NONE : LCC_REASON_RANGE, "%s: %s",
                 c->name, lcc_reason_word(part.plan.reason));
    cr_expect_eq(part.plan.resume_from, c->resume_from, "%s", c->name);
    if (c->want) {
        show(&part.plan.range, got, sizeof(got));
        cr_expect_str_eq(got, c->want, "%s: %s", c->name, got);
        cr_expect_eq(
            lcc_hash_equal(&whole.plan.id.request, &part.plan.id.request),
            !lcc_shadow_long(&part.handle.shadow, LCC_OPT_FOLLOWLOCATION),
            "%s: the part is in the key", c->name);
    }
    subject_done(&whole);
    subject_done(&part);
}

Test(plan_range, a_plan_forgets_the_part_of_the_transfer_before)
{
    static const struct setting settings[] = {URL, TEXT(RANGE, "0-1")};
    static const struct setting none = TEXT(RANGE, NULL);
    struct subject subject;

    subject_init(&subject);
    subject_set(&subject, &settings[0]);
    subject_set(&subject, &settings[1]);
    cr_assert_eq(subject_plan(&subject), LCC_REASON_NONE);
    cr_expect_eq(subject.plan.range.count, 1);
    subject_set(&subject, &none);
    cr_assert_eq(subject_plan(&subject), LCC_REASON_NONE);
    cr_expect_eq(subject.plan.range.count, 0);
    subject_done(&subject);
}
