/*
 * environment.h - the tool's own environment, which run hands on
 *
 * The only file of the tool that calls getenv and setenv; what the settings
 * mean is read by store/settings.c alone.
 */
#ifndef LCC_TOOL_ENVIRONMENT_H
#define LCC_TOOL_ENVIRONMENT_H

#include "store/bytes.h"

/* "CURLCACHE_TTL" for LCC_SETTING_TTL; static memory, of the last call. */
const char *environment_name(int setting);
/* A flag's value, as if it had been in the environment. 0; -ENOMEM. */
int environment_put_setting(int setting, const char *value);
/* The settings given in the environment now, NULL where there is none. */
const char *environment_setting(int setting);
/* Leave nothing of ours but the defaults: for the doctor's own proof. */
int environment_forget_settings(void);

/* NULL when it is not set. */
const char *environment_get(const char *name);
int environment_put(const char *name, const char *value);

/**
 * environment_preload() - LD_PRELOAD with our library in front
 * @library: absolute path
 * @out:     appended to, without NUL; what was there before is kept, and
 *           ours is not repeated
 */
int environment_preload(const char *library, struct lcc_buf *out);
/* LD_PRELOAD without our library; empty when nothing is left. */
int environment_preload_without(struct lcc_buf *out);

#endif
