/*
 * store_help.h - what the store's tests share: a folder of their own, short
 * ways to put and get, entries that check themselves
 */
#ifndef LCC_STORE_HELP_H
#define LCC_STORE_HELP_H

#include "store_values.h"

#include <sys/types.h>

enum { HELP_PATH = 512 };

/* A new folder under /tmp; help_folder_done() removes it with everything. */
struct help_folder {
    char path[HELP_PATH];
};
void help_folder_init(struct help_folder *folder);
void help_folder_done(struct help_folder *folder);
/* "<our subfolder>/<name>" */
const char *help_file(const struct help_folder *folder, const char *name);
/* The database's file, found by its name; fails the test when not just one. */
const char *help_database(const struct help_folder *folder);

/* db5.3_verify says yes, or is not installed (which in CI is a failure). */
bool help_verify(const struct help_folder *folder);

/* Defaults: 64 MiB, entries of 32 MiB. Fails the test when it does not open. */
struct lcc_store *help_open(const struct help_folder *folder);
struct lcc_store *help_open_with(const struct lcc_store_config *config);

/* Entries of 1..count that are there whole; fails the test on a wrong one. */
unsigned int help_count(struct lcc_store *store, unsigned int count);

/* Entry @number in parts of many sizes; and no byte of them is wrong: 0 or
 * HELP_WRONG, whatever the store says otherwise. */
int help_put_parts(struct lcc_store *store, unsigned int number,
                   unsigned int version);
int help_check_parts(struct lcc_store *store, unsigned int number);

/* Exit status of a child, or 1000 and its signal. */
int help_wait(pid_t child);

#endif
