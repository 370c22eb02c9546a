/*
 * handle.c - the table that finds what we know of an easy handle
 *
 * Every setopt and getinfo of the process comes through here, from any
 * thread, also in the child of a fork. So there is no lock: a key is published
 * by one atomic store and looked for by its owner alone, since libcurl forbids
 * the use of one handle in two threads at a time. Slots are reused and never
 * given back; a table that has become too small gets a larger one behind it.
 */
#include "shim/handle.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "store/base.h"

enum {
    LCC_HANDLES_WINDOW = 16, /* slots that one key may lie in, per table */
    LCC_HANDLES_TABLES = 8,
    /* Slots, a power of two; each further table has four times as many. */
    LCC_HANDLES_FIRST = 256,
    LCC_HANDLES_GROWTH_BITS = 2,
};

/* Keys of slots without a handle. */
enum { LCC_SLOT_NEVER_USED = 0, LCC_SLOT_FREE = 1, LCC_SLOT_CLAIMED = 2 };

struct slot {
    _Atomic uintptr_t key; /* address of the CURL, or one of the above */
    struct lcc_handle *handle;
};

struct table {
    struct slot *slots;
    size_t count;
};

static struct slot first_slots[LCC_HANDLES_FIRST];
static _Atomic(struct slot *) later_slots[LCC_HANDLES_TABLES];

/* Number @at, or no slots where it was not needed yet. */
static struct table table_at(size_t at)
{
    if (at == 0) {
        return (struct table){first_slots, LCC_HANDLES_FIRST};
    }
    return (struct table){
        atomic_load_explicit(&later_slots[at], memory_order_acquire),
        (size_t)LCC_HANDLES_FIRST << (at * LCC_HANDLES_GROWTH_BITS)};
}

static size_t hash_of(uintptr_t key)
{
    /* Heap addresses differ in the middle; the multiplication spreads them. */
    return (size_t)(((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* The slot of a key, or NULL. A slot never used ends the search: a key would
 * have taken it rather than one behind it. */
static struct slot *slot_of(uintptr_t key)
{
    for (size_t at = 0; at < LCC_HANDLES_TABLES; at++) {
        struct table table = table_at(at);

        if (!table.slots) {
            return NULL;
        }
        for (size_t i = 0; i < LCC_HANDLES_WINDOW; i++) {
            struct slot *slot =
                &table.slots[(hash_of(key) + i) & (table.count - 1)];
            uintptr_t found =
                atomic_load_explicit(&slot->key, memory_order_acquire);

            if (found == key) {
                return slot;
            }
            if (found == LCC_SLOT_NEVER_USED) {
                return NULL;
            }
        }
    }
    return NULL;
}

struct lcc_handle *lcc_handles_find(const CURL *curl)
{
    struct slot *slot = curl ? slot_of((uintptr_t)curl) : NULL;

    return slot ? slot->handle : NULL;
}

static struct slot *claim_in(struct table table, uintptr_t key)
{
    for (size_t i = 0; i < LCC_HANDLES_WINDOW; i++) {
        struct slot *slot =
            &table.slots[(hash_of(key) + i) & (table.count - 1)];
        uintptr_t found = atomic_load(&slot->key);

        if ((found == LCC_SLOT_NEVER_USED || found == LCC_SLOT_FREE) &&
            atomic_compare_exchange_strong(&slot->key, &found,
                                           LCC_SLOT_CLAIMED)) {
            return slot;
        }
    }
    return NULL;
}

/* Make table @at, unless another thread was faster. */
static struct table grow(size_t at)
{
    struct table table = table_at(at);
    struct slot *none = NULL;
    struct slot *fresh;

    if (table.slots) {
        return table;
    }
    fresh = calloc(table.count, sizeof(*fresh));
    if (fresh &&
        !atomic_compare_exchange_strong(&later_slots[at], &none, fresh)) {
        free(fresh);
    }
    return table_at(at);
}

static struct slot *claim(uintptr_t key)
{
    for (size_t at = 0; at < LCC_HANDLES_TABLES; at++) {
        struct table table = grow(at);
        struct slot *slot = table.slots ? claim_in(table, key) : NULL;

        if (slot || !table.slots) {
            return slot;
        }
    }
    return NULL;
}

/* A handle that was freed behind our back left its address to this one. */
static void drop_stale(CURL *curl)
{
    struct lcc_handle *stale = lcc_handles_find(curl);

    if (stale) {
        lcc_handles_remove(stale);
    }
}

struct lcc_handle *lcc_handles_add(CURL *curl, const struct lcc_real *real)
{
    struct lcc_handle *handle;
    struct slot *slot;

    drop_stale(curl);
    handle = calloc(1, sizeof(*handle));
    slot = handle ? claim((uintptr_t)curl) : NULL;
    if (!slot) {
        free(handle);
        return NULL;
    }
    handle->curl = curl;
    handle->real = real;
    lcc_shadow_init(&handle->shadow);
    slot->handle = handle;
    atomic_store_explicit(&slot->key, (uintptr_t)curl, memory_order_release);
    return handle;
}

void lcc_handles_remove(struct lcc_handle *handle)
{
    struct slot *slot = slot_of((uintptr_t)handle->curl);

    if (slot) {
        slot->handle = NULL;
        atomic_store_explicit(&slot->key, LCC_SLOT_FREE, memory_order_release);
    }
    lcc_shadow_done(&handle->shadow);
    free(handle);
}
