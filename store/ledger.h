/*
 * ledger.h - what was decided: counters, and the last decision per URL
 *
 * A small mapped file beside the database. Counters are added to atomically
 * and survive a kill; the table of last decisions is a fixed number of slots
 * chosen by the URL's hash, so that `curlcache why` can say why a URL was
 * passed through. Losing it loses numbers, never responses: every failure
 * here is silent.
 */
#ifndef LCC_LEDGER_H
#define LCC_LEDGER_H

#include "store/hash.h"
#include "store/reason.h"

enum {
    LCC_LEDGER_REASONS = 128, /* counters on disk; LCC_REASON_MAX_ fits in */
    LCC_LEDGER_SLOTS = 2048,  /* URLs whose last decision is kept */
};

struct lcc_ledger;

/**
 * lcc_ledger_open() - map the ledger of a cache, creating it
 * @path: lcc_store_path(); already ours, 0700
 *
 * Return: 0; -errno.
 */
int lcc_ledger_open(const char *path, bool readonly, struct lcc_ledger **ret);
struct lcc_ledger *lcc_ledger_free(struct lcc_ledger *ledger);

struct lcc_decided {
    enum lcc_reason reason;
    int64_t when_s;
    uint64_t body_bytes; /* served from the cache */
    uint64_t saved_us;   /* fetch time that a hit saved */
};

/* Count a decision and, when @url is not NULL, keep it as that URL's last.
 * Accepts a NULL ledger. */
void lcc_ledger_note(struct lcc_ledger *ledger, const struct lcc_hash *url,
                     const struct lcc_decided *decided);

struct lcc_ledger_totals {
    int64_t since_s;
    uint64_t by_reason[LCC_LEDGER_REASONS];
    uint64_t bytes_saved;
    uint64_t us_saved;
};
void lcc_ledger_totals(const struct lcc_ledger *ledger,
                       struct lcc_ledger_totals *ret);
void lcc_ledger_zero(struct lcc_ledger *ledger, int64_t now_s);
/* False when nothing is known of that URL (any more). */
bool lcc_ledger_last(const struct lcc_ledger *ledger,
                     const struct lcc_hash *url, struct lcc_decided *ret);

#endif
