/*
 * dl_file.c - reading DT_NEEDED from an ELF file that is not loaded yet
 *
 * The file may be anything: every offset is checked by the read itself, every
 * count has a limit (ELF gABI, chapters 4 and 5).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/dl.h"
#include "store/base.h"

enum {
    LCC_SEGMENTS_MAX = 64,
    LCC_ENTRIES_MAX = 1024, /* of the dynamic section */
    LCC_NAME_SIZE = 256,    /* bytes of a needed file's name */
};

struct elf {
    int fd;
    size_t segment_count;
    ElfW(Phdr) segments[LCC_SEGMENTS_MAX];
};

static void close_fdp(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static bool read_all(int fd, void *out, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX &&
           pread(fd, out, size, (off_t)offset) == (ssize_t)size;
}

static bool same_machine(const ElfW(Ehdr) * header)
{
    const unsigned char class_ =
        sizeof(void *) == sizeof(Elf64_Addr) ? ELFCLASS64 : ELFCLASS32;

    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == class_ &&
           header->e_phentsize == sizeof(ElfW(Phdr)) && header->e_phnum > 0 &&
           header->e_phnum <= LCC_SEGMENTS_MAX;
}

static bool read_segments(struct elf *elf)
{
    ElfW(Ehdr) header;

    if (!read_all(elf->fd, &header, sizeof(header), 0) ||
        !same_machine(&header)) {
        return false;
    }
    elf->segment_count = header.e_phnum;
    return read_all(elf->fd, elf->segments,
                    header.e_phnum * sizeof(elf->segments[0]), header.e_phoff);
}

static const ElfW(Phdr) * dynamic_segment(const struct elf *elf)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].p_type == PT_DYNAMIC) {
            return &elf->segments[i];
        }
    }
    return NULL;
}

/* Where in the file an address of the loaded object comes from. */
static bool file_offset(const struct elf *elf, uint64_t address,
                        uint64_t *ret_offset)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        const ElfW(Phdr) *segment = &elf->segments[i];

        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            address - segment->p_vaddr < segment->p_filesz) {
            *ret_offset = address - segment->p_vaddr + segment->p_offset;
            return true;
        }
    }
    return false;
}

static bool names_libcurl(const struct elf *elf, uint64_t offset)
{
    char name[LCC_NAME_SIZE + 1] = "";
    ssize_t got;

    if (offset > INT64_MAX) {
        return false;
    }
    got = pread(elf->fd, name, LCC_NAME_SIZE, (off_t)offset);
    if (got <= 0) {
        return false;
    }
    name[got] = '\0';
    return lcc_dl_is_libcurl_name(name);
}

static bool any_needed(const struct elf *elf, const ElfW(Dyn) * entries,
                       size_t count, uint64_t strings)
{
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        uint64_t offset;

        if (entries[i].d_tag == DT_NEEDED &&
            !__builtin_add_overflow(strings, (uint64_t)entries[i].d_un.d_val,
                                    &offset) &&
            names_libcurl(elf, offset)) {
            return true;
        }
    }
    return false;
}

static bool needs_libcurl(const struct elf *elf)
{
    ElfW(Dyn) entries[LCC_ENTRIES_MAX];
    const ElfW(Phdr) *dynamic = dynamic_segment(elf);
    size_t count = dynamic ? dynamic->p_filesz / sizeof(entries[0]) : 0;
    uint64_t strings;

    if (count == 0 || count > LCC_ENTRIES_MAX ||
        !read_all(elf->fd, entries, count * sizeof(entries[0]),
                  dynamic->p_offset)) {
        return false;
    }
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        if (entries[i].d_tag == DT_STRTAB &&
            file_offset(elf, entries[i].d_un.d_ptr, &strings)) {
            return any_needed(elf, entries, count, strings);
        }
    }
    return false;
}

bool lcc_dl_file_needs_libcurl(const char *path)
{
    LCC_CLEANUP(close_fdp)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat about;
    struct elf elf = {.fd = fd};

    return fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
           read_segments(&elf) && needs_libcurl(&elf);
}
