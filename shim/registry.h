/*
 * registry.h - finding what we know of a handle by its address
 *
 * One for easy handles, one for multi handles, one for shares. Without locks:
 * usable from any thread, and in the child of a fork at any moment.
 */
#ifndef LCC_REGISTRY_H
#define LCC_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LCC_REGISTRY_WINDOW = 16, /* slots that one key may lie in, per table */
    LCC_REGISTRY_TABLES = 8,
    /* Slots, a power of two; each further table has four times as many. */
    LCC_REGISTRY_FIRST = 256,
    LCC_REGISTRY_GROWTH_BITS = 2,
};

/* Private to registry.c. */
struct lcc_slot {
    _Atomic uintptr_t key; /* an address, or what registry.c says */
    void *value;
};

/* All zero when new. */
struct lcc_registry {
    struct lcc_slot first[LCC_REGISTRY_FIRST];
    _Atomic(struct lcc_slot *) later[LCC_REGISTRY_TABLES];
};

/* What was put there for @key, or NULL; accepts NULL. */
void *lcc_registry_find(struct lcc_registry *registry, const void *key);
/* @key is not there. False without memory or room. */
bool lcc_registry_put(struct lcc_registry *registry, const void *key,
                      void *value);
void lcc_registry_drop(struct lcc_registry *registry, const void *key);

#endif
