/*
 * folder_copy.c - the files of a cache, kept in memory and put back
 */
#include "folder_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/tmpdir.h"

static void take_file(void *arg, const char *path)
{
    struct folder_copy *copy = arg;
    struct copied_file *file = &copy->files[copy->count];

    if (copy->count == COPY_FILES) {
        (void)fprintf(stderr, "more than %d files\n", COPY_FILES);
        exit(2);
    }
    (void)snprintf(file->path, sizeof(file->path), "%s",
                   path + strlen(copy->folder) + 1);
    file->bytes = (unsigned char *)file_read(path, &file->size);
    copy->count++;
}

void folder_copy_take(struct folder_copy *copy, const char *folder)
{
    (void)snprintf(copy->folder, sizeof(copy->folder), "%s", folder);
    copy->count = 0;
    files_visit(folder, take_file, copy);
}

static void remove_file(void *arg, const char *path)
{
    (void)arg;
    (void)unlink(path);
}

const char *folder_copy_path(const struct folder_copy *copy, size_t file)
{
    static char path[2 * COPY_PATH];

    (void)snprintf(path, sizeof(path), "%s/%s", copy->folder,
                   copy->files[file].path);
    return path;
}

void folder_copy_put_back(const struct folder_copy *copy)
{
    files_visit(copy->folder, remove_file, NULL);
    for (size_t i = 0; i < copy->count; i++) {
        const int fd = open(folder_copy_path(copy, i),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        const size_t size = copy->files[i].size;

        if (fd < 0 || write(fd, copy->files[i].bytes, size) != (ssize_t)size) {
            perror(folder_copy_path(copy, i));
            exit(2);
        }
        (void)close(fd);
    }
}

void folder_copy_done(struct folder_copy *copy)
{
    for (size_t i = 0; i < copy->count; i++) {
        free(copy->files[i].bytes);
    }
    copy->count = 0;
}
