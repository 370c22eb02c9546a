/*
 * The Berkeley DB inside us is nobody else's: nothing of it is seen, nothing
 * outside is needed, and a host that uses Debian's own beside it is unharmed.
 */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_OTHER_LIBDB
#include <db.h>
#endif

typedef int (*work_fn)(const char *folder, unsigned int rounds);

static char folder[] = "/tmp/lcc-hidden-XXXXXX";

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void teardown(void)
{
    char line[128];

    (void)snprintf(line, sizeof(line), "rm -rf %s", folder);
    (void)!system(line);
}

TestSuite(hidden, .init = setup, .fini = teardown);

static void *load(void)
{
    void *object = dlopen(getenv("HIDDEN_STORE"), RTLD_NOW | RTLD_LOCAL);

    cr_assert_not_null(object, "%s", dlerror());
    return object;
}

static work_fn work_of(void *object)
{
    void *symbol = dlsym(object, "hidden_store_work");
    work_fn work;

    cr_assert_not_null(symbol);
    memcpy(&work, &symbol, sizeof(work));
    return work;
}

static const ElfW(Dyn) * dynamic_of(void *object)
{
    struct link_map *map = NULL;

    cr_assert_eq(dlinfo(object, RTLD_DI_LINKMAP, &map), 0);
    return map->l_ld;
}

static const char *strings_of(const ElfW(Dyn) * dynamic)
{
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_STRTAB) {
            return (const char *)dynamic->d_un.d_ptr;
        }
    }
    return "";
}

Test(hidden, it_needs_no_libdb_and_no_text_relocations)
{
    const ElfW(Dyn) *dynamic = dynamic_of(load());
    const char *strings = strings_of(dynamic);

    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        cr_expect_neq(dynamic->d_tag, DT_TEXTREL);
        if (dynamic->d_tag == DT_FLAGS) {
            cr_expect_eq(dynamic->d_un.d_val & DF_TEXTREL, 0);
        }
        if (dynamic->d_tag == DT_NEEDED) {
            cr_expect_null(strstr(strings + dynamic->d_un.d_val, "libdb"), "%s",
                           strings + dynamic->d_un.d_val);
        }
    }
}

static const Elf64_Shdr *symbols_of(const unsigned char *file)
{
    const Elf64_Ehdr *header = (const void *)file;
    const Elf64_Shdr *sections = (const void *)(file + header->e_shoff);

    for (unsigned int i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_DYNSYM) {
            return &sections[i];
        }
    }
    return NULL;
}

Test(hidden, it_exports_one_function_and_nothing_of_berkeley_db,
     .disabled = sizeof(void *) != 8)
{
    int fd = open(getenv("HIDDEN_STORE"), O_RDONLY | O_CLOEXEC);
    const Elf64_Shdr *section;
    const Elf64_Shdr *sections;
    const unsigned char *file;
    struct stat st;
    int seen = 0;

    cr_assert_eq(fstat(fd, &st), 0);
    file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    cr_assert_neq(file, MAP_FAILED);
    section = symbols_of(file);
    cr_assert_not_null(section);
    sections =
        (const void *)(file +
                       ((const Elf64_Ehdr *)(const void *)file)->e_shoff);
    for (size_t i = 0; i < section->sh_size / sizeof(Elf64_Sym); i++) {
        const Elf64_Sym *symbol =
            (const Elf64_Sym *)(const void *)(file + section->sh_offset) + i;
        const char *name = (const char *)file +
                           sections[section->sh_link].sh_offset +
                           symbol->st_name;

        if (symbol->st_shndx != SHN_UNDEF) {
            seen++;
            cr_expect_str_eq(name, "hidden_store_work");
        } else {
            cr_expect_neq(strncmp(name, "db_", 3), 0, "%s", name);
        }
    }
    cr_expect_eq(seen, 1);
}

Test(hidden, it_works_and_prints_nothing)
{
    char path[128];
    struct stat st;
    int result;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/words", folder);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    (void)fflush(NULL);
    int out = dup(1);
    int err = dup(2);
    (void)dup2(fd, 1);
    (void)dup2(fd, 2);
    result = work_of(load())(folder, 300);
    (void)fflush(NULL);
    (void)dup2(out, 1);
    (void)dup2(err, 2);
    cr_expect_eq(result, 0);
    cr_assert_eq(fstat(fd, &st), 0);
    cr_expect_eq(st.st_size, 0);
}

#ifdef HAVE_OTHER_LIBDB
/* One round of the host's own database: put a number, read it back. */
static int host_round(DB *db, unsigned int number)
{
    DBT key = {.data = &number, .size = sizeof(number)};
    unsigned int value = number * 3;
    DBT data = {.data = &value, .size = sizeof(value)};
    DBT back = {.flags = 0};
    unsigned int got;

    if (db->put(db, NULL, &key, &data, 0) != 0 ||
        db->get(db, NULL, &key, &back, 0) != 0 || back.size != sizeof(got)) {
        return 1;
    }
    memcpy(&got, back.data, sizeof(got));
    return got == value ? 0 : 1;
}

Test(hidden, a_host_with_a_libdb_of_its_own_works_beside_it)
{
    work_fn work = work_of(load());
    char path[128];
    int errors = 0;
    DB *db;

    (void)snprintf(path, sizeof(path), "%s/host.db", folder);
    cr_assert_eq(db_create(&db, NULL, 0), 0);
    cr_assert_eq(db->open(db, NULL, path, NULL, DB_BTREE, DB_CREATE, 0600), 0);
    for (unsigned int i = 0; i < 5000; i++) {
        errors += host_round(db, i);
        if (i % 100 == 0) {
            cr_assert_eq(work(folder, 20), 0);
        }
        if (i % 500 == 0) {
            errors += db->sync(db, 0) != 0;
        }
    }
    cr_expect_eq(db->close(db, 0), 0);
    cr_expect_eq(errors, 0);
    cr_assert_eq(db_create(&db, NULL, 0), 0);
    cr_expect_eq(db->verify(db, path, NULL, NULL, 0), 0);
}
#endif
