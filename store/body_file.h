/*
 * body_file.h - what a side file looks like, and what it is called
 *
 * body | a checksum for each block of LCC_BODY_BLOCK bytes | trailer
 *
 * The name is in each checksum: a block of another body is none of this one,
 * wherever it was read from.
 */
#ifndef LCC_BODY_FILE_H
#define LCC_BODY_FILE_H

#include "store/body.h"
#include "store/folder.h"

#include <string.h>

#define LCC_BODY_MAGIC UINT64_C(0x6c63632d626f6402)

struct lcc_body_trailer {
    uint64_t magic;
    uint64_t body_size;
    struct lcc_hash name;
    uint64_t checksum; /* of the checksums and of this before it */
};

static inline uint64_t lcc_body_blocks(uint64_t body_size)
{
    return (body_size + LCC_BODY_BLOCK - 1) / LCC_BODY_BLOCK;
}

static inline uint64_t lcc_body_sum(const struct lcc_hash *name,
                                    struct lcc_span block)
{
    uint64_t salt;

    memcpy(&salt, name->bytes, sizeof(salt));
    return lcc_checksum(block) ^ salt;
}

/* @path: the cache's subfolder. False: too long. */
bool lcc_body_path(char out[LCC_PATH_SIZE], const char *path,
                   const struct lcc_hash *name);

/**
 * lcc_body_reuse() - write over a side file that nobody names any more
 * @was:  the name it has
 * @file: the path it gets
 * @ret_size: bytes it has
 *
 * Signals must be blocked until the descriptor is closed: it holds a lease.
 *
 * Return: a descriptor for writing; -ESTALE, also when somebody reads it, and
 * then it is gone; -errno.
 */
int lcc_body_reuse(const char *path, const struct lcc_hash *was,
                   const char *file, uint64_t *ret_size);

#endif
