/*
 * known.c - the stored response that a handle met last
 */
#include "shim/known.h"

static void let_go(struct lcc_known *known)
{
    lcc_blocks_free(known->blocks, known->block_count);
    known->blocks = NULL;
    known->block_count = 0;
    known->holds = false;
}

void lcc_known_done(struct lcc_known *known)
{
    let_go(known);
    lcc_buf_done(&known->meta);
}

bool lcc_known_is(const struct lcc_known *known, struct lcc_span meta)
{
    return known->holds && lcc_span_equal(lcc_buf_span(&known->meta), meta);
}

/* The same place in a copy. */
static void move(struct lcc_span *span, struct lcc_span from,
                 const struct lcc_buf *to)
{
    if (span->size) {
        span->data = to->data +
                     ((const uint8_t *)span->data - (const uint8_t *)from.data);
    }
}

static void take(struct lcc_known *known, struct lcc_span meta,
                 const struct lcc_entry *entry)
{
    struct lcc_span *const spans[] = {
        &known->entry.method, &known->entry.url,  &known->entry.head,
        &known->entry.pieces, &known->entry.vary, &known->entry.hops,
        &known->entry.infos,
    };

    known->entry = *entry;
    for (size_t i = 0; i < LCC_ARRAY_SIZE(spans); i++) {
        move(spans[i], meta, &known->meta);
    }
}

int lcc_known_read(struct lcc_known *known, struct lcc_span meta,
                   const struct lcc_entry *entry)
{
    int r;

    let_go(known);
    known->serial++;
    lcc_buf_clear(&known->meta);
    r = lcc_buf_append(&known->meta, meta);
    if (r) {
        return r;
    }
    take(known, meta, entry);
    r = lcc_entry_blocks(&known->entry, &known->blocks, &known->block_count);
    known->holds = !r;
    return r;
}

void lcc_known_forget(struct lcc_known *known)
{
    known->holds = false;
    known->serial++;
}

void lcc_known_rest(struct lcc_known *known)
{
    if (known->meta.size > LCC_KNOWN_MAX) {
        lcc_known_done(known);
        known->serial++;
    }
}
