/*
 * store_carry.c - what is whole in a damaged index goes to a new one
 *
 * Its pages are read one after the other, whatever its tree says of them: each
 * record has a checksum of its own. A few pages with every commit, by whoever
 * stores; what is newer in the new index stays. Of a response in parts those
 * come along that the tree still leads to.
 */
#include "store/store_private.h"

#include "store/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CARRY_BYTES = 512 * 1024, /* of records carried in one commit */
    CARRY_RECORDS = 64,       /* and so many of them */
    CARRY_PARTS = 256,        /* of one response */
    CARRY_PAGES = 4096,       /* looked at in one commit */
    CARRY_FAILURES = 3,       /* in one call, before it gives way */
};

struct carry {
    struct lcc_store *store;
    struct lcc_tree *tree; /* over the index set aside */
    int fd;                /* of it */
    uint32_t pages;        /* it has */
    uint32_t next;         /* to be looked at */
    bool done;
    struct lcc_buf record;
    struct lcc_buf value;
    struct lcc_buf scratch;
    size_t bytes;  /* in this commit */
    size_t count;  /* in this commit */
    uint64_t side; /* bytes of side files in this commit */
    struct lcc_evict want;
    struct lcc_evicted is;
    struct lcc_garbage garbage;
};

static int read_aside(void *arg, uint32_t number, uint8_t *page)
{
    const struct carry *carry = arg;
    const off_t at = (off_t)number * LCC_PAGE_SIZE;

    return number < carry->pages &&
                   pread(carry->fd, page, LCC_PAGE_SIZE, at) == LCC_PAGE_SIZE &&
                   lcc_page_open(page, number)
               ? 0
               : LCC_STORE_UNAVAILABLE;
}

/* When it was last used, if that is still known. */
static void take_life(struct carry *carry, const struct lcc_name *name,
                      struct lcc_life *life)
{
    struct lcc_key key = lcc_key_life(name);
    struct lcc_life old;

    if (lcc_tree_get(carry->tree, lcc_key_span(&key), &carry->value) == 0 &&
        lcc_life_read(lcc_buf_span(&carry->value), &old)) {
        life->last_used_s = old.last_used_s;
        life->used = old.used;
        life->seq = old.seq;
    }
}

static bool has_file(const struct lcc_store *store, const struct lcc_hash *name,
                     uint64_t body_size)
{
    char hex[LCC_HASH_HEX_SIZE];
    char relative[sizeof(LCC_BODY_FOLDER) + sizeof(hex)];
    char file[LCC_PATH_SIZE];
    struct stat st;

    lcc_hash_to_hex(name, hex);
    (void)snprintf(relative, sizeof(relative), LCC_BODY_FOLDER "/%s", hex);
    return lcc_folder_join(file, store->path, relative) &&
           lstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size == lcc_body_file_size(body_size);
}

/* One part to the new index; what is not whole is left out. */
static int carry_part(struct carry *carry, const struct lcc_hash *set,
                      struct lcc_trailer *trailer, struct lcc_life *life)
{
    struct lcc_part_record part;
    uint64_t last;
    int result;

    if (!lcc_key_part_last(lcc_tree_key(carry->tree), &last) ||
        !lcc_part_decode(lcc_buf_span(&carry->value), set, last, &part) ||
        (part.in_side_file &&
         !has_file(carry->store, &part.side_file, part.file_bytes))) {
        return 0;
    }
    result = lcc_parts_put(carry->store->db, set, &part, &carry->scratch);
    if (result == 0) {
        trailer->parts_bytes += part.size;
        trailer->parts_count++;
        life->parts_cost_bytes += lcc_part_cost(&part);
        carry->bytes += carry->scratch.size;
        carry->side += part.in_side_file
                           ? lcc_disk_bytes(lcc_body_file_size(part.file_bytes))
                           : 0;
    }
    return result;
}

static int carry_parts(struct carry *carry, const struct lcc_hash *set,
                       struct lcc_trailer *trailer, struct lcc_life *life)
{
    const struct lcc_key prefix = lcc_key_parts(set);
    int found =
        lcc_tree_seek(carry->tree, lcc_key_span(&prefix), &carry->value);
    int result = 0;

    for (int i = 0; found == 0 && result == 0 && i < CARRY_PARTS &&
                    carry->bytes < CARRY_BYTES;
         i++) {
        if (!lcc_key_has_prefix(lcc_tree_key(carry->tree), &prefix)) {
            break;
        }
        result = carry_part(carry, set, trailer, life);
        found = lcc_tree_next(carry->tree, &carry->value);
    }
    return result;
}

/* The record anew: it says how many parts there are. */
static int carry_partial(struct carry *carry, const struct lcc_name *name,
                         struct lcc_trailer *trailer, struct lcc_life *life)
{
    int result;

    trailer->parts_bytes = 0;
    trailer->parts_count = 0;
    result = carry_parts(carry, &trailer->side_file, trailer, life);
    if (result == 0 && trailer->parts_count > 0) {
        carry->record.size = (size_t)trailer->meta_size;
        result = lcc_record_close(&carry->record, name, trailer);
    }
    return result;
}

static int carry_whole(struct carry *carry, const struct lcc_name *name,
                       struct lcc_trailer *trailer)
{
    struct lcc_db *db = carry->store->db;
    struct lcc_life life = lcc_life_of(carry->record.size, trailer);
    const uint64_t file =
        trailer->in_side_file ? lcc_body_file_size(trailer->body_size) : 0;
    int result = 0;

    if (trailer->in_side_file &&
        !has_file(carry->store, &trailer->side_file, trailer->body_size)) {
        return 0;
    }
    take_life(carry, name, &life);
    if (trailer->is_partial) {
        result = carry_partial(carry, name, trailer, &life);
        if (result != 0 || trailer->parts_count == 0) {
            return result;
        }
    }
    life.cost_bytes =
        lcc_record_cost(carry->record.size, file) + life.parts_cost_bytes;
    result = lcc_records_put(db, name, lcc_buf_span(&carry->record), &life,
                             &carry->garbage);
    carry->bytes += carry->record.size;
    carry->side += lcc_disk_bytes(file);
    carry->count++;
    return result;
}

/* A record whose key says that it is an entry: if it is whole, and nothing
 * newer has been stored under its name. */
static int carry_entry(struct carry *carry, const struct lcc_btree_item *item,
                       const struct lcc_name *name)
{
    struct lcc_trailer trailer;
    struct lcc_life newer;
    int result;

    if (lcc_tree_item(carry->tree, item, &carry->record) != 0 ||
        !lcc_record_open(lcc_buf_span(&carry->record), name, &trailer)) {
        return 0;
    }
    result = lcc_records_life(carry->store->db, name, &newer);
    return result == LCC_STORE_MISS ? carry_whole(carry, name, &trailer)
                                    : result;
}

static int carry_page(struct carry *carry, const uint8_t *page)
{
    const uint16_t count = lcc_btree_page_type(page) == LCC_BTREE_LEAF
                               ? lcc_btree_page_count(page)
                               : 0;
    int result = 0;

    for (uint16_t i = 0; result == 0 && i + 1 < count; i = (uint16_t)(i + 2)) {
        struct lcc_btree_item key;
        struct lcc_btree_item value;
        struct lcc_name name;

        if (lcc_btree_leaf_item(page, i, &key) && !key.deleted &&
            key.overflow == 0 &&
            lcc_btree_leaf_item(page, (uint16_t)(i + 1), &value) &&
            !value.deleted && lcc_key_is_entry(key.bytes, &name)) {
            result = carry_entry(carry, &value, &name);
        }
    }
    return result;
}

static int carry_some(struct carry *carry)
{
    uint8_t page[LCC_PAGE_SIZE];
    int result = 0;

    for (int seen = 0;
         result == 0 && carry->next < carry->pages && seen < CARRY_PAGES &&
         carry->count < CARRY_RECORDS && carry->bytes < CARRY_BYTES;
         seen++) {
        if (read_aside(carry, carry->next, page) == 0) {
            result = carry_page(carry, page);
        }
        carry->next++;
    }
    return result;
}

/* In a commit. May be begun again on a newer snapshot. */
static int carry_on(struct lcc_store *store, void *arg)
{
    struct carry *carry = arg;
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    int result;

    carry->next = atomic_load(&page->carried);
    carry->done = carry->next == 0;
    carry->next -= carry->done ? 0 : 1;
    if (!carry->done && carry->next >= carry->pages) {
        lcc_pager_end_aside(store->pager);
        carry->done = true;
    }
    if (carry->done) {
        return LCC_RUN_NOTHING;
    }
    carry->bytes = 0;
    carry->count = 0;
    carry->side = 0;
    lcc_garbage_clear(&carry->garbage);
    store->dropped = &carry->garbage;
    carry->want = lcc_store_limits(store, NULL, INT64_MIN, NULL);
    result = lcc_store_before(store, &carry->want);
    if (result == 0) {
        result = carry_some(carry);
    }
    if (result == 0) {
        result =
            lcc_evict(store->db, &carry->want, &carry->garbage, &carry->is);
    }
    return result;
}

static void note_carried(struct lcc_store *store, const struct carry *carry)
{
    struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);
    const uint32_t blocks = (uint32_t)(carry->side / LCC_ASIDE_BLOCK);
    const uint32_t before = atomic_load(&page->aside_blocks);

    if (atomic_load(&page->carried) < carry->next + 1) {
        atomic_store(&page->carried, carry->next + 1);
        atomic_store(&page->aside_blocks,
                     before > blocks ? before - blocks : 0);
    }
    store->carried_count += carry->count;
}

static int give_up_on(struct lcc_store *store, void *arg)
{
    (void)arg;
    lcc_pager_end_aside(store->pager);
    return LCC_RUN_NOTHING;
}

static int carry_all(struct lcc_store *store, struct carry *carry)
{
    int failures = 0;
    int result = 0;

    while (!carry->done && failures < CARRY_FAILURES &&
           lcc_now_ms() < lcc_store_heal_until(store, lcc_now_ms())) {
        const int64_t began_ms = lcc_now_ms();

        result = lcc_store_run(store, true, carry_on, carry);
        store->heal_ms += lcc_now_ms() - began_ms + 1;
        if (result == 0 && !carry->done) {
            note_carried(store, carry);
            lcc_store_discard(store, &carry->garbage);
        }
        failures += result != 0;
    }
    if (result == LCC_STORE_FULL) {
        (void)lcc_store_run(store, true, give_up_on, NULL);
    }
    return carry->done ? 0 : result;
}

static int aside_open(const struct lcc_store *store, uint32_t *ret_pages)
{
    const int fd = lcc_pager_open_named(store->pager, LCC_ASIDE_FILE, O_RDONLY);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 &&
        st.st_size / LCC_PAGE_SIZE <= UINT32_MAX) {
        *ret_pages = (uint32_t)(st.st_size / LCC_PAGE_SIZE);
    }
    return fd;
}

bool lcc_store_has_aside(const struct lcc_store *store)
{
    const struct lcc_ctl_page *page = lcc_pager_ctl(store->pager);

    return page && atomic_load(&page->carried) != 0;
}

int lcc_store_carry(struct lcc_store *store)
{
    struct carry *carry;
    int result;

    if (!lcc_store_has_aside(store) ||
        lcc_store_heal_until(store, lcc_now_ms()) == 0) {
        return 0;
    }
    carry = calloc(1, sizeof(*carry));
    if (!carry) {
        return -ENOMEM;
    }
    carry->store = store;
    carry->record = LCC_BUF_INIT(LCC_RECORD_MAX);
    carry->value = LCC_BUF_INIT(LCC_RECORD_MAX);
    carry->scratch = LCC_BUF_INIT(LCC_RECORD_MAX);
    carry->fd = aside_open(store, &carry->pages);
    result = lcc_tree_new(read_aside, carry, &carry->tree);
    if (result == 0) {
        result = carry_all(store, carry);
    }
    if (carry->fd >= 0) {
        (void)close(carry->fd);
    }
    (void)lcc_tree_free(carry->tree);
    lcc_buf_done(&carry->record);
    lcc_buf_done(&carry->value);
    lcc_buf_done(&carry->scratch);
    free(carry);
    return result;
}
