/*
 * program.c - reading a program's file: ELF header, mode, capabilities
 */
#include "tools/program.h"

#include "tools/environment.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    PROGRAM_HEADERS_MAX = 64,
    PROGRAM_DYNAMIC_MAX = 1024, /* entries of the dynamic section */
    PROGRAM_SCRIPTS_MAX = 4,    /* a script run by a script, execve(2) */
    PROGRAM_FIRST_LINE = 256,   /* bytes of "#!" that Linux reads */
};

struct image {
    int fd;
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[PROGRAM_HEADERS_MAX];
    size_t count;
};

static bool read_at(int fd, void *into, size_t size, uint64_t offset)
{
    return pread(fd, into, size, (off_t)offset) == (ssize_t)size;
}

/* A string in the file, cut at @size; empty when it cannot be read. */
static void text_at(int fd, uint64_t offset, char *into, size_t size)
{
    const ssize_t got = pread(fd, into, size - 1, (off_t)offset);

    into[got > 0 ? got : 0] = '\0';
}

/* Where in the file does this address lie? 0: nowhere. */
static uint64_t offset_of(const struct image *image, uint64_t address)
{
    for (size_t i = 0; i < image->count; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            address - segment->p_vaddr < segment->p_filesz) {
            return segment->p_offset + (address - segment->p_vaddr);
        }
    }
    return 0;
}

static const ElfW(Phdr) * segment_of(const struct image *image, uint32_t type)
{
    for (size_t i = 0; i < image->count; i++) {
        if (image->segments[i].p_type == type) {
            return &image->segments[i];
        }
    }
    return NULL;
}

static void note_needed(const struct image *image, uint64_t names,
                        const ElfW(Dyn) * entry, struct program *ret)
{
    char name[sizeof(ret->libcurl)];

    text_at(image->fd, names + entry->d_un.d_val, name, sizeof(name));
    if (strncmp(name, "libcurl", strlen("libcurl")) == 0 && !ret->libcurl[0]) {
        memcpy(ret->libcurl, name, sizeof(name));
    }
}

static void read_needed(const struct image *image, struct program *ret)
{
    const ElfW(Phdr) *segment = segment_of(image, PT_DYNAMIC);
    ElfW(Dyn) entry;
    uint64_t names = 0;

    for (int pass = 0; segment && pass < 2; pass++) {
        for (uint64_t i = 0; i < PROGRAM_DYNAMIC_MAX; i++) {
            if (!read_at(image->fd, &entry, sizeof(entry),
                         segment->p_offset + i * sizeof(entry)) ||
                entry.d_tag == DT_NULL) {
                break;
            }
            if (pass == 0 && entry.d_tag == DT_STRTAB) {
                names = offset_of(image, entry.d_un.d_ptr);
            } else if (pass == 1 && entry.d_tag == DT_NEEDED && names) {
                note_needed(image, names, &entry, ret);
            }
        }
    }
}

static bool read_image(int fd, struct image *ret)
{
    ret->fd = fd;
    ret->count = 0;
    if (!read_at(fd, &ret->header, sizeof(ret->header), 0) ||
        memcmp(ret->header.e_ident, ELFMAG, SELFMAG) != 0) {
        return false;
    }
    if (ret->header.e_phentsize != sizeof(ret->segments[0])) {
        return true; /* of another class: no segments that we can read */
    }
    const size_t count = ret->header.e_phnum < PROGRAM_HEADERS_MAX
                             ? ret->header.e_phnum
                             : PROGRAM_HEADERS_MAX;
    if (read_at(fd, ret->segments, count * sizeof(ret->segments[0]),
                ret->header.e_phoff)) {
        ret->count = count;
    }
    return true;
}

static void read_loader(const struct image *image, struct program *ret)
{
    const ElfW(Phdr) *segment = segment_of(image, PT_INTERP);

    if (segment) {
        text_at(image->fd, segment->p_offset, ret->loader, sizeof(ret->loader));
    }
}

/* Go's linker leaves a note of its own. Its place among others is not fixed,
 * so each segment of notes is looked at; it is the first in its segment. */
static bool has_go_note(const struct image *image)
{
    static const char owner[4] = "Go";
    struct {
        ElfW(Nhdr) header;
        char name[sizeof(owner)];
    } note;

    for (size_t i = 0; i < image->count; i++) {
        if (image->segments[i].p_type == PT_NOTE &&
            read_at(image->fd, &note, sizeof(note),
                    image->segments[i].p_offset) &&
            note.header.n_namesz == sizeof(owner) &&
            memcmp(note.name, owner, sizeof(owner)) == 0) {
            return true;
        }
    }
    return false;
}

/* This tool's own file is the measure of "same": it can be preloaded. */
static void compare(const struct image *image, struct program *ret)
{
    struct image own;
    struct program self = {0};
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    if (read_image(fd, &own)) {
        read_loader(&own, &self);
        ret->other_architecture =
            own.header.e_machine != image->header.e_machine ||
            memcmp(own.header.e_ident, image->header.e_ident, EI_VERSION) != 0;
        ret->other_loader = ret->loader[0] && self.loader[0] &&
                            strcmp(ret->loader, self.loader) != 0;
    }
    close(fd);
}

/* What makes the dynamic loader ignore LD_PRELOAD: ld.so(8), getauxval(3). */
static bool is_privileged(int fd, const struct stat *status)
{
    if ((status->st_mode & S_ISUID) && status->st_uid != getuid()) {
        return true;
    }
    if ((status->st_mode & S_ISGID) && status->st_gid != getgid()) {
        return true;
    }
    return getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* The first word after "#!"; false when the file is no script. */
static bool read_script(int fd, char *ret, size_t size)
{
    char line[PROGRAM_FIRST_LINE];
    const ssize_t got = pread(fd, line, sizeof(line) - 1, 0);

    if (got < 2 || line[0] != '#' || line[1] != '!') {
        return false;
    }
    line[got] = '\0';
    const char *start = line + 2 + strspn(line + 2, " \t");
    const size_t length = strcspn(start, " \t\n");
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(ret, start, length);
    ret[length] = '\0';
    return true;
}

static int find_path(const char *command, char ret[PATH_MAX])
{
    const char *rest = environment_get("PATH");

    if (strchr(command, '/')) {
        snprintf(ret, PATH_MAX, "%s", command);
        return access(ret, X_OK) == 0 ? 0 : -errno;
    }
    while (rest && *rest) {
        const int size = (int)strcspn(rest, ":");
        snprintf(ret, PATH_MAX, "%.*s/%s", size ? size : 1, size ? rest : ".",
                 command);
        struct stat status;
        if (access(ret, X_OK) == 0 && stat(ret, &status) == 0 &&
            S_ISREG(status.st_mode)) {
            return 0;
        }
        rest += size + (rest[size] != '\0');
    }
    return -ENOENT;
}

static void read_elf(int fd, const struct stat *status, struct program *ret)
{
    struct image image;

    if (!read_image(fd, &image)) {
        return;
    }
    ret->elf = true;
    ret->privileged = is_privileged(fd, status);
    read_loader(&image, ret);
    compare(&image, ret);
    if (!ret->other_architecture) {
        ret->is_static = !ret->loader[0];
        ret->is_go = has_go_note(&image);
        read_needed(&image, ret);
    }
}

int program_read(const char *command, struct program *ret)
{
    struct stat status;

    *ret = (struct program){0};
    int result = find_path(command, ret->path);
    for (int i = 0; result == 0 && i < PROGRAM_SCRIPTS_MAX; i++) {
        char interpreter[PROGRAM_FIRST_LINE];
        const int fd = open(ret->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd < 0 || fstat(fd, &status) != 0) {
            result = -errno;
        } else if (!read_script(fd, interpreter, sizeof(interpreter))) {
            read_elf(fd, &status, ret);
            close(fd);
            return 0;
        } else {
            if (!ret->script[0]) {
                memcpy(ret->script, ret->path, sizeof(ret->script));
            }
            result = find_path(interpreter, ret->path);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return result;
}

bool program_obstacle(const struct program *program, struct lcc_buf *out)
{
    const char *text = NULL;

    if (!program->elf) {
        return false;
    }
    if (program->other_architecture) {
        text = "is built for another architecture than libcurlcache.so, which "
               "therefore cannot be loaded into it";
    } else if (program->is_go && !program->libcurl[0]) {
        text = "is a Go program, which speaks HTTP without libcurl";
    } else if (program->is_static) {
        text = "is a static program, which no library can be loaded into";
    } else if (program->privileged) {
        text = "is setuid, setgid or has capabilities, where LD_PRELOAD is "
               "ignored";
    } else if (program->other_loader) {
        text = "uses another C library than libcurlcache.so, which therefore "
               "cannot be loaded into it";
    } else {
        return false;
    }
    (void)lcc_buf_printf(out, "%s %s.", program->path, text);
    return true;
}
