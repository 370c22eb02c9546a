/*
 * body.h - large bodies in files of their own, beside the database
 *
 * Written under a random name, closed with checksums, and only then named by
 * the index; never changed afterwards. Until then it is an orphan, which the
 * table of bodies that are being written names (flight.h). No descriptor
 * outlives a call. Knows nothing of the database.
 */
#ifndef LCC_BODY_H
#define LCC_BODY_H

#include "store/hash.h"

#include <sys/types.h>

enum {
    LCC_BODY_WINDOW = 256 * 1024, /* gathered in memory between writes */
    LCC_BODY_BLOCK = 64 * 1024,   /* bytes under one checksum */
    LCC_BODY_SWEEP_FILES = 4096,  /* names looked at by one sweep */
    LCC_BODY_HOLD_SHARE = 16,     /* of a limited address space, at most */
    LCC_BODY_ORPHAN_S = 600,      /* younger ones may be about to be indexed */
    LCC_BODY_SWEEP_S = 3600,      /* between two sweeps by whichever process */
    LCC_BODY_SIEVE = 16,          /* of a large folder, one in so many */
    LCC_BODY_LARGE_FOLDER = 128 * 1024, /* bytes of a folder */
};
#define LCC_BODY_FOLDER "bodies"
#define LCC_BODY_SWEPT "swept" /* its time is that of the last sweep */

/* A body that is being written. */
struct lcc_body {
    const char *path; /* the subfolder; outlives this */
    struct lcc_buf window;
    struct lcc_buf sums; /* checksums of the blocks written */
    uint64_t written;    /* bytes in the file */
    uint64_t file_size; /* and what there is of it: one written over has more */
    bool has_file;
    bool has_spare; /* it is to be written over this one */
    struct lcc_hash spare;
    struct lcc_hash name;
    dev_t device;
    ino_t inode;
};

void lcc_body_init(struct lcc_body *body, const char *path);
/* Unlinks a file that was not kept, and a spare that was not used. */
void lcc_body_done(struct lcc_body *body);

/* It gets its name now, should it have none yet. 0; -errno. */
int lcc_body_name(struct lcc_body *body);
/* What it will have on the disk when @more bytes have been appended; 0 while
 * all of it is in memory. */
uint64_t lcc_body_will_write(const struct lcc_body *body, size_t more);

/* 0; LCC_STORE_FULL; -ESTALE when the file is not ours any more; -ENOMEM;
 * -errno. */
int lcc_body_append(struct lcc_body *body, struct lcc_span bytes);
/* Write the rest. Same results. */
int lcc_body_keep(struct lcc_body *body);

/* What the file of a body takes on the disk; false when it is none. */
bool lcc_body_disk_bytes(const char *path, const struct lcc_hash *name,
                         uint64_t *ret);
/* Bytes of the file of a body of so many bytes. */
uint64_t lcc_body_file_size(uint64_t body_size);

/**
 * lcc_body_read() - part of a kept body
 * @name:      which
 * @body_size: as the index says
 *
 * Every block is checked before a byte of it is given out, but where this
 * process has checked the whole file before (body_checked.h). Block-aligned
 * reads of whole blocks need no copy.
 *
 * Return: 0; -ESTALE when it is gone or not what was written; -errno.
 */
struct lcc_body_ref {
    const char *path;
    const struct lcc_hash *name;
    const void *held; /* lcc_body_hold(), should its name be gone; or NULL */
    uint64_t body_size;
};
int lcc_body_read(const struct lcc_body_ref *ref, uint64_t offset, void *into,
                  size_t size, size_t *ret_got);

void lcc_body_unlink(const char *path, const struct lcc_hash *name);

/**
 * lcc_body_hold() - keep a body readable although its name goes
 * @ret: what holds it: all of the file, mapped and never touched but by
 *       process_vm_readv(2); give it to lcc_body_let_go() when done
 *
 * No descriptor is held across the program's code and nothing appears in the
 * folder; a killed reader leaves nothing behind, a forked one has a hold of its
 * own.
 *
 * Return: 0; -ESTALE; -errno, as where address space is short: read it without.
 */
int lcc_body_hold(const char *path, const struct lcc_hash *name,
                  uint64_t body_size, const void **ret);
void lcc_body_let_go(const void *held, uint64_t body_size);

/**
 * lcc_body_sweep() - unlink what no entry names, once an hour
 * @is_indexed: 0 when the index names this file or it is being written,
 *              LCC_STORE_MISS when not, anything else stops the sweep
 */
typedef int (*lcc_body_indexed_fn)(void *arg, const struct lcc_hash *name);
void lcc_body_sweep(const char *path, lcc_body_indexed_fn is_indexed,
                    void *arg);
/* Unlink all of them; who holds one reads on. 0; -errno of the first
 * that would not go. */
int lcc_body_clear(const char *path);

#endif
