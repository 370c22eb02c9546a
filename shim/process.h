/*
 * process.h - the engine's one global: settings, store, ledger, log
 *
 * Made once, at the first HTTP transfer. Whatever goes wrong leaves it off
 * with a named reason, and every transfer passes through.
 */
#ifndef LCC_PROCESS_H
#define LCC_PROCESS_H

#include "store/ledger.h"
#include "store/settings.h"
#include "store/store.h"

struct lcc_process {
    const struct lcc_settings *settings; /* never NULL */
    struct lcc_store *store;             /* NULL when off */
    struct lcc_ledger *ledger;           /* NULL when off */
    enum lcc_reason off;                 /* NONE while caching is on */
    char why[LCC_WHY_SIZE];              /* why it is off, one sentence */
};

/* NULL only without memory. Prints the one line about a bad setting, once. */
const struct lcc_process *lcc_process(void);

#endif
