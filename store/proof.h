/*
 * proof.h - is the structure of an index sound?
 *
 * After a power cut each page may be of another commit, each whole by itself.
 * Berkeley DB must not be let loose on that: it follows rings, and takes pages
 * that are in use for free ones. This holds every page and what pages say of
 * each other against what it relies on, a slice at a time: what is known so
 * far lies in a file, so that many short processes come to an end together.
 * Nobody commits meanwhile.
 */
#ifndef LCC_PROOF_H
#define LCC_PROOF_H

#include "store/hash.h"

#define LCC_PROOF_FILE "proof"

enum { LCC_PROOF_PAGES_MAX = 1024 * 1024 }; /* 8 GiB; more is not proven */

/**
 * lcc_proof_step() - go on until it is known, or time is up
 * @path:     the subfolder; NULL: keep nothing for others
 * @id:       of the database
 * @fd:       its file
 * @size:     its bytes that count
 * @until_ms: lcc_now_ms() after which to stop; some pages are read however late
 * it is
 *
 * Return: 0 when it is sound; LCC_STORE_UNAVAILABLE when it is not;
 * LCC_STORE_BUSY when it is not known yet; -ENOMEM; -errno.
 */
int lcc_proof_step(const char *path, const struct lcc_hash *id, int fd,
                   uint64_t size, int64_t until_ms);
/* What was found out is of no use any more. */
void lcc_proof_forget(const char *path);

#endif
