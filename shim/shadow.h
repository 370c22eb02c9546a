/*
 * shadow.h - what the program set on a handle
 *
 * Follows curl_easy_setopt (only what the real one accepted), reset and
 * duphandle exactly. Strings are copied where libcurl copies them; lists and
 * callback data are kept by reference where libcurl does.
 *
 * Where several options write one field of libcurl, their rows agree:
 * - USERPWD is split into USERNAME and PASSWORD and never set itself, and so
 *   is PROXYUSERPWD;
 * - a number and its _LARGE form hold the same value;
 * - POSTFIELDS points to what COPYPOSTFIELDS copied;
 * - NOBODY is 0 again once another method has implied it;
 * - of UNIX_SOCKET_PATH and ABSTRACT_UNIX_SOCKET, PROTOCOLS and PROTOCOLS_STR
 *   (and the like) only the one given last is set.
 * COOKIEFILE holds every file given so far, one a line.
 *
 * Traps: a list kept by reference may be edited by the program without any
 * setopt, so `changes` says nothing of what lists hold. RESOLVE lists may be
 * freed after the transfer that read them: use `resolve_digest` alone.
 */
#ifndef LCC_SHADOW_H
#define LCC_SHADOW_H

#include "shim/options.h"
#include "store/hash.h"

/* The request that libcurl would make of the options set so far: HTTPGET,
 * POST, NOBODY, UPLOAD and their like overwrite each other in order. */
enum lcc_shadow_method {
    LCC_METHOD_GET,
    LCC_METHOD_HEAD,
    LCC_METHOD_POST,      /* POSTFIELDS and their like */
    LCC_METHOD_POST_FORM, /* HTTPPOST, MIMEPOST */
    LCC_METHOD_PUT,       /* UPLOAD */
};

union lcc_value {
    long number;
    curl_off_t offset;
    char *string; /* owned */
    struct curl_slist *list;
    void *pointer;
    void (*function)(void);
    struct curl_blob blob; /* data owned */
};

struct lcc_shadow {
    uint64_t changes; /* grows with every change to a REQUEST, SCOPE or REFUSE
                         row: a key built from an older state is not valid */
    unsigned int urls_given; /* grows with each CURLOPT_URL and with a reset:
                                libcurl forgets where redirects have led */
    bool unknown;            /* an option without a row was accepted */
    bool broken; /* no memory to follow, or a share of which nothing is
                    known was joined: pass everything through */
    enum lcc_shadow_method method;
    bool set[LCC_OPT_MAX_];
    union lcc_value value[LCC_OPT_MAX_];
    /* RESOLVE is sticky in libcurl: it stays after NULL, reset and in the
     * cache of names. Unkeyed running digest of all lists ever read; brought
     * up to date by lcc_shadow_resolve(). */
    uint64_t resolve_digest;
    uint64_t resolve_last;              /* checksum of the list read last */
    struct curl_slist *resolve_pending; /* given, and not read by libcurl yet */
    /* There is a place for cookies, and what is in it may be sent: once
     * COOKIEFILE, COOKIEJAR or COOKIELIST was set or a share has it. */
    bool cookies_on;
    /* libcurl puts cookies into it and sends them: not by a share alone. What
     * switched that on stays, whatever becomes of the place. */
    bool cookies_running;
    bool cookies_shared; /* it is a share's, and goes when the share is left */
    bool cookies_stdin; /* a COOKIEFILE "-" was given: reading it takes input */
    /* A cookie without a domain was given by COOKIELIST, here or, where a
     * share is set, to any handle: libcurl sends it and does not list it. */
    bool cookies_hidden;
};

/* The cookies of a share, as far as it is known. */
enum lcc_jar { LCC_JAR_UNKNOWN, LCC_JAR_NONE, LCC_JAR_SHARED };

void lcc_shadow_init(struct lcc_shadow *shadow);
void lcc_shadow_done(struct lcc_shadow *shadow);

/**
 * lcc_shadow_set() - follow one accepted setopt
 * @argument: as read from the variable arguments, by the row's kind; a blob
 *            and a string are borrowed and copied
 *
 * Without memory the shadow becomes `broken`.
 */
void lcc_shadow_set(struct lcc_shadow *shadow, CURLoption option,
                    const union lcc_value *argument);
/**
 * lcc_shadow_join() - follow one accepted setopt of CURLOPT_SHARE
 * @share: what was given; NULL leaves the one before
 * @jar:   what it holds; lcc_shadow_set() does the same with LCC_JAR_UNKNOWN
 */
void lcc_shadow_join(struct lcc_shadow *shadow, void *share, enum lcc_jar jar);
/* Is the engine on: does a Set-Cookie reach it, and are cookies sent? */
bool lcc_shadow_takes_cookies(const struct lcc_shadow *shadow);
/**
 * lcc_shadow_duplicated() - what curl_easy_duphandle() does about cookies
 * @from: the original; libcurl before 8.5 switches the engine on there
 * @to:   lcc_shadow_copy() of it
 */
void lcc_shadow_duplicated(struct lcc_shadow *from, struct lcc_shadow *to,
                           unsigned int version);
/**
 * lcc_shadow_resolve() - read the RESOLVE list as the next transfer will
 *
 * To be called when a transfer starts, before its key is made: libcurl reads
 * the list then, and not when it is set. Handles of one share object share
 * the names, so that their digests mix.
 */
void lcc_shadow_resolve(struct lcc_shadow *shadow);
/* As curl_easy_reset(): options back to default; what is sticky stays. */
void lcc_shadow_reset(struct lcc_shadow *shadow);
/* As curl_easy_duphandle(): @to is initialised and empty. */
void lcc_shadow_copy(struct lcc_shadow *to, const struct lcc_shadow *from);

/* Values, or libcurl's default where nothing is set. */
long lcc_shadow_long(const struct lcc_shadow *shadow, enum lcc_option_row row);
curl_off_t lcc_shadow_off(const struct lcc_shadow *shadow,
                          enum lcc_option_row row);
const char *lcc_shadow_string(const struct lcc_shadow *shadow,
                              enum lcc_option_row row);
struct curl_slist *lcc_shadow_list(const struct lcc_shadow *shadow,
                                   enum lcc_option_row row);
void *lcc_shadow_pointer(const struct lcc_shadow *shadow,
                         enum lcc_option_row row);
void (*lcc_shadow_function(const struct lcc_shadow *shadow,
                           enum lcc_option_row row))(void);
/* The method's name on the request line, but for CUSTOMREQUEST. */
const char *lcc_shadow_method_word(enum lcc_shadow_method method);
/* Does its value differ from libcurl's default? */
bool lcc_shadow_differs(const struct lcc_shadow *shadow,
                        enum lcc_option_row row);

#endif
