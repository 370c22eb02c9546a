/*
 * test_curlcache_run.c - run, env and doctor
 */
#include "store/base.h"
#include "tests/tools/cache.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_up(void)
{
#ifdef LCC_SANITISED
    cr_skip_test("a sanitised library cannot be preloaded into sh");
#endif
    cache_set_up();
}

TestSuite(curlcache_run, .init = set_up, .fini = cache_tear_down);

Test(curlcache_run, the_program_gets_preload_flags_and_its_own_words)
{
    RUN_RESULT result = tool_run_in(
        ARGV("LD_PRELOAD=libc.so.6"),
        ARGV(TOOL_PATH, "run", "--ttl", "1h", "--max-size=64M", "sh", "-c",
             "echo $LD_PRELOAD $CURLCACHE_TTL $CURLCACHE_MAX_SIZE $0 $1", "-x",
             "--ttl"));
    cr_expect_eq(result.exit_code, 0, "%s", result.err);
    cr_expect_eq(result.out[0], '/');
    cr_expect(says(result.out, "/libcurlcache.so:libc.so.6 1h 64M -x --ttl\n"),
              "%s", result.out);
    cr_expect_eq(result.err_size, 0, "%s", result.err);
}

Test(curlcache_run, running_in_a_run_preloads_once)
{
    RUN_RESULT result = TOOL("run", "--", TOOL_PATH, "run", "--", "sh", "-c",
                             "echo $LD_PRELOAD");

    cr_expect_eq(result.exit_code, 0, "%s", result.err);
    cr_expect_not(says(result.out, ":"), "%s", result.out);
}

Test(curlcache_run, the_status_is_the_programs)
{
    RUN_RESULT seven = TOOL("run", "sh", "-c", "exit 7");
    RUN_RESULT none =
        tool_run_in(ARGV("PATH=/usr/bin:/bin"),
                    ARGV(TOOL_PATH, "run", "no-such-command-anywhere"));
    RUN_RESULT folder = TOOL("run", "/");

    cr_expect_eq(seven.exit_code, 7);
    cr_expect_eq(none.exit_code, 127);
    cr_expect(one_sentence(&none), "%s", none.err);
    cr_expect_eq(folder.exit_code, 126);
}

Test(curlcache_run, a_bad_setting_starts_nothing)
{
    RUN_RESULT flag = TOOL("run", "--mode", "often", "echo", "started");
    RUN_RESULT env = tool_run_in(ARGV("CURLCACHE_CODES=abc"),
                                 ARGV(TOOL_PATH, "run", "echo", "started"));

    cr_expect_eq(flag.exit_code, 2);
    cr_expect_eq(flag.out_size, 0);
    cr_expect(one_sentence(&flag), "%s", flag.err);
    cr_expect(says(flag.err, "often"), "%s", flag.err);
    cr_expect_eq(env.exit_code, 2);
    cr_expect_eq(env.out_size, 0);
    cr_expect(says(env.err, "CURLCACHE_CODES"), "%s", env.err);
}

Test(curlcache_run, an_unknown_name_is_pointed_out_and_it_runs)
{
    RUN_RESULT result = tool_run_in(ARGV("CURLCACHE_TLL=1h"),
                                    ARGV(TOOL_PATH, "run", "echo", "started"));

    cr_expect_eq(result.exit_code, 0);
    cr_expect_str_eq(result.out, "started\n");
    cr_expect(says(result.err, "CURLCACHE_TTL"), "%s", result.err);
}

/* A whole static program would need a compiler here: its header is enough. */
Test(curlcache_run, a_static_program_is_warned_of)
{
    char *path = text_of("%s/static", cache_home);
    size_t size = 0;
    char *self = file_read("/proc/self/exe", &size);
    ElfW(Ehdr) header;

    memcpy(&header, self, sizeof(header));
    header.e_phnum = 0;
    file_write(path, &header, sizeof(header));
    cr_assert_eq(chmod(path, 0755), 0);
    RUN_RESULT result = TOOL("run", path);
    RUN_RESULT doctor = TOOL("doctor", path);
    cr_expect(says(result.err, "static program"), "%s", result.err);
    cr_expect(says(doctor.out, "BAD  "), "%s", doctor.out);
    cr_expect(says(doctor.out, "static program"), "%s", doctor.out);
    cr_expect_eq(doctor.exit_code, 3);
    free(self);
    free(path);
}

Test(curlcache_run, env_can_be_evaluated_and_taken_back)
{
    static const char script[] =
        "eval \"$(\"$0\" env --ttl 1h --urls-ttl \"a.b/it's=5m\")\" &&"
        "echo \"$LD_PRELOAD|$CURLCACHE_TTL|$CURLCACHE_URLS_TTL\" &&"
        "eval \"$(\"$0\" env --unset)\" &&"
        "echo \"${LD_PRELOAD-unset}|${CURLCACHE_TTL-unset}\"";
    RUN_RESULT result =
        tool_run_in(NULL, ARGV("/bin/sh", "-c", script, TOOL_PATH));
    RUN_RESULT kept =
        tool_run_in(ARGV("LD_PRELOAD=/a/libcurlcache.so:libc.so.6"),
                    ARGV(TOOL_PATH, "env", "--unset"));

    cr_expect(
        says(result.out, "/libcurlcache.so|1h|a.b/it's=5m\nunset|unset\n"),
        "%s%s", result.out, result.err);
    cr_expect(says(kept.out, "export LD_PRELOAD='libc.so.6'\n"), "%s",
              kept.out);
}

/* As Go's linker marks what it makes, static or not. */
Test(curlcache_run, a_go_program_is_warned_of)
{
    struct marked {
        ElfW(Ehdr) header;
        ElfW(Phdr) segment;
        ElfW(Nhdr) note;
        char owner[4];
    } file = {.note = {.n_namesz = 4, .n_type = 4}, .owner = "Go"};
    char *path = text_of("%s/gone", cache_home);
    size_t size = 0;
    char *self = file_read("/proc/self/exe", &size);

    memcpy(&file.header, self, sizeof(file.header));
    file.header.e_phnum = 1;
    file.header.e_phoff = offsetof(struct marked, segment);
    file.segment.p_type = PT_NOTE;
    file.segment.p_offset = offsetof(struct marked, note);
    file_write(path, &file, sizeof(file));
    cr_assert_eq(chmod(path, 0755), 0);
    RUN_RESULT doctor = TOOL("doctor", path);
    cr_expect(says(doctor.out, "BAD  "), "%s", doctor.out);
    cr_expect(says(doctor.out, "is a Go program"), "%s", doctor.out);
    cr_expect_eq(doctor.exit_code, 3);
    file.owner[0] = 'N';
    file_write(path, &file, sizeof(file));
    RUN_RESULT other = TOOL("doctor", path);
    cr_expect(!says(other.out, "Go program"), "%s", other.out);
    free(self);
    free(path);
}

struct verdict {
    const char *command;
    const char *says;
};

/* What is said of programs in README's table, of those that are here. */
static const struct verdict verdicts[] = {
    {"/usr/bin/curl", "is linked to libcurl.so.4"},
    {"/usr/bin/cmake", "is linked to libcurl.so.4"},
    {"/usr/bin/zckdl", "is linked to libcurl.so.4"},
    {"/usr/lib/git-core/git-remote-http", "is linked to libcurl-gnutls.so.4"},
    {"/usr/bin/hxnormalize", "is linked to libcurl-gnutls.so.4"},
    {"/usr/bin/git", "is not linked to libcurl itself"},
    {"/usr/bin/php", "is not linked to libcurl itself"},
    {"/usr/bin/samtools", "is not linked to libcurl itself"},
    {"/usr/bin/rapper", "is not linked to libcurl itself"},
    {"/usr/bin/qemu-img", "is not linked to libcurl itself"},
    {"/usr/bin/Rscript", "is not linked to libcurl itself"},
    {"/sbin/ldconfig", "is a static program"},
};

Test(curlcache_run, doctor_knows_how_programs_are_linked, .timeout = 120)
{
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        const struct verdict *verdict = &verdicts[i];

        if (access(verdict->command, X_OK) == 0) {
            RUN_RESULT doctor = TOOL("doctor", verdict->command);

            cr_expect(says(doctor.out, verdict->says), "%s: %s",
                      verdict->command, doctor.out);
        }
    }
}

Test(curlcache_run, doctor_proves_itself)
{
    RUN_RESULT doctor = TOOL("doctor", TOOL_PATH);

    cr_expect_eq(doctor.exit_code, 0, "%s%s", doctor.out, doctor.err);
    cr_expect(says(doctor.out, "the second was answered from the cache"), "%s",
              doctor.out);
    cr_expect(says(doctor.out, "is linked to libcurl"), "%s", doctor.out);
    cr_expect_neq(access(cache_folder, F_OK), 0, "the doctor makes no cache");
}

Test(curlcache_run, doctor_finds_what_is_wrong)
{
    file_write(cache_folder, "a file", 6);
    RUN_RESULT folder = TOOL("doctor");
    cr_expect_eq(folder.exit_code, 3);
    cr_expect(says(folder.out, "BAD  "), "%s", folder.out);
    RUN_RESULT setting =
        tool_run_in(ARGV("CURLCACHE_TTL=soon"), ARGV(TOOL_PATH, "doctor"));
    cr_expect_eq(setting.exit_code, 3);
    cr_expect(says(setting.out, "CURLCACHE_TTL"), "%s", setting.out);
    RUN_RESULT none = TOOL("doctor", "no-such-command-anywhere");
    cr_expect_eq(none.exit_code, 3);
    RUN_RESULT unlinked = TOOL("doctor", "sh");
    cr_expect(says(unlinked.out, "not linked to libcurl"), "%s", unlinked.out);
}

Test(curlcache_run, doctor_sees_a_cache_of_another_version)
{
    const struct cache_item item = {.url = "http://a.example.org/x"};
    char *other =
        text_of("%s/u%u-64le-v99", cache_folder, (unsigned int)geteuid());

    cache_put(&item);
    cr_assert_eq(mkdir(other, 0700), 0);
    RUN_RESULT doctor = TOOL("doctor");
    cr_expect_eq(doctor.exit_code, 0, "%s", doctor.out);
    cr_expect(says(doctor.out, "1 response\n"), "%s", doctor.out);
    cr_expect(says(doctor.out, "v99 is a cache of another version"), "%s",
              doctor.out);
    free(other);
}
