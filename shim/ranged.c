/*
 * ranged.c - from a found record to the part that is served, and from an
 * answer to the part that is stored
 *
 * RFC 9110, section 14; RFC 9111, sections 3.3 and 3.4.
 */
#include "shim/ranged.h"

#include "shim/infos.h"
#include "shim/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lcc_ranged_serving *
lcc_ranged_serving_free(struct lcc_ranged_serving *serving)
{
    if (serving) {
        lcc_ranged_done(&serving->made);
        free(serving);
    }
    return NULL;
}

/* --- serving ------------------------------------------------------------- */

static struct lcc_ranged_serving *serving_of(struct lcc_engine_state *state)
{
    if (!state->ranged) {
        state->ranged = calloc(1, sizeof(*state->ranged));
        if (state->ranged) {
            state->ranged->made = LCC_RANGED_INIT;
        }
    }
    return state->ranged;
}

static struct lcc_span if_range_of(const struct lcc_plan *plan)
{
    const struct lcc_field *field =
        lcc_fields_find(&plan->request.fields, "If-Range");

    return field ? field->value : LCC_SPAN_EMPTY;
}

/* A store that cannot say has not. */
static bool covers(struct lcc_store *store, const struct lcc_hit *hit,
                   const struct lcc_ranged_answer *answer)
{
    bool yes = true;

    for (size_t i = 0; yes && i < answer->count; i++) {
        yes = false;
        if (lcc_store_covers(store, hit, answer->ranges[i].first,
                             answer->ranges[i].last, &yes)) {
            return false;
        }
    }
    return yes;
}

bool lcc_ranged_selects(struct lcc_handle *handle, struct lcc_store *store,
                        const struct lcc_entry *entry,
                        const struct lcc_response *final)
{
    struct lcc_engine_state *state = handle->state;
    const struct lcc_plan *plan = &state->plan;
    const struct lcc_hit *hit = &state->hit;
    struct lcc_ranged_serving *serving;

    if (!plan->range.count && !hit->is_partial) {
        if (state->ranged) {
            state->ranged->answer.kind = LCC_RANGED_AS_STORED;
        }
        return true;
    }
    serving = serving_of(state);
    if (!serving || (hit->is_partial && (hit->body_size == LCC_LENGTH_UNKNOWN ||
                                         hit->body_size == 0))) {
        return false;
    }
    const struct lcc_ranged_question question = {
        .set = plan->range.count ? &plan->range : NULL,
        .if_range = if_range_of(plan),
        .response = final,
        .partial = hit->is_partial,
        .ignored = lcc_infos_marked(entry->infos, LCC_INFO_MARK_RANGE_IGNORED),
        .decoded = plan->decodes,
        .complete = hit->body_size,
    };
    lcc_ranged_decide(&question, &serving->answer);
    return serving->answer.kind != LCC_RANGED_ASK &&
           (!hit->is_partial || covers(store, hit, &serving->answer));
}

bool lcc_ranged_is_made(const struct lcc_handle *handle)
{
    return handle->state->ranged && handle->state->ranged->is_made;
}

/* Not of what is no representation: a 304 or 412 that was made already. */
static bool has_to_be_made(const struct lcc_ranged_serving *serving,
                           const struct lcc_entry *entry)
{
    return serving && serving->answer.kind != LCC_RANGED_AS_STORED &&
           (entry->status == 200 || entry->status == 206);
}

/* Nobody who made the body can have known it: the secret is this cache's. */
static struct lcc_hash boundary_of(const struct lcc_secret *secret,
                                   const struct lcc_engine_state *state,
                                   const struct lcc_entry *entry)
{
    struct {
        struct lcc_hash request;
        int64_t stored_s;
        uint64_t head;
    } text;

    memset(&text, 0, sizeof(text)); /* no byte of the padding is by chance */
    text.request = state->plan.id.request;
    text.stored_s = state->hit.stored_s;
    text.head = lcc_checksum(entry->head);
    return lcc_hash_keyed(secret, lcc_span_of(&text, sizeof(text)));
}

int lcc_ranged_prepare(struct lcc_handle *handle, struct lcc_store *store,
                       const struct lcc_entry *entry,
                       struct lcc_segment *as_stored,
                       struct lcc_entry *ret_entry,
                       const struct lcc_segment **ret_segments,
                       size_t *ret_count)
{
    struct lcc_engine_state *state = handle->state;
    struct lcc_ranged *made;
    int r;

    if (state->ranged) {
        state->ranged->is_made = has_to_be_made(state->ranged, entry);
    }
    if (!lcc_ranged_is_made(handle)) {
        *as_stored = (struct lcc_segment){
            true, 0, entry->body_bytes ? state->hit.body_size : 0};
        *ret_entry = *entry;
        *ret_segments = as_stored;
        *ret_count = 1;
        return 0;
    }
    const struct lcc_hash boundary =
        boundary_of(lcc_store_secret(store), state, entry);
    made = &state->ranged->made;
    r = lcc_ranged_make(entry, &state->ranged->answer, &boundary, made);
    if (r) {
        return r;
    }
    *ret_entry = *entry;
    ret_entry->head = lcc_buf_span(&made->head);
    ret_entry->pieces = lcc_buf_span(&made->pieces);
    ret_entry->body_bytes = made->size;
    *ret_segments = made->segments;
    *ret_count = made->count;
    return 0;
}

/* --- storing ------------------------------------------------------------- */

static bool is_multipart(const struct lcc_response *response)
{
    static const char several[] = "multipart/byteranges";
    const size_t size = sizeof(several) - 1;
    const struct lcc_field *field =
        lcc_fields_find(&response->fields, "Content-Type");

    return field && field->value.size >= size &&
           lcc_span_equal_nocase(lcc_span_of(field->value.data, size),
                                 lcc_span_of(several, size));
}

/* What libcurl decoded has other positions than the server counts. */
static bool is_decoded(const struct lcc_plan *plan,
                       const struct lcc_response *response)
{
    return plan->decodes &&
           lcc_fields_find(&response->fields, "Content-Encoding");
}

bool lcc_ranged_part(const struct lcc_plan *plan,
                     const struct lcc_response *final,
                     struct lcc_content_range *ret)
{
    const struct lcc_field *field =
        lcc_fields_find(&final->fields, "Content-Range");
    struct lcc_content_range range;

    if (!plan->range.count || final->status != 206 || !field ||
        lcc_fields_next(&final->fields, lcc_span_str("Content-Range"), field) ||
        is_multipart(final) || is_decoded(plan, final) ||
        !lcc_content_range_parse(field->value, &range) || range.unsatisfied ||
        !range.complete_known) {
        return false;
    }
    *ret = range;
    return true;
}

bool lcc_ranged_was_ignored(const struct lcc_plan *plan, int status)
{
    return plan->range.count && status == 200 && !if_range_of(plan).size;
}

bool lcc_ranged_is_storable(const struct lcc_plan *plan,
                            const struct lcc_response *blocks, size_t count)
{
    struct lcc_content_range range;
    const struct lcc_response *final = count ? &blocks[count - 1] : NULL;

    if (!final || !plan->range.count) {
        return final != NULL;
    }
    return final->status != 416 &&
           (final->status != 206 || lcc_ranged_part(plan, final, &range));
}

/* The blocks of an answer that was recorded. */
struct chain {
    const struct lcc_response *blocks;
    size_t count;
};

/* One tag may name two things when a chain ends in two places. */
static bool same_way(const struct lcc_response *a, const struct lcc_response *b)
{
    const struct lcc_field *first = lcc_fields_find(&a->fields, "Location");
    const struct lcc_field *second = lcc_fields_find(&b->fields, "Location");

    return a->status == b->status && first && second &&
           lcc_span_equal(first->value, second->value);
}

static bool same_chain(const struct chain *chain,
                       const struct lcc_response *blocks, size_t count)
{
    if (!count || count != chain->count) {
        return false;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (!same_way(&blocks[i], &chain->blocks[i])) {
            return false;
        }
    }
    return lcc_range_same(&blocks[count - 1], &chain->blocks[count - 1]);
}

/* A stored final status that is neither of a whole nor of parts (a 404) has no
 * bytes of the representation. */
static bool has_bytes(const struct lcc_response *blocks, size_t count)
{
    return count &&
           (blocks[count - 1].status == 200 || blocks[count - 1].status == 206);
}

/* Is a stored chain of the same representation as the one at @arg? Pure: the
 * lock of the commit is held. */
static bool combines(void *arg, struct lcc_span meta)
{
    const struct chain *chain = arg;
    struct lcc_response *blocks = NULL;
    struct lcc_entry entry;
    size_t count = 0;
    bool same = !lcc_entry_decode(meta, &entry) &&
                !lcc_entry_blocks(&entry, &blocks, &count) &&
                has_bytes(blocks, count) && same_chain(chain, blocks, count);

    lcc_blocks_free(blocks, count);
    return same;
}

int lcc_ranged_commit(struct lcc_recorder *recorder,
                      const struct lcc_response *blocks, size_t count,
                      const struct lcc_ranged_draft *draft)
{
    struct chain chain = {blocks, count};
    struct lcc_content_range range;

    if (!lcc_ranged_part(recorder->plan, &blocks[count - 1], &range) ||
        lcc_writer_size(recorder->writer) !=
            range.range.last - range.range.first + 1) {
        return -EBADMSG;
    }
    const struct lcc_part part = {
        .first = range.range.first,
        .complete_length = range.complete,
        .combines = combines,
        .arg = &chain,
    };
    return lcc_writer_commit_part(recorder->writer, &recorder->id,
                                  draft->variant, draft->meta, draft->stamp,
                                  &part);
}
