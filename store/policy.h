/*
 * policy.h - what the user asked for, as plain numbers and lists
 *
 * No behaviour and no origin of values: settings.c fills it, the rules read
 * it. Lists borrow from the settings they came from.
 */
#ifndef LCC_POLICY_H
#define LCC_POLICY_H

#include "store/bytes.h"

#include <regex.h>

/* Lifetimes are seconds; these two are not numbers of seconds. */
#define LCC_TTL_UNSET INT64_MIN
#define LCC_TTL_NEVER INT64_MAX /* never expires */
#define LCC_TTL_NO_STORE (-2)   /* a URL rule's "no-store" */

enum lcc_cache_control {
    LCC_CACHE_CONTROL_AUTO,   /* TTL, but no-store and the request's own word */
    LCC_CACHE_CONTROL_SERVER, /* 1: the server; the TTL is the fallback */
    LCC_CACHE_CONTROL_IGNORE, /* 0: the TTL, everything else ignored */
};

enum lcc_mode {
    LCC_MODE_NORMAL,
    LCC_MODE_OFFLINE,  /* only the cache, stale too */
    LCC_MODE_REFRESH,  /* check everything with the origin */
    LCC_MODE_RECACHE,  /* fetch everything anew */
    LCC_MODE_READONLY, /* serve, store nothing */
};

struct lcc_list { /* strings of a comma-separated setting */
    char **items;
    size_t count;
};

struct lcc_url_ttl {
    char *pattern;  /* glob, or a POSIX extended regex after "re:" */
    regex_t *regex; /* the compiled "re:" pattern; NULL for a glob */
    int64_t ttl_s;  /* or LCC_TTL_NEVER, LCC_TTL_NO_STORE */
};

struct lcc_url_ttls {
    struct lcc_url_ttl *items;
    size_t count;
};

struct lcc_codes {
    bool set;          /* false: the server's rule, or the TTL's default */
    bool all;          /* errors too, but 401, 403, 407, 429 only if named */
    uint64_t bits[10]; /* status s is named: bit s of 0..599 */
};

struct lcc_policy {
    int64_t ttl_s;                    /* LCC_TTL_UNSET, LCC_TTL_NEVER or >= 0 */
    int64_t fallback_ttl_s;           /* >= 0 or LCC_TTL_NEVER */
    int64_t stale_if_error_s;         /* LCC_TTL_UNSET or >= 0 */
    int64_t stale_while_revalidate_s; /* LCC_TTL_UNSET or >= 0 */
    bool always_revalidate;           /* every hit is checked first */
    enum lcc_cache_control cache_control;
    enum lcc_mode mode;
    struct lcc_codes codes;
    struct lcc_list methods;       /* upper-case method names */
    struct lcc_list match_headers; /* names, compared without case */
    struct lcc_list ignore_params; /* globs of parameter names */
    struct lcc_list redact_params; /* globs of parameter names */
    struct lcc_list allow;         /* URL globs; empty: all */
    struct lcc_list deny;          /* URL globs; empty: none */
    struct lcc_url_ttls urls_ttl;
    bool status_header;
};

#endif
