/*
 * folder_copy.h - the files of a cache, kept in memory and put back
 */
#ifndef LCC_TESTS_DAMAGE_FOLDER_COPY_H
#define LCC_TESTS_DAMAGE_FOLDER_COPY_H

#include <stddef.h>

enum { COPY_FILES = 64, COPY_PATH = 512 };

struct copied_file {
    char path[COPY_PATH]; /* below the folder */
    unsigned char *bytes;
    size_t size;
};

struct folder_copy {
    char folder[COPY_PATH];
    struct copied_file files[COPY_FILES];
    size_t count;
};

/* Read all files below @folder, which lives as long. */
void folder_copy_take(struct folder_copy *copy, const char *folder);
/* Remove what is below the folder and write the files anew. */
void folder_copy_put_back(const struct folder_copy *copy);
void folder_copy_done(struct folder_copy *copy);
/* "<folder>/<path of the file>"; of one buffer. */
const char *folder_copy_path(const struct folder_copy *copy, size_t file);

#endif
