/*
 * db_memory.c - allocates for Berkeley DB
 */
#include "store/db_memory.h"

#include "store/base.h"

#include <stdlib.h>

/* The spare is for an environment's handle, whose size no header tells: it is
 * below 4 KiB in 5.3. */
enum { SPARE_BYTES = 16 * 1024 };

static _Thread_local void *spare;

void *lcc_db_malloc(size_t size)
{
    void *memory = calloc(1, size);

    return !memory && size <= SPARE_BYTES ? lcc_steal(&spare) : memory;
}

bool lcc_db_spare_begin(void)
{
    spare = calloc(1, SPARE_BYTES);
    return spare != NULL;
}

void lcc_db_spare_end(void)
{
    free(lcc_steal(&spare));
}
