/*
 * tmpdir.h - a temporary folder of a test, and small files in it
 *
 * Every function either does what it says or ends the test program with a
 * sentence on stderr: a test that cannot make its files has nothing to say.
 */
#ifndef LCC_TESTS_TMPDIR_H
#define LCC_TESTS_TMPDIR_H

#include <stdbool.h>
#include <stddef.h>

/* An absolute path of a new folder, 0700; free with tmpdir_free(). */
char *tmpdir_new(void);
/* Removes the folder with all it holds, whatever its modes. Returns NULL. */
char *tmpdir_free(char *path);
/* Formatted text; the caller frees it. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

void file_write(const char *path, const void *bytes, size_t size);
/* The content with a NUL after it, or NULL when there is no such file. The
 * caller frees it; @ret_size may be NULL. */
char *file_read(const char *path, size_t *ret_size);

/* Calls @visit for every regular file below @folder, links not followed. */
void files_visit(const char *folder, void (*visit)(void *arg, const char *path),
                 void *arg);
/* The path below @folder whose name ends in @suffix, or NULL; freed by the
 * caller. When several do, the first found. */
char *files_find(const char *folder, const char *suffix);
/* Does any file below @folder hold these bytes? */
bool files_hold(const char *folder, const void *bytes, size_t size);

#endif
