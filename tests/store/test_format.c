/*
 * The files of a cache, read by the offsets that FORMAT.md gives and nothing
 * else: numbers are written out here, as they stand there.
 */
#include <criterion/criterion.h>

#include "store/hash.h"
#include "store_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ENTRIES = 200 };

static struct help_folder folder;

struct file {
    uint8_t *bytes;
    size_t size;
};

static struct file slurp(const char *path)
{
    FILE *in = fopen(path, "r");
    struct stat st;
    struct file file;

    cr_assert_not_null(in, "%s", path);
    cr_assert_eq(fstat(fileno(in), &st), 0);
    file.size = (size_t)st.st_size;
    file.bytes = malloc(file.size + 1);
    cr_assert_eq(fread(file.bytes, 1, file.size, in), file.size);
    (void)fclose(in);
    return file;
}

static uint64_t number(const struct file *file, size_t at, size_t bytes)
{
    uint64_t value = 0;

    cr_assert_leq(at + bytes, file->size);
    for (size_t i = 0; i < bytes; i++) {
        const size_t from =
            __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? bytes - 1 - i : i;

        value = value << 8 | file->bytes[at + from];
    }
    return value;
}

static uint64_t checksum(const struct file *file, size_t at, size_t size)
{
    cr_assert_leq(at + size, file->size);
    return lcc_checksum(lcc_span_of(file->bytes + at, size));
}

static void setup(void)
{
    struct lcc_store *store;

    help_folder_init(&folder);
    store = help_open(&folder);
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        cr_assert_eq(help_put(store, i, 1, i % 20 * 1500), 0);
    }
    cr_assert_eq(help_put_parts(store, ENTRIES + 1, 1), 0);
    cr_assert_eq(help_put(store, ENTRIES + 2, 1, 10), 0);
    (void)lcc_store_free(store);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(format, .init = setup, .fini = teardown);

Test(format, the_control_file)
{
    const struct file ctl = slurp(help_file(&folder, "ctl"));
    const char *database = help_database(&folder);
    const struct file index = slurp(database);
    char hex[LCC_HASH_HEX_SIZE];
    struct lcc_hash id;

    cr_expect_eq(ctl.size, 4096);
    cr_expect_eq(number(&ctl, 0, 8), UINT64_C(0x6c63632d63746c01));
    cr_expect_eq(number(&ctl, 8, 4), 1);
    cr_expect_eq(number(&ctl, 12, 4), 4096);
    memcpy(id.bytes, ctl.bytes + 16, 16);
    lcc_hash_to_hex(&id, hex);
    cr_expect_not_null(strstr(help_database(&folder), hex));
    cr_expect_gt(number(&ctl, 64, 8), 1, "commits");
    cr_expect_eq(number(&ctl, 72, 4), 0);
    cr_expect_eq(number(&ctl, 76, 4), 0);
    cr_expect_eq(number(&ctl, 80, 8), index.size);
    cr_expect_eq(number(&ctl, 88, 4), 0);
    cr_expect_gt(number(&ctl, 104, 8), 0, "recent rows");
    cr_expect_eq(number(&ctl, 120, 4), 0);
    free(ctl.bytes);
    free(index.bytes);
}

/* Every page, its kind, and how many entries lead to a record. */
Test(format, the_pages_of_the_index)
{
    const struct file index = slurp(help_database(&folder));
    const size_t page = 8192;
    size_t entries = 0;
    size_t elsewhere = 0;
    size_t uses = 0;

    cr_assert_eq(index.size % page, 0);
    cr_expect_eq(number(&index, 12, 4), 0x53162);
    cr_expect_eq(number(&index, 20, 4), page);
    cr_expect_eq(number(&index, 32, 4), index.size / page - 1);
    cr_expect_eq(index.bytes[25], 9);
    cr_expect_lt(number(&index, 88, 4) * page, index.size);
    for (size_t at = 0; at < index.size; at += page) {
        const size_t count = number(&index, at + 20, 2);

        cr_expect_eq(number(&index, at, 8), checksum(&index, at + 8, page - 8));
        cr_expect_eq(number(&index, at + 8, 4), at / page);
        if (index.bytes[at + 25] != 5) {
            continue;
        }
        cr_expect_eq(index.bytes[at + 24], 1);
        for (size_t i = 0; i < count; i += 2) {
            const size_t key = at + number(&index, at + 26 + 2 * i, 2);
            const size_t value = at + number(&index, at + 28 + 2 * i, 2);

            cr_expect_eq(index.bytes[key + 2], 1, "keys are short");
            if (index.bytes[key + 3] == 'E') {
                cr_expect_eq(number(&index, key, 2), 49);
                entries++;
                elsewhere += index.bytes[value + 2] == 3;
            }
            if (index.bytes[key + 3] == 'U') {
                const size_t tells = number(&index, value, 2);

                cr_expect_eq(number(&index, key, 2), 66);
                cr_expect(tells == 0 || tells == 8);
                uses++;
            }
        }
    }
    cr_expect_gt(entries, ENTRIES / 2);
    cr_expect_leq(entries, ENTRIES + 2);
    cr_expect_gt(elsewhere, 0);
    cr_expect_eq(uses, entries);
    free(index.bytes);
}

Test(format, the_journal)
{
    const struct file ctl = slurp(help_file(&folder, "ctl"));
    const struct file journal = slurp(help_file(&folder, "journal"));
    const size_t count = number(&journal, 12, 4);
    const size_t pages = (64 + count * 16 + 4095) / 4096 * 4096;

    cr_expect_eq(number(&journal, 0, 8), UINT64_C(0x6c63632d6a726e02));
    cr_expect_eq(number(&journal, 8, 4), 8192);
    cr_expect_arr_eq(journal.bytes + 16, ctl.bytes + 16, 16);
    cr_expect_eq(number(&journal, 32, 8), number(&ctl, 64, 8), "the commit");
    cr_expect_eq(number(&journal, 40, 8), number(&ctl, 80, 8), "the size");
    cr_expect_eq(number(&journal, 48, 8), number(&ctl, 112, 8));
    cr_expect_eq(number(&journal, 56, 8),
                 checksum(&journal, 0, 56) ^
                     checksum(&journal, 64, count * 16) * 3);
    for (size_t i = 0; i < count; i++) {
        const size_t row = 64 + i * 16;
        const size_t page = pages + i * 8192;

        cr_expect_eq(number(&journal, page + 8, 4), number(&journal, row, 4));
        cr_expect_eq(number(&journal, page, 8), number(&journal, row + 8, 8));
    }
    free(ctl.bytes);
    free(journal.bytes);
}

Test(format, the_recent_records)
{
    const struct file ctl = slurp(help_file(&folder, "ctl"));
    const struct file recent = slurp(help_file(&folder, "recent"));
    const size_t end = number(&ctl, 104, 8);
    size_t rows = 0;

    for (size_t at = 0; at < end; rows++) {
        const size_t size = number(&recent, at + 4, 4);

        cr_assert_arr_eq(recent.bytes + at, "RCCL", 4);
        cr_expect_eq(number(&recent, at + 8, 8), number(&ctl, 112, 8));
        cr_expect_eq(number(&recent, at + 16, 8), at);
        cr_expect_eq(number(&recent, at + 80, 8),
                     checksum(&recent, at + 96, size));
        at += (96 + size + 7) / 8 * 8;
    }
    cr_expect_gt(rows, 0);
    cr_expect_leq(rows, 64);
    free(ctl.bytes);
    free(recent.bytes);
}

Test(format, a_side_file)
{
    char line[HELP_PATH * 2];
    char path[HELP_PATH * 2];
    char hex[LCC_HASH_HEX_SIZE];
    struct lcc_hash name;
    struct file file;
    uint64_t size;
    size_t sums;
    FILE *out;

    (void)snprintf(line, sizeof(line), "ls -1 %s/*/bodies/* | head -n 1",
                   folder.path);
    out = popen(line, "r");
    cr_assert_not_null(fgets(path, sizeof(path), out));
    (void)pclose(out);
    path[strcspn(path, "\n")] = '\0';
    file = slurp(path);
    cr_expect_eq(number(&file, file.size - 40, 8),
                 UINT64_C(0x6c63632d626f6402));
    size = number(&file, file.size - 32, 8);
    sums = (size + 65535) / 65536;
    cr_assert_eq(file.size, size + sums * 8 + 40);
    for (size_t i = 0; i < sums; i++) {
        const size_t left = size - i * 65536;

        cr_expect_eq(number(&file, size + i * 8, 8),
                     checksum(&file, i * 65536, left < 65536 ? left : 65536) ^
                         number(&file, file.size - 24, 8));
    }
    memcpy(name.bytes, file.bytes + file.size - 24, 16);
    lcc_hash_to_hex(&name, hex);
    cr_expect_str_eq(strrchr(path, '/') + 1, hex);
    free(file.bytes);
}
