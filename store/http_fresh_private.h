/*
 * http_fresh_private.h - what http_fresh.c and http_decide.c share
 *
 * The same questions as in http_fresh.h for one who has looked up the URL rule
 * already: patterns are compared once a decision.
 */
#ifndef LCC_HTTP_FRESH_PRIVATE_H
#define LCC_HTTP_FRESH_PRIVATE_H

#include "store/http_fresh.h"

/* As lcc_fresh_overrules(); @rule from lcc_fresh_url_rule(), may be NULL. */
bool lcc_fresh_rule_overrules(const struct lcc_policy *policy,
                              const struct lcc_url_ttl *rule);
/* As lcc_fresh_lifetime(); @rule from lcc_fresh_url_rule(), may be NULL. */
struct lcc_lifetime
lcc_fresh_lifetime_under(const struct lcc_policy *policy,
                         const struct lcc_url_ttl *rule,
                         const struct lcc_response *response);
/* A lifetime of the user's own counts from when the response arrived. */
bool lcc_rule_is_users(enum lcc_rule rule);
/* Without any lifetime: is it stored to ask the origin with its validator? */
bool lcc_fresh_is_worth_asking(const struct lcc_response *response);

#endif
