/*
 * plan_support.h - handles for tests of the plan
 *
 * A struct lcc_real filled from the libcurl that the test is linked with, and
 * handles on which an option is set both for real and in the shadow, as the
 * preloaded object does.
 */
#ifndef LCC_TEST_PLAN_SUPPORT_H
#define LCC_TEST_PLAN_SUPPORT_H

#include "shim/plan.h"

enum { SETTINGS_MAX = 8 };

/* One option. Which member counts follows from the option's kind; a list is
 * written "one|two". The row decides, so that a zero ends a list of them. */
struct setting {
    CURLoption option;
    const char *text; /* string, list, or blob */
    long number;      /* number, or not NULL for a function or pointer */
};

#define TEXT(option_, text_)                                                   \
    {                                                                          \
        .option = CURLOPT_##option_, .text = (text_)                           \
    }
#define NUMBER(option_, number_)                                               \
    {                                                                          \
        .option = CURLOPT_##option_, .number = (long)(number_)                 \
    }

struct subject {
    struct lcc_handle handle;
    struct lcc_plan plan;
    struct lcc_policy policy;
    struct curl_slist *lists[SETTINGS_MAX];
    size_t lists_count;
};

const struct lcc_real *test_real(void);
const struct lcc_secret *test_secret(void);
/* How often the plan has parsed a URL. */
size_t test_urls_parsed(void);

void subject_init(struct subject *subject);
void subject_done(struct subject *subject);
/* For real and in the shadow; the real one must accept it. */
void subject_set(struct subject *subject, const struct setting *setting);
void subject_set_all(struct subject *subject, const struct setting *settings);
/* In the shadow alone, for options that this libcurl may not know. */
void subject_shadow(struct subject *subject, const struct setting *setting);
/* Make the plan; the test fails when that is an error. */
enum lcc_reason subject_plan(struct subject *subject);
/* A fresh folder for the test's files; removed at its end. */
const char *test_folder(void);
/* Write a file in it. Returns its path, which lives as long as the test. */
const char *test_file(const char *name, const char *text);

#endif
