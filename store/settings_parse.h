/*
 * settings_parse.h - one setting's text into its place in the settings
 *
 * Pure: what a path is relative to is handed in. settings.c knows where texts
 * come from; the types are the second column of settings.def.
 */
#ifndef LCC_SETTINGS_PARSE_H
#define LCC_SETTINGS_PARSE_H

#include "store/settings.h"

enum {
    LCC_REGEX_MAX = 512, /* bytes of a "re:" pattern */
    /* The same times its repetitions: {n,m} counts m, "+" and what repeats a
     * group or a repetition count 2. */
    LCC_REGEX_COST_MAX = 64 * 1024,
};

enum { LCC_SETTING_BAD = 1 }; /* outcome: not what the setting takes */

/* Absolute folders without a slash at the end; NULL when not known. */
struct lcc_bases {
    const char *cwd;  /* what a relative path is taken from */
    const char *home; /* what "~" stands for */
};

/**
 * lcc_setting_apply() - parse a value and put it in its place
 * @settings: the value there before is released; unchanged on failure
 * @value:    not empty; trimmed of white space
 * @ret_bad:  on LCC_SETTING_BAD the element at fault, inside @value
 *
 * Return: 0; LCC_SETTING_BAD; -ENOMEM.
 */
int lcc_setting_apply(struct lcc_settings *settings, enum lcc_setting setting,
                      struct lcc_span value, const struct lcc_bases *bases,
                      struct lcc_span *ret_bad);

/* The words a setting knows, for "did you mean": static; 0 when it has none. */
size_t lcc_setting_words(enum lcc_setting setting,
                         const char *const **ret_words);

/* What a parser of one type gets and fills. */
struct lcc_parse {
    struct lcc_span value;
    const struct lcc_bases *bases;
    struct lcc_span bad; /* the element at fault */
    void *place;         /* inside struct lcc_settings */
};

/* 0; LCC_SETTING_BAD; -ENOMEM; the place is unchanged on failure. */
int lcc_parse_names(struct lcc_parse *p);
int lcc_parse_globs(struct lcc_parse *p);
int lcc_parse_methods(struct lcc_parse *p);
int lcc_parse_url_ttls(struct lcc_parse *p);
int lcc_parse_codes(struct lcc_parse *p);

/* Released and empty again. */
void lcc_list_done(struct lcc_list *list);
void lcc_url_ttls_done(struct lcc_url_ttls *rules);

/**
 * lcc_path_absolute() - a path as the user wrote it, made absolute
 * @ret: free(); "~" and "~/..." are taken from the home folder
 *
 * Return: 0; LCC_SETTING_BAD when there is nothing to take it from or it is
 * too long; -ENOMEM.
 */
int lcc_path_absolute(struct lcc_span path, const struct lcc_bases *bases,
                      char **ret);

#endif
