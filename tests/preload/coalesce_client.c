/*
 * coalesce_client.c - an ordinary libcurl program that misses beside others
 *
 * coalesce_client URL [STEP...]: each step makes what its name says, and bodies
 * go to stdout. It knows nothing of the cache. Steps:
 *
 *   get          a transfer on the one handle
 *   took         how long that transfer took, in milliseconds, to stdout
 *   code         its CURLcode, to stdout; it is no failure then
 *   total        what CURLINFO_TOTAL_TIME says of it, in milliseconds
 *   threads=N    N threads make a transfer each, at once
 *   multi=N      N handles of one multi handle, at once
 *   between=LINE a transfer by a multi handle; when it was driven once, sh runs
 *                the line, without the preload
 *   timeout=MS   CURLOPT_TIMEOUT_MS of the one handle
 *   field=LINE   a request field more
 *   abort=N      the N-th call of the progress callback ends the transfer
 *   kill         die by SIGKILL at the first piece of a body
 *   halt         likewise SIGSTOP
 *   jump         leave the transfer by longjmp() at the first piece of a body
 *   exec         become sleep(1) for three seconds at the first piece
 *   fork         at the first piece a child asks the same, and exits
 *   leave        clean the handle up, whatever became of its transfer
 *   again        a transfer on a new handle
 *   rest         do nothing for three seconds
 *   nested       at the first piece of a body another handle asks the same
 *   stop         end a transfer when its head has arrived
 *   mark=FILE    make this file then
 *   status       print Cache-Status in the place of the body
 */
#include <curl/curl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

static const char *url;
static pthread_barrier_t barrier;
static int failed;
static CURLcode last;
static double took_ms;
static int signals; /* to be raised at the first piece */
static bool jumps;
static bool execs;
static bool forks;
static bool nests;
static jmp_buf outside;
static bool stops;
static bool shows_status;
static const char *mark;
static long calls_left;
static struct curl_slist *fields;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static size_t on_body(char *data, size_t size, size_t count, void *user);

static void nest(void)
{
    CURL *inner = curl_easy_init();

    nests = false;
    curl_easy_setopt(inner, CURLOPT_URL, url);
    curl_easy_setopt(inner, CURLOPT_WRITEFUNCTION, on_body);
    if (curl_easy_perform(inner) != CURLE_OK) {
        failed = 1;
    }
    curl_easy_cleanup(inner);
}

static void ask_in_child(void)
{
    pid_t child;

    forks = false;
    child = fork();
    if (child == 0) {
        nest();
        fflush(stdout);
        _exit(failed);
    }
    waitpid(child, NULL, 0);
}

/* What is to happen in the middle of a transfer. */
static void interfere(void)
{
    if (signals) {
        raise(signals);
        signals = 0;
    }
    if (jumps) {
        jumps = false;
        longjmp(outside, 1);
    }
    if (execs) {
        execlp("sleep", "sleep", "3", (char *)NULL);
    }
    if (forks) {
        ask_in_child();
    }
    if (nests) {
        nest();
    }
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    (void)user;
    interfere();
    if (!shows_status) {
        fwrite(data, size, count, stdout);
    }
    return size * count;
}

/* Once: those who look for it go on from here. */
static void make_mark(void)
{
    FILE *file = fopen(mark, "we");

    if (!file || fclose(file) != 0) {
        failed = 1;
    }
    mark = NULL;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    static const char name[] = "Cache-Status:";

    (void)user;
    if (shows_status && size * count > sizeof(name) &&
        strncasecmp(data, name, sizeof(name) - 1) == 0) {
        fwrite(data, size, count, stdout);
    }
    if (mark && data[0] == '\r') {
        make_mark();
    }
    return stops && data[0] == '\r' ? 0 : size * count;
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c,
                       curl_off_t d)
{
    (void)user;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return --calls_left == 0;
}

static CURL *handle_new(void)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "coalesce_client");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    return curl;
}

static void get(CURL *curl)
{
    double start = now_ms();

    last = CURLE_ABORTED_BY_CALLBACK;
    if (setjmp(outside) == 0) {
        last = curl_easy_perform(curl);
    }
    took_ms = now_ms() - start;
    if (last != CURLE_OK) {
        failed = 1;
    }
    fflush(stdout);
}

/* What each thread is told, kept apart: the test compares them. */
struct told {
    char *bytes;
    size_t size;
};

static size_t keep(char *data, size_t size, size_t count, void *user)
{
    struct told *told = user;

    interfere();
    char *longer = realloc(told->bytes, told->size + size * count);

    if (!longer) {
        return 0;
    }
    memcpy(longer + told->size, data, size * count);
    told->bytes = longer;
    told->size += size * count;
    return size * count;
}

static void *thread_main(void *arg)
{
    CURL *curl = handle_new();

    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, arg);
    pthread_barrier_wait(&barrier);
    if (curl_easy_perform(curl) != CURLE_OK) {
        __atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
    }
    curl_easy_cleanup(curl);
    return NULL;
}

static void do_threads(int count)
{
    pthread_t threads[THREADS_MAX];
    struct told told[THREADS_MAX] = {{NULL, 0}};

    count = count < THREADS_MAX ? count : THREADS_MAX;
    pthread_barrier_init(&barrier, NULL, (unsigned int)count);
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, thread_main, &told[i]);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        fwrite(told[i].bytes, 1, told[i].size, stdout);
        free(told[i].bytes);
    }
    pthread_barrier_destroy(&barrier);
    fflush(stdout);
}

static void do_multi(int count)
{
    CURLM *multi = curl_multi_init();
    CURL *easy[THREADS_MAX];
    struct told told[THREADS_MAX] = {{NULL, 0}};
    int running = 1;
    int left;
    const CURLMsg *message;

    count = count < THREADS_MAX ? count : THREADS_MAX;
    for (int i = 0; i < count; i++) {
        easy[i] = handle_new();
        curl_easy_setopt(easy[i], CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(easy[i], CURLOPT_WRITEDATA, &told[i]);
        curl_multi_add_handle(multi, easy[i]);
    }
    while (running) {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        failed = failed || message->data.result != CURLE_OK;
    }
    for (int i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, easy[i]);
        curl_easy_cleanup(easy[i]);
        fwrite(told[i].bytes, 1, told[i].size, stdout);
        free(told[i].bytes);
    }
    curl_multi_cleanup(multi);
    fflush(stdout);
}

/* What it will be told was looked up before the line, and is read after it. */
static void do_between(CURL *curl, const char *line)
{
    CURLM *multi = curl_multi_init();
    const CURLMsg *message;
    int running = 1;
    int left;

    unsetenv("LD_PRELOAD");
    last = CURLE_FAILED_INIT;
    curl_multi_add_handle(multi, curl);
    curl_multi_perform(multi, &running);
    if (system(line) != 0) {
        failed = 1;
    }
    while (running) {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        last = message->data.result;
    }
    failed = failed || last != CURLE_OK;
    curl_multi_remove_handle(multi, curl);
    curl_multi_cleanup(multi);
    fflush(stdout);
}

static void do_abort(CURL *curl, long at)
{
    calls_left = at;
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
}

static void do_field(CURL *curl, const char *line)
{
    fields = curl_slist_append(fields, line);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
}

static void print_total(CURL *curl)
{
    curl_off_t total_us = 0;

    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &total_us);
    printf("%ld\n", (long)(total_us / 1000));
}

/* The other steps go on with the old handle, or with none. */
static void get_again(void)
{
    CURL *curl = handle_new();

    get(curl);
    curl_easy_cleanup(curl);
}

static void plain_step(CURL **held, const char *step)
{
    CURL *curl = *held;

    if (strcmp(step, "get") == 0) {
        get(curl);
    } else if (strcmp(step, "again") == 0) {
        get_again();
    } else if (strcmp(step, "leave") == 0) {
        curl_easy_cleanup(curl);
        *held = NULL;
    } else if (strcmp(step, "took") == 0) {
        printf("%.0f\n", took_ms);
    } else if (strcmp(step, "code") == 0) {
        printf("%d\n", (int)last);
        failed = 0;
    } else if (strcmp(step, "total") == 0) {
        print_total(curl);
    } else if (strcmp(step, "kill") == 0) {
        signals = SIGKILL;
    } else if (strcmp(step, "halt") == 0) {
        signals = SIGSTOP;
    } else if (strcmp(step, "jump") == 0) {
        jumps = true;
    } else if (strcmp(step, "exec") == 0) {
        execs = true;
    } else if (strcmp(step, "fork") == 0) {
        forks = true;
    } else if (strcmp(step, "rest") == 0) {
        sleep(3);
    } else if (strcmp(step, "nested") == 0) {
        nests = true;
    } else if (strcmp(step, "stop") == 0) {
        stops = true;
    } else if (strcmp(step, "status") == 0) {
        shows_status = true;
    } else {
        fprintf(stderr, "coalesce_client: %s?\n", step);
        exit(2);
    }
}

static void do_step(CURL **held, const char *step)
{
    const char *value = strchr(step, '=');
    CURL *curl = *held;

    if (!value) {
        plain_step(held, step);
    } else if (strncmp(step, "threads=", 8) == 0) {
        do_threads(atoi(value + 1));
    } else if (strncmp(step, "multi=", 6) == 0) {
        do_multi(atoi(value + 1));
    } else if (strncmp(step, "between=", 8) == 0) {
        do_between(curl, value + 1);
    } else if (strncmp(step, "timeout=", 8) == 0) {
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, atol(value + 1));
    } else if (strncmp(step, "mark=", 5) == 0) {
        mark = value + 1;
    } else if (strncmp(step, "field=", 6) == 0) {
        do_field(curl, value + 1);
    } else if (strncmp(step, "abort=", 6) == 0) {
        do_abort(curl, atol(value + 1));
    } else {
        plain_step(held, step);
    }
}

int main(int argc, char **argv)
{
    CURL *curl;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    url = argc > 1 ? argv[1] : "";
    curl = handle_new();
    for (int i = 2; i < argc; i++) {
        do_step(&curl, argv[i]);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(fields);
    curl_global_cleanup();
    return failed;
}
