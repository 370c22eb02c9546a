/*
 * http_cc.h - Cache-Control and Pragma, parsed once (RFC 9111, 5.2 and 5.4)
 */
#ifndef LCC_HTTP_CC_H
#define LCC_HTTP_CC_H

#include "store/fields.h"

enum { LCC_CC_ABSENT = -1 };
#define LCC_DELTA_MAX_S INT64_C(2147483648) /* RFC 9111, section 1.2.2 */
/* max-stale without an argument: any age will do (section 5.2.1.2). */
#define LCC_CC_ANY INT64_MAX

struct lcc_cc {
    bool present; /* there was a Cache-Control field */
    bool no_store;
    bool no_cache;        /* unqualified, or qualified in a request */
    bool no_cache_fields; /* no-cache="field, ..." in a response */
    bool private_;
    bool private_fields; /* private="field, ..." */
    bool public_;
    bool must_revalidate;
    bool must_understand;
    bool immutable; /* RFC 8246 */
    bool no_transform;
    bool only_if_cached;
    /* Seconds, LCC_CC_ABSENT, saturated at LCC_DELTA_MAX_S. A directive whose
     * argument is no number counts as 0, min-fresh as the most: what asks the
     * origin is the safe side (4.2.1). */
    int64_t max_age_s;
    int64_t s_maxage_s;
    int64_t min_fresh_s;
    int64_t max_stale_s;
    int64_t stale_if_error_s;         /* RFC 5861 */
    int64_t stale_while_revalidate_s; /* RFC 5861 */
};

/**
 * lcc_http_cc_parse() - read every Cache-Control and Pragma field
 * @fields: of a request or of a response
 *
 * Pragma: no-cache counts as no-cache where there is no Cache-Control
 * (section 5.4). Cannot fail: what cannot be read is passed over.
 */
struct lcc_cc lcc_http_cc_parse(const struct lcc_fields *fields);

#endif
