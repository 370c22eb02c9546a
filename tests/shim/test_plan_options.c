/*
 * test_plan_options.c - what each option does to the key
 *
 * The options are walked by their table, so that a new row is tested on the
 * day it comes.
 */
#include <criterion/criterion.h>

#include "tests/shim/plan_support.h"

static const struct setting https_url = TEXT(URL, "https://example.org/a");
/* Some are looked at where redirects are followed alone. */
static const struct setting followed = NUMBER(FOLLOWLOCATION, 1);

/* Set a row, in the shadow, to something that is not its default. */
static void set_row(struct subject *subject, enum lcc_option_row row)
{
    static const long numbers[] = {0, 1, 2, 3};
    struct setting setting = {.option = lcc_option_at(row)->number,
                              .text = "x:1"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(numbers); i++) {
        setting.number = numbers[i];
        subject_shadow(subject, &setting);
        if (lcc_shadow_differs(&subject->handle.shadow, row)) {
            return;
        }
    }
}

static bool row_changes_key(enum lcc_option_row row, enum lcc_reason *reason)
{
    struct subject plain;
    struct subject set;
    bool changed;

    subject_init(&plain);
    subject_init(&set);
    subject_set(&plain, &https_url);
    subject_set(&set, &https_url);
    if (row != LCC_OPT_FOLLOWLOCATION) {
        subject_set(&plain, &followed);
        subject_set(&set, &followed);
    }
    set_row(&set, row);
    subject_plan(&plain);
    *reason = subject_plan(&set);
    changed = !lcc_hash_equal(&plain.plan.id.request, &set.plan.id.request);
    subject_done(&plain);
    subject_done(&set);
    return changed;
}

Test(plan_options, every_option_does_what_its_class_says)
{
    for (int i = 0; i < LCC_OPT_MAX_; i++) {
        enum lcc_option_row row = (enum lcc_option_row)i;
        const struct lcc_option *option = lcc_option_at(row);
        enum lcc_reason reason;
        bool changed;

        if (option->class_ == LCC_OPTION_REQUEST) {
            continue;
        }
        changed = row_changes_key(row, &reason);
        switch (option->class_) {
        case LCC_OPTION_SCOPE:
            cr_expect(changed, "%s is not in the key", option->name);
            cr_expect_eq(reason, LCC_REASON_NONE, "%s", option->name);
            break;
        case LCC_OPTION_REFUSE:
            cr_expect_neq(reason, LCC_REASON_NONE, "%s", option->name);
            break;
        case LCC_OPTION_DELIVERY:
        case LCC_OPTION_TRANSPORT:
            cr_expect_eq(reason, LCC_REASON_NONE, "%s", option->name);
            cr_expect_not(changed, "%s is in the key", option->name);
            break;
        case LCC_OPTION_REQUEST:
            break;
        }
    }
}

/* Rows of REQUEST that may be set and change nothing, each for a reason. */
static bool may_change_nothing(enum lcc_option_row row)
{
    switch ((int)row) {
    case LCC_OPT_HTTPGET:       /* a GET it is already */
    case LCC_OPT_POSTFIELDSIZE: /* of a body that is not there */
    case LCC_OPT_POSTFIELDSIZE_LARGE:
    case LCC_OPT_READFUNCTION:
    case LCC_OPT_READDATA:
    case LCC_OPT_DEFAULT_PROTOCOL: /* the URL has a scheme */
    case LCC_OPT_TIMECONDITION:    /* answered from what is stored */
    case LCC_OPT_TIMEVALUE:
    case LCC_OPT_TIMEVALUE_LARGE:
    case LCC_OPT_USERAGENT: /* neutral */
    case LCC_OPT_REFERER:
    case LCC_OPT_RESUME_FROM: /* a part of the same answer */
    case LCC_OPT_RESUME_FROM_LARGE:
    case LCC_OPT_HTTPAUTH:   /* of a login that is not there */
    case LCC_OPT_NETRC_FILE: /* not read */
    case LCC_OPT_COOKIEFILE: /* a file that is not there */
    case LCC_OPT_COOKIEJAR:  /* written afterwards */
    case LCC_OPT_COOKIELIST: /* what it says is in the engine */
    case LCC_OPT_COOKIESESSION:
    case LCC_OPT_SHARE: /* what it says is in the engine */
    case LCC_OPT_HSTS:  /* https it is already */
    case LCC_OPT_HSTS_CTRL:
        return true;
    default:
        return false;
    }
}

Test(plan_options, every_option_of_the_request_counts)
{
    for (int i = 0; i < LCC_OPT_MAX_; i++) {
        enum lcc_option_row row = (enum lcc_option_row)i;
        const struct lcc_option *option = lcc_option_at(row);
        enum lcc_reason reason;

        /* A CURLU must be one, and has a test of its own. */
        if (option->class_ != LCC_OPTION_REQUEST || row == LCC_OPT_CURLU ||
            may_change_nothing(row)) {
            continue;
        }
        cr_expect(row_changes_key(row, &reason), "%s", option->name);
    }
}
