/*
 * registry.c - the table that finds what we know of a handle
 *
 * Every setopt and getinfo of the process comes through here, from any
 * thread, also in the child of a fork. So there is no lock: a key is published
 * by one atomic store and looked for by its owner alone, since libcurl forbids
 * the use of one handle in two threads at a time. Slots are reused and never
 * given back; a table that has become too small gets a larger one behind it.
 */
#include "shim/registry.h"

#include <stdlib.h>

/* Keys of slots without a handle. */
enum { LCC_SLOT_NEVER_USED = 0, LCC_SLOT_FREE = 1, LCC_SLOT_CLAIMED = 2 };

struct table {
    struct lcc_slot *slots;
    size_t count;
};

/* Number @at, or no slots where it was not needed yet. */
static struct table table_at(struct lcc_registry *registry, size_t at)
{
    if (at == 0) {
        return (struct table){registry->first, LCC_REGISTRY_FIRST};
    }
    return (struct table){
        atomic_load_explicit(&registry->later[at], memory_order_acquire),
        (size_t)LCC_REGISTRY_FIRST << (at * LCC_REGISTRY_GROWTH_BITS)};
}

static size_t hash_of(uintptr_t key)
{
    /* Heap addresses differ in the middle; the multiplication spreads them. */
    return (size_t)(((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* The slot of a key, or NULL. A slot never used ends the search: a key would
 * have taken it rather than one behind it. */
static struct lcc_slot *slot_of(struct lcc_registry *registry, uintptr_t key)
{
    for (size_t at = 0; at < LCC_REGISTRY_TABLES; at++) {
        struct table table = table_at(registry, at);

        if (!table.slots) {
            return NULL;
        }
        for (size_t i = 0; i < LCC_REGISTRY_WINDOW; i++) {
            struct lcc_slot *slot =
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

void *lcc_registry_find(struct lcc_registry *registry, const void *key)
{
    struct lcc_slot *slot = key ? slot_of(registry, (uintptr_t)key) : NULL;

    return slot ? slot->value : NULL;
}

static struct lcc_slot *claim_in(struct table table, uintptr_t key)
{
    for (size_t i = 0; i < LCC_REGISTRY_WINDOW; i++) {
        struct lcc_slot *slot =
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
static struct table grow(struct lcc_registry *registry, size_t at)
{
    struct table table = table_at(registry, at);
    struct lcc_slot *none = NULL;
    struct lcc_slot *fresh;

    if (table.slots) {
        return table;
    }
    fresh = calloc(table.count, sizeof(*fresh));
    if (fresh &&
        !atomic_compare_exchange_strong(&registry->later[at], &none, fresh)) {
        free(fresh);
    }
    return table_at(registry, at);
}

static struct lcc_slot *claim(struct lcc_registry *registry, uintptr_t key)
{
    for (size_t at = 0; at < LCC_REGISTRY_TABLES; at++) {
        struct table table = grow(registry, at);
        struct lcc_slot *slot = table.slots ? claim_in(table, key) : NULL;

        if (slot || !table.slots) {
            return slot;
        }
    }
    return NULL;
}

bool lcc_registry_put(struct lcc_registry *registry, const void *key,
                      void *value)
{
    struct lcc_slot *slot = claim(registry, (uintptr_t)key);

    if (!slot) {
        return false;
    }
    slot->value = value;
    atomic_store_explicit(&slot->key, (uintptr_t)key, memory_order_release);
    return true;
}

void lcc_registry_drop(struct lcc_registry *registry, const void *key)
{
    struct lcc_slot *slot = slot_of(registry, (uintptr_t)key);

    if (slot) {
        slot->value = NULL;
        atomic_store_explicit(&slot->key, LCC_SLOT_FREE, memory_order_release);
    }
}
