/*
 * hidden_store.c - the store inside a shared object, as the engine holds it
 */
#include "store_values.h"

#include <stdlib.h>

int hidden_store_work(const char *folder, unsigned int rounds);

/* Put and get so many entries. 0, or the first result that was not. */
LCC_EXPORT int hidden_store_work(const char *folder, unsigned int rounds)
{
    const struct lcc_store_config config = {
        .folder = folder,
        .max_size_bytes = 64 * 1024 * 1024,
        .max_entry_bytes = 1024 * 1024,
    };
    struct lcc_store *store;
    char why[LCC_WHY_SIZE];
    int result = lcc_store_open(&config, &store, why);

    for (unsigned int i = 1; result == 0 && i <= rounds; i++) {
        unsigned int version;
        size_t size;

        result = help_put(store, i % 50, i, i % 30 * 1000);
        if (result == 0) {
            result = help_get(store, i % 50, &version, &size);
        }
        if (result == 0 && version != i) {
            result = HELP_WRONG;
        }
    }
    if (result == 0) {
        (void)lcc_store_free(store);
    }
    return result;
}
