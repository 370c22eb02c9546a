/*
 * cookie_line.h - a Set-Cookie value as a line of a cookie file
 *
 * Pure. `COOKIELIST "Set-Cookie: ..."` knows no host, so a stored cookie goes
 * back in the Netscape form, with its domain, path and expiry spelled out.
 * What libcurl would not have taken is refused here (lib/cookie.c;
 * RFC 6265, section 5.2).
 */
#ifndef LCC_COOKIE_LINE_H
#define LCC_COOKIE_LINE_H

#include "store/bytes.h"

struct lcc_cookie_origin {
    const char *host; /* without port and brackets */
    const char *path; /* of the URL, without query */
    bool secure;      /* https, or this very machine */
    bool suffix_list; /* this libcurl asks the public suffix list */
    int64_t stored_s; /* lifetimes count from here, Unix seconds */
};

enum { LCC_COOKIE_REFUSED = 1 };

struct lcc_cookie {
    struct lcc_span name;   /* borrowed from the value */
    struct lcc_span value;  /* borrowed */
    struct lcc_span domain; /* borrowed from the value or the origin */
    struct lcc_span path;   /* borrowed, or "/" */
    int64_t expires_s;      /* 0: until the program ends */
    bool tail_match;        /* subdomains get it too */
    bool secure;
    bool http_only;
};

/**
 * lcc_cookie_parse() - read the value of a Set-Cookie field as libcurl does
 * @value: without line end; borrowed by @ret
 *
 * Whether the domain is a public suffix is not looked at.
 *
 * Return: 0; LCC_COOKIE_REFUSED.
 */
int lcc_cookie_parse(struct lcc_span value,
                     const struct lcc_cookie_origin *origin,
                     struct lcc_cookie *ret);

/* The line, without its end, NUL after it. 0; -ENOMEM; -EFBIG. */
int lcc_cookie_print(const struct lcc_cookie *cookie, struct lcc_buf *out);

enum {
    LCC_COOKIE_DATE_NONE = 1, /* no date, to libcurl neither */
    LCC_COOKIE_DATE_DOUBT,    /* libcurl may read it, or a zone in it */
};

/* A date in the forms that servers use for cookies (RFC 6265, section 5.1.1).
 * 0 with *ret, Unix seconds; LCC_COOKIE_DATE_NONE; LCC_COOKIE_DATE_DOUBT. */
int lcc_cookie_date(struct lcc_span text, int64_t *ret);

#endif
