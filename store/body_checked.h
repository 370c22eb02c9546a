/*
 * body_checked.h - side files whose every block this process has seen whole
 *
 * A side file never changes once it has its name, so a process that has held
 * all its blocks against their checksums need not do it again: while the file
 * is the same one with the same time of change, and that time was already past
 * when it was checked (a change within the clock's grain would not show).
 */
#ifndef LCC_BODY_CHECKED_H
#define LCC_BODY_CHECKED_H

#include "store/hash.h"

#include <sys/stat.h>

enum {
    LCC_BODY_CHECKED_FILES = 32, /* the latest; others are checked again */
    LCC_BODY_CHECKED_GRAIN_S = 2,
};

/* Was all of it checked, and is this still that file? */
bool lcc_body_is_checked(const struct lcc_hash *name, const struct stat *st);
/* Its bytes from..to agreed with their checksums. Counts when parts follow one
 * another from the first byte; @body_size is where they end. */
void lcc_body_note_checked(const struct lcc_hash *name, const struct stat *st,
                           uint64_t from, uint64_t to, uint64_t body_size);

#endif
