/*
 * test_program.c - what a program's file tells
 */
#include "tools/program.h"

#include "tests/support/tmpdir.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static void set_up(void)
{
    folder = tmpdir_new();
}

static void tear_down(void)
{
    folder = tmpdir_free(folder);
}

TestSuite(program, .init = set_up, .fini = tear_down);

static struct program read_bytes(const void *bytes, size_t size, mode_t mode)
{
    struct program program;
    char *path = text_of("%s/program", folder);

    file_write(path, bytes, size);
    cr_assert_eq(chmod(path, mode), 0);
    cr_assert_eq(program_read(path, &program), 0);
    free(path);
    return program;
}

static bool hinders(const struct program *program)
{
    struct lcc_buf sentence = LCC_BUF_INIT(SIZE_MAX);
    const bool answer = program_obstacle(program, &sentence);

    cr_expect_eq(answer, sentence.size > 0);
    lcc_buf_done(&sentence);
    return answer;
}

/* An ELF header of this machine, with no segments: a static program. */
static ElfW(Ehdr) own_header(void)
{
    ElfW(Ehdr) header;
    size_t size = 0;
    char *self = file_read("/proc/self/exe", &size);

    cr_assert_geq(size, sizeof(header));
    memcpy(&header, self, sizeof(header));
    free(self);
    header.e_phnum = 0;
    return header;
}

Test(program, this_one_can_be_preloaded)
{
    struct program program;

    cr_assert_eq(program_read("/proc/self/exe", &program), 0);
    cr_expect(program.elf);
    cr_expect_not(program.is_static);
    cr_expect_not(program.other_architecture);
    cr_expect_not(program.other_loader);
    cr_expect_str_eq(program.libcurl, "");
    cr_expect_not(hinders(&program));
}

Test(program, one_without_a_loader_is_static)
{
    const ElfW(Ehdr) header = own_header();
    const struct program program = read_bytes(&header, sizeof(header), 0755);

    cr_expect(program.elf);
    cr_expect(program.is_static);
    cr_expect(hinders(&program));
}

Test(program, another_machine_is_another_architecture)
{
    ElfW(Ehdr) header = own_header();

    header.e_machine = EM_S390;
    const struct program program = read_bytes(&header, sizeof(header), 0755);
    cr_expect(program.other_architecture);
    cr_expect(hinders(&program));
}

Test(program, another_class_is_another_architecture)
{
    ElfW(Ehdr) header = own_header();

    header.e_ident[EI_CLASS] =
        header.e_ident[EI_CLASS] == ELFCLASS64 ? ELFCLASS32 : ELFCLASS64;
    header.e_phentsize = 1;
    const struct program program = read_bytes(&header, sizeof(header), 0755);
    cr_expect(program.other_architecture);
}

Test(program, a_script_is_judged_by_what_runs_it)
{
    static const char script[] = "#! /bin/sh -e\necho\n";
    const struct program program = read_bytes(script, strlen(script), 0755);

    cr_expect_str_eq(program.path, "/bin/sh");
    cr_expect_neq(program.script[0], '\0');
    cr_expect(program.elf);
}

Test(program, a_script_that_runs_itself_ends)
{
    struct program program;
    char *path = text_of("%s/loop", folder);
    char *script = text_of("#!%s\n", path);

    file_write(path, script, strlen(script));
    cr_assert_eq(chmod(path, 0755), 0);
    cr_expect_eq(program_read(path, &program), 0);
    cr_expect_not(program.elf);
    free(script);
    free(path);
}

Test(program, rubbish_is_no_program_and_no_crash)
{
    ElfW(Ehdr) header = own_header();
    struct program program = read_bytes("\177ELF", 4, 0755);

    cr_expect_not(program.elf);
    header.e_phnum = 0xffff;
    header.e_phoff = UINT64_MAX / 2;
    program = read_bytes(&header, sizeof(header), 0755);
    cr_expect(program.elf);
    program = read_bytes("#!\n", 3, 0755);
    cr_expect_not(program.elf);
}

Test(program, a_setuid_program_of_another_is_privileged)
{
    struct program program;

    if (getuid() == 0) {
        cr_skip_test("root loses nothing by a setuid program");
    }
    cr_assert_eq(program_read("/usr/bin/passwd", &program), 0);
    cr_expect(program.privileged);
}

Test(program, what_is_not_there_is_said)
{
    struct program program;

    cr_expect_eq(program_read("no-such-command-anywhere", &program), -ENOENT);
    cr_expect_eq(program_read("/nonexistent/x", &program), -ENOENT);
}
