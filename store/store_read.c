/*
 * store_read.c - lookups, bodies and totals
 */
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lcc_hit_done(struct lcc_hit *hit)
{
    lcc_buf_done(&hit->record);
}

/* --- lookup -------------------------------------------------------------- */

struct variant {
    struct lcc_hash hash;
    int64_t stored_s;
    const struct lcc_recent_item *item; /* NULL: in the database */
};

struct lookup {
    const struct lcc_id *id;
    lcc_store_select_fn select;
    void *arg;
    int64_t now_s;
    struct lcc_hit *hit;
    struct lcc_name name; /* of what was found, or of what is damaged */
    bool damaged;         /* name's record must go */
    bool touch;           /* name's last use must be noted */
    const struct lcc_recent_item *item; /* where it was found; as above */
    struct variant variants[LCC_VARIANTS_MAX];
    size_t count;
};

static int variant_newer(const void *a, const void *b)
{
    const struct variant *left = a;
    const struct variant *right = b;

    return (left->stored_s < right->stored_s) -
           (left->stored_s > right->stored_s);
}

/* Is what lies in hit->record whole, and does it answer? */
static int take_record(struct lookup *l)
{
    struct lcc_hit *hit = l->hit;
    struct lcc_trailer trailer;
    const uint8_t *bytes = hit->record.data;

    if (!lcc_record_open(lcc_buf_span(&hit->record), &l->name, &trailer)) {
        l->damaged = true;
        return LCC_STORE_MISS;
    }
    hit->meta = lcc_span_of(bytes, (size_t)trailer.meta_size);
    if (l->select && !l->select(l->arg, hit->meta)) {
        return LCC_STORE_MISS;
    }
    hit->body_size = trailer.body_size;
    hit->held = NULL;
    hit->in_side_file = trailer.in_side_file;
    hit->is_partial = trailer.is_partial;
    hit->parts = trailer.side_file;
    hit->parts_bytes = trailer.parts_bytes;
    hit->body =
        trailer.in_side_file || trailer.is_partial
            ? LCC_SPAN_EMPTY
            : lcc_span_of(bytes + trailer.meta_size, (size_t)trailer.body_size);
    hit->side_file = trailer.side_file;
    hit->variant = l->name.variant;
    hit->id = l->name.id;
    hit->stored_s = trailer.stored_s;
    hit->expires_s = trailer.expires_s;
    return 0;
}

static bool is_listed(const struct lookup *l, const struct lcc_hash *variant)
{
    for (size_t i = 0; i < l->count; i++) {
        if (lcc_hash_equal(&l->variants[i].hash, variant)) {
            return true;
        }
    }
    return false;
}

/* From where the cursor stands: list what is not listed. */
static int list_variants(struct lcc_db *db, const struct lcc_key *prefix,
                         struct lookup *l)
{
    struct lcc_name name = l->name;
    int result = 0;

    while (result == 0 && l->count < LCC_VARIANTS_MAX &&
           lcc_key_name(lcc_db_key(db), &name)) {
        if (!is_listed(l, &name.variant)) {
            l->variants[l->count++] = (struct variant){.hash = name.variant};
        }
        result = lcc_db_next_in(db, lcc_key_span(prefix), NULL);
    }
    for (size_t i = 0; i < l->count; i++) {
        struct lcc_life life = {0};

        if (result != 0 && result != LCC_STORE_MISS) {
            return result;
        }
        if (l->variants[i].item) {
            continue;
        }
        name.variant = l->variants[i].hash;
        result = lcc_records_life(db, &name, &life);
        l->variants[i].stored_s = result == 0 ? life.stored_s : INT64_MIN;
    }
    return result == LCC_STORE_MISS ? 0 : result;
}

static int get_record(struct lcc_store *store, struct lookup *l)
{
    const struct lcc_key key = lcc_key_entry(&l->name);

    if (!l->item) {
        return lcc_db_get(store->db, lcc_key_span(&key), &l->hit->record);
    }
    lcc_buf_clear(&l->hit->record);
    return lcc_buf_append(&l->hit->record,
                          lcc_recent_bytes(&store->recent, l->item));
}

static int take_newest(struct lcc_store *store, struct lookup *l)
{
    int result = LCC_STORE_MISS;

    qsort(l->variants, l->count, sizeof(l->variants[0]), variant_newer);
    for (size_t i = 0; result == LCC_STORE_MISS && i < l->count; i++) {
        l->name.variant = l->variants[i].hash;
        l->item = l->variants[i].item;
        result = get_record(store, l);
        if (result == 0) {
            result = take_record(l);
        }
        if (l->damaged) {
            return LCC_STORE_MISS;
        }
    }
    return result;
}

/* Does it matter yet whether an entry was ever used? */
static bool is_pressed(const struct lcc_store *store)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    return page && atomic_load(&page->pressed);
}

static struct lcc_touched *touched_slot(struct lcc_store *store,
                                        const struct lcc_name *name,
                                        uint64_t *ret_tag)
{
    uint64_t tag = lcc_checksum(lcc_span_of(name, sizeof(*name))) ^
                   (is_pressed(store) ? 0 : UINT64_MAX);

    *ret_tag = tag;
    return &store->touched[tag % LCC_TOUCHED_SLOTS];
}

/* Has it been so long since the last use that was noted? */
static int check_use(struct lcc_store *store, struct lookup *l)
{
    const bool pressed = is_pressed(store);
    const int64_t span_s = pressed ? LCC_USE_SPAN_S : LCC_USE_SPAN_EASY_S;
    uint64_t tag;
    struct lcc_touched *slot = touched_slot(store, &l->name, &tag);
    int64_t used_s = INT64_MIN;
    struct lcc_life life;
    int result;

    /* What was stored just now counts as used now, unless first uses count. */
    if (store->config.readonly ||
        (slot->name == tag && l->now_s < slot->until_s) ||
        (l->now_s < lcc_add_sat(l->hit->stored_s, span_s) && !pressed)) {
        return 0;
    }
    life = (struct lcc_life){.last_used_s = l->hit->stored_s};
    result =
        l->item ? 0 : lcc_records_life_since(store->db, &l->name, &life, &life);
    used_s = lcc_recent_used_s(&store->recent, &l->name);
    if (used_s != INT64_MIN) {
        life.used = true;
        life.last_used_s = used_s;
    }
    if (result == 0) {
        const int64_t until_s = lcc_add_sat(life.last_used_s, span_s);

        l->touch = l->now_s >= until_s || (!life.used && pressed);
        *slot = (struct lcc_touched){
            tag, l->touch ? lcc_add_sat(l->now_s, span_s) : until_s};
    }
    return result == LCC_STORE_MISS ? 0 : result;
}

/* Records of this request that are newer than the database, and those there
 * that they do not replace. */
static int lookup_recent(struct lcc_store *store, struct lookup *l,
                         const struct lcc_recent_item *item)
{
    struct lcc_key prefix = lcc_key_of_request(l->id);
    int result;

    l->name.id = *l->id;
    for (; item; item = lcc_recent_older(&store->recent, item, l->id)) {
        struct lcc_trailer trailer;

        if (item->size > 0 && l->count < LCC_VARIANTS_MAX &&
            !is_listed(l, &item->name.variant) &&
            lcc_record_open(lcc_recent_bytes(&store->recent, item), &item->name,
                            &trailer)) {
            l->variants[l->count++] =
                (struct variant){item->name.variant, trailer.stored_s, item};
        }
    }
    result = lcc_db_seek_in(store->db, lcc_key_span(&prefix), NULL);
    if (result == 0 || result == LCC_STORE_MISS) {
        result = result == 0 ? list_variants(store->db, &prefix, l) : 0;
    }
    if (result == 0) {
        result = take_newest(store, l);
    }
    l->hit->alone = l->count == 1;
    return result == 0 ? check_use(store, l) : result;
}

static int lookup_on(struct lcc_store *store, void *arg)
{
    struct lookup *l = arg;
    struct lcc_key prefix = lcc_key_of_request(l->id);
    const struct lcc_recent_item *item;
    int result = lcc_store_sync_recent(store);

    l->count = 0;
    l->damaged = false;
    l->touch = false;
    l->item = NULL;
    l->hit->alone = false;
    if (result != 0) {
        return result < 0 ? LCC_STORE_BUSY : result;
    }
    item = lcc_recent_first(&store->recent, l->id);
    if (item) {
        return lookup_recent(store, l, item);
    }
    result = lcc_db_seek_in(store->db, lcc_key_span(&prefix), &l->hit->record);
    if (result != 0) {
        return result;
    }
    if (!lcc_key_name(lcc_db_key(store->db), &l->name)) {
        return LCC_STORE_MISS;
    }
    result = lcc_db_next_in(store->db, lcc_key_span(&prefix), NULL);
    if (result == 0) {
        l->variants[l->count++] = (struct variant){.hash = l->name.variant};
        result = list_variants(store->db, &prefix, l);
        if (result == 0) {
            result = take_newest(store, l);
        }
    } else if (result == LCC_STORE_MISS) {
        result = take_record(l);
        l->hit->alone = true;
    }
    return result == 0 ? check_use(store, l) : result;
}

static int touch_on(struct lcc_store *store, void *arg)
{
    const struct lookup *l = arg;
    int result = lcc_records_touch(store->db, &l->name, l->now_s, lcc_now_ns());

    return result == LCC_STORE_MISS ? LCC_RUN_NOTHING : result;
}

static void note_use(struct lcc_store *store, struct lookup *l)
{
    const struct lcc_recent_row row = {.name = l->name, .used_s = l->now_s};

    if (lcc_store_add_recent(store, &row) == LCC_STORE_MISS) {
        (void)lcc_store_run(store, true, touch_on, l);
    }
}

int lcc_store_lookup(struct lcc_store *store, const struct lcc_id *id,
                     lcc_store_select_fn select, void *arg, int64_t now_s,
                     struct lcc_hit *hit)
{
    struct lcc_call call = lcc_call_begin();
    struct lookup l; /* not all zero: the variants are many bytes */
    int result = lcc_store_enter(store);

    l.id = id;
    l.select = select;
    l.arg = arg;
    l.now_s = now_s;
    l.hit = hit;
    l.damaged = false;
    l.touch = false;
    if (result == 0) {
        result = lcc_store_run(store, false, lookup_on, &l);
        if (result == 0 && l.touch) {
            note_use(store, &l);
        }
        if (l.damaged && !store->config.readonly) {
            (void)lcc_store_drop(store, &l.name);
        }
        /* what cannot be read any more is stored anew, and that heals it */
        if (result == LCC_STORE_UNAVAILABLE &&
            lcc_pager_is_in_doubt(store->pager)) {
            result = LCC_STORE_MISS;
        }
        lcc_store_leave(store);
    }
    lcc_call_end(call);
    return result;
}

/* --- bodies -------------------------------------------------------------- */

static int read_inline(const struct lcc_hit *hit, uint64_t offset, void *into,
                       size_t size, size_t *ret_got)
{
    size_t left = offset < hit->body.size ? hit->body.size - (size_t)offset : 0;

    *ret_got = size < left ? size : left;
    if (*ret_got > 0) {
        memcpy(into, (const uint8_t *)hit->body.data + offset, *ret_got);
    }
    return 0;
}

int lcc_store_read_body(struct lcc_store *store, const struct lcc_hit *hit,
                        uint64_t offset, void *into, size_t size,
                        size_t *ret_got)
{
    struct lcc_call call = lcc_call_begin();
    const struct lcc_body_ref ref = {store->path, &hit->side_file, hit->held,
                                     hit->body_size};
    int result;

    if (hit->is_partial) {
        result = lcc_store_read_parts(store, hit, offset, into, size, ret_got);
    } else if (!hit->in_side_file) {
        result = read_inline(hit, offset, into, size, ret_got);
    } else {
        result = lcc_body_read(&ref, offset, into, size, ret_got);
        if (result == -ESTALE && !store->config.readonly &&
            lcc_store_enter(store) == 0) {
            (void)lcc_store_drop_side_file(store, &hit->side_file);
            lcc_store_leave(store);
        }
    }
    lcc_call_end(call);
    return result;
}

void lcc_store_hold_body(struct lcc_store *store, struct lcc_hit *hit)
{
    struct lcc_call call = lcc_call_begin();

    if (!hit->held && hit->in_side_file) {
        (void)lcc_body_hold(store->path, &hit->side_file, hit->body_size,
                            &hit->held);
    }
    lcc_call_end(call);
}

void lcc_store_let_body_go(struct lcc_store *store, struct lcc_hit *hit)
{
    struct lcc_call call = lcc_call_begin();

    (void)store; /* a hold needs nothing of it */
    if (hit->held) {
        lcc_body_let_go(hit->held, hit->body_size);
        hit->held = NULL;
    }
    lcc_call_end(call);
}

/* --- totals -------------------------------------------------------------- */

static int totals_on(struct lcc_store *store, void *arg)
{
    struct lcc_totals *totals = arg;
    int result = lcc_totals_read(store->db, totals);

    if (!store->config.readonly || (result != 0 && result != LCC_STORE_MISS)) {
        return result;
    }
    if (result == LCC_STORE_MISS) {
        *totals = (struct lcc_totals){0};
    }
    /* Nothing is taken into the database here. */
    return lcc_store_count_recent(store, totals);
}

int lcc_store_totals(struct lcc_store *store, struct lcc_totals *ret)
{
    struct lcc_call call = lcc_call_begin();
    int result = lcc_store_enter(store);

    if (result == 0) {
        if (!store->config.readonly) {
            (void)lcc_store_merge(store);
        }
        result = lcc_store_run(store, false, totals_on, ret);
        if (result == LCC_STORE_MISS) {
            *ret = (struct lcc_totals){0};
            result = 0;
        }
        lcc_store_leave(store);
    }
    lcc_call_end(call);
    return result;
}
