/*
 * plan_url_plain.h - a URL that needs no libcurl to be read
 */
#ifndef LCC_PLAN_URL_PLAIN_H
#define LCC_PLAN_URL_PLAIN_H

#include "store/bytes.h"

struct lcc_plain_url {
    bool https;
    bool numeric; /* the host is an IPv4 address */
    struct lcc_span host;
    struct lcc_span path; /* without query; begins with "/" */
};

/**
 * lcc_plain_url_read() - take a URL apart that every libcurl leaves as it is
 * @text: as CURLOPT_URL has it; the spans borrow from it
 *
 * Scheme and host in lower case, the host a name or an IPv4 address written
 * the usual way, a path without dot segments, no login, no fragment, and no
 * character that anybody would encode. Whatever else there is, libcurl reads:
 * false.
 */
bool lcc_plain_url_read(struct lcc_span text, struct lcc_plain_url *ret);

#endif
