/*
 * cache_status.h - what Cache-Status says of a response (RFC 9211)
 *
 * Pure: one line of text from what was decided.
 */
#ifndef LCC_CACHE_STATUS_H
#define LCC_CACHE_STATUS_H

#include "store/http_fresh.h"

enum { LCC_CACHE_STATUS_SIZE = 128 };

/* A response that came from the origin. */
struct lcc_forwarded {
    enum lcc_reason why; /* why what is stored did not do; see reason.def */
    int status;          /* that the origin answered */
    bool stored;         /* it will be stored */
    int64_t ttl_s;       /* seconds it is fresh for; when stored */
    bool waited;         /* for another's fetch first, in vain */
};

/**
 * lcc_cache_status_of_hit() - the field's value for a stored response
 * @decision: its reason says how it came to be served
 * @out:      LCC_CACHE_STATUS_SIZE bytes
 */
void lcc_cache_status_of_hit(const struct lcc_decision *decision, char *out);
/* The same for a response that was fetched. */
void lcc_cache_status_of_fetch(const struct lcc_forwarded *forwarded,
                               char *out);

#endif
