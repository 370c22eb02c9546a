/*
 * fake_process.h - the engine's process, set up by hand over a real store
 */
#ifndef LCC_TESTS_FAKE_PROCESS_H
#define LCC_TESTS_FAKE_PROCESS_H

#include "shim/process.h"

/* A process with a store in a new temporary folder, a TTL of an hour and the
 * default methods. To be called once, first of all. */
void process_begin(void);
/* Detach and remove the folder. */
void process_end(void);
/* To be changed between transfers; see settings.h. */
struct lcc_settings *process_settings(void);
/* Switch the store off for a reason, as an unusable one would be. */
void process_without_store(enum lcc_reason reason);
/* Reopen the store with the settings' sizes and mode. */
void process_reopen(void);
/* How often a reason was counted. */
uint64_t process_counted(enum lcc_reason reason);
/* How many responses are stored. */
uint64_t process_stored(void);
/* Unix seconds that the code under test sees. */
extern int64_t process_now_s;

#endif
