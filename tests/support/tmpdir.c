/*
 * tmpdir.c - folders and files of the tests
 */
#include "tests/support/tmpdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 32 };

static _Noreturn void give_up(const char *what, const char *path)
{
    fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
    exit(99);
}

char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        give_up("no memory for", format);
    }
    va_end(arguments);
    return text;
}

char *tmpdir_new(void)
{
    const char *base = getenv("TMPDIR");
    char *path = text_of("%s/lcc-test-XXXXXX", base && *base ? base : "/tmp");

    if (!mkdtemp(path)) {
        give_up("cannot make the folder", path);
    }
    return path;
}

static void remove_all(const char *path, int depth)
{
    struct stat status;

    if (lstat(path, &status) < 0 || depth > DEPTH_MAX) {
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        (void)unlink(path);
        return;
    }
    (void)chmod(path, 0700);
    DIR *folder = opendir(path);
    const struct dirent *found;

    while (folder && (found = readdir(folder))) {
        if (strcmp(found->d_name, ".") == 0 ||
            strcmp(found->d_name, "..") == 0) {
            continue;
        }
        char *inside = text_of("%s/%s", path, found->d_name);

        remove_all(inside, depth + 1);
        free(inside);
    }
    if (folder) {
        closedir(folder);
    }
    (void)rmdir(path);
}

char *tmpdir_free(char *path)
{
    if (path) {
        remove_all(path, 0);
        free(path);
    }
    return NULL;
}

void file_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "we");

    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        give_up("cannot write", path);
    }
}

char *file_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    size_t room = 0;

    if (!file) {
        return NULL;
    }
    for (;;) {
        if (size + 1 >= room) {
            room = room ? room * 2 : 64 * 1024;
            text = realloc(text, room);
            if (!text) {
                give_up("no memory for", path);
            }
        }
        size_t got = fread(text + size, 1, room - size - 1, file);

        if (got == 0) {
            break;
        }
        size += got;
    }
    fclose(file);
    text[size] = '\0';
    if (ret_size) {
        *ret_size = size;
    }
    return text;
}

static void visit_below(const char *folder, int depth,
                        void (*visit)(void *arg, const char *path), void *arg)
{
    DIR *opened = depth > DEPTH_MAX ? NULL : opendir(folder);
    const struct dirent *found;

    while (opened && (found = readdir(opened))) {
        if (strcmp(found->d_name, ".") == 0 ||
            strcmp(found->d_name, "..") == 0) {
            continue;
        }
        char *inside = text_of("%s/%s", folder, found->d_name);
        struct stat status;

        if (lstat(inside, &status) == 0) {
            if (S_ISDIR(status.st_mode)) {
                visit_below(inside, depth + 1, visit, arg);
            } else if (S_ISREG(status.st_mode)) {
                visit(arg, inside);
            }
        }
        free(inside);
    }
    if (opened) {
        closedir(opened);
    }
}

void files_visit(const char *folder, void (*visit)(void *arg, const char *path),
                 void *arg)
{
    visit_below(folder, 0, visit, arg);
}

struct wanted {
    const char *suffix;
    char *path;
};

static void find_suffix(void *arg, const char *path)
{
    struct wanted *wanted = arg;
    size_t length = strlen(path);
    size_t suffix = strlen(wanted->suffix);

    if (!wanted->path && length >= suffix &&
        strcmp(path + length - suffix, wanted->suffix) == 0) {
        wanted->path = text_of("%s", path);
    }
}

char *files_find(const char *folder, const char *suffix)
{
    struct wanted wanted = {.suffix = suffix};

    files_visit(folder, find_suffix, &wanted);
    return wanted.path;
}

struct needle {
    const void *bytes;
    size_t size;
    bool found;
};

static void search_file(void *arg, const char *path)
{
    struct needle *needle = arg;
    size_t size = 0;
    char *text = file_read(path, &size);

    if (text && memmem(text, size, needle->bytes, needle->size)) {
        needle->found = true;
    }
    free(text);
}

bool files_hold(const char *folder, const void *bytes, size_t size)
{
    struct needle needle = {.bytes = bytes, .size = size};

    files_visit(folder, search_file, &needle);
    return needle.found;
}
