/*
 * costs_client.c - what a warm hit asks of the allocator and of the kernel
 *
 * usage: costs_client URL easy|multi plain|nosignal|lines|ignored
 *        allocations|calls
 *
 * An ordinary libcurl program whose own malloc() counts. After a few transfers
 * that warm up, `allocations` prints how many there were at most within one
 * transfer. `calls` dies of every system call but rt_sigaction(), which is not
 * allowed where it is `nosignal`: no poll() either, though the program waits in
 * `multi`. With `ignored` the program ignores SIGPIPE itself. It prints "quiet"
 * when it has lived to tell.
 */
#include <curl/curl.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WARM_UP = 5, ROUNDS = 300, POLL_MS = 1000 };

/* glibc's own, behind the names that are taken over here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local unsigned int allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    allocations++;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static CURLM *multi; /* NULL: the easy interface */

static CURLcode in_multi(CURL *curl)
{
    CURLcode result = CURLE_FAILED_INIT;
    CURLMsg *message;
    int running = 1;
    int left;

    curl_multi_add_handle(multi, curl);
    while (running && curl_multi_perform(multi, &running) == CURLM_OK) {
        if (running) {
            curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
        }
    }
    message = curl_multi_info_read(multi, &left);
    if (message) {
        result = message->data.result;
    }
    curl_multi_remove_handle(multi, curl);
    return result;
}

static bool transfer(CURL *curl)
{
    long status = 0;
    CURLcode result = multi ? in_multi(curl) : curl_easy_perform(curl);

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return result == CURLE_OK && status == 200;
}

static CURL *make_handle(const char *url, const char *how)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    if (strcmp(how, "nosignal") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    } else if (strcmp(how, "lines") == 0) {
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, swallow);
    } else if (strcmp(how, "ignored") == 0) {
        signal(SIGPIPE, SIG_IGN);
    }
    return curl;
}

/* --- the kernel ---------------------------------------------------------- */

#define ALLOW(number)                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                       \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static bool confine(bool signals)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_exit_group),
        ALLOW(signals ? SYS_rt_sigaction : SYS_write),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int be_quiet(CURL *curl, bool signals)
{
    static const char said[] = "quiet\n";
    bool ok = confine(signals);

    for (int i = 0; i < ROUNDS && ok; i++) {
        ok = transfer(curl);
    }
    if (ok) {
        ok = write(STDOUT_FILENO, said, sizeof(said) - 1) > 0;
    }
    syscall(SYS_exit_group, ok ? 0 : 3);
    return 3;
}

static int count_allocations(CURL *curl)
{
    unsigned int most = 0;

    for (int i = 0; i < ROUNDS; i++) {
        allocations = 0;
        if (!transfer(curl)) {
            return 3;
        }
        most = allocations > most ? allocations : most;
    }
    printf("%u\n", most);
    return 0;
}

int main(int argc, char **argv)
{
    CURL *curl;

    if (argc != 5) {
        return 2;
    }
    curl = make_handle(argv[1], argv[3]);
    multi = strcmp(argv[2], "multi") == 0 ? curl_multi_init() : NULL;
    for (int i = 0; i < WARM_UP; i++) {
        if (!transfer(curl)) {
            return 3;
        }
    }
    return strcmp(argv[4], "calls") == 0
               ? be_quiet(curl, strcmp(argv[3], "nosignal") != 0)
               : count_allocations(curl);
}
