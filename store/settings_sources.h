/*
 * settings_sources.h - gathering the texts of settings, strongest source last
 *
 * Between settings.c, which parses what was gathered, and settings_sources.c,
 * which reads the environment and the files.
 */
#ifndef LCC_SETTINGS_SOURCES_H
#define LCC_SETTINGS_SOURCES_H

#include "store/settings_parse.h"

#define LCC_SETTINGS_PREFIX "CURLCACHE_"

enum { LCC_SHOWN_SIZE = 128 }; /* bytes of a value in a sentence, with NUL */

/* What was written, and where. */
struct lcc_found {
    char *text;  /* owned; NULL: nothing */
    char *where; /* owned; "CURLCACHE_TTL" or "file:3: TTL" */
    enum lcc_origin origin;
};

struct lcc_loader {
    struct lcc_settings *settings; /* borrowed; gets problem, unknown names */
    struct lcc_found found[LCC_SETTING_MAX_];
    char *cwd;  /* owned; NULL when it cannot be told */
    char *home; /* owned; NULL when there is none */
};

/**
 * lcc_loader_gather() - read the system's file, the user's, the environment
 * @loader:      zeroed but for settings; release with lcc_loader_done()
 * @system_file: path; it need not exist
 *
 * What cannot be read becomes the settings' problem.
 *
 * Return: 0; -ENOMEM.
 */
int lcc_loader_gather(struct lcc_loader *loader, const char *system_file);
void lcc_loader_done(struct lcc_loader *loader);

/* The cache's folder when nobody names one; NULL when there is no home. */
int lcc_loader_default_dir(const struct lcc_loader *loader, char **ret);

/* Keep the first problem: the others may be its consequences. */
void lcc_settings_complain(struct lcc_settings *settings, const char *format,
                           ...) __attribute__((format(printf, 2, 3)));
/* A text as a terminal may see it: printable, and cut when it is long. */
void lcc_settings_show(struct lcc_span text, char out[LCC_SHOWN_SIZE]);

#endif
