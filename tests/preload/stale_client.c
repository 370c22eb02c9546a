/*
 * stale_client.c - an ordinary libcurl program for answers that are stale
 *
 * stale_client URL [STEP…]: each step makes what its name says, and bodies go
 * to stdout. It knows nothing of the cache. Steps:
 *
 *   get          a transfer on the one handle
 *   took         how long that transfer took, in milliseconds, to stdout
 *   threads=N    N threads make a transfer each, at once
 *   wait=MS      nothing for so long
 *   fork         a child makes a transfer and ends; its body comes first
 *   closefds     close every descriptor but 0 to 2, and open them for files
 *   cleanup      curl_easy_cleanup() and curl_global_cleanup()
 *   exec         replace this program by `sleep 0`
 *   leave        end the main thread by pthread_exit()
 *   resolve      set CURLOPT_RESOLVE to an address of another host
 *   limit        no further process or thread may be made
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, FILES = 32 };

static const char *url;
static pthread_barrier_t barrier;
static int failed;
static double took_ms;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void get(CURL *curl)
{
    double start = now_ms();
    CURLcode code = curl_easy_perform(curl);

    took_ms = now_ms() - start;
    if (code != CURLE_OK) {
        fprintf(stderr, "stale_client: %s\n", curl_easy_strerror(code));
        failed = 1;
    }
    fflush(stdout);
}

static CURL *handle_new(void)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "stale_client");
    return curl;
}

static void *thread_main(void *arg)
{
    CURL *curl = handle_new();

    (void)arg;
    pthread_barrier_wait(&barrier);
    if (curl_easy_perform(curl) != CURLE_OK) {
        failed = 1;
    }
    curl_easy_cleanup(curl);
    return NULL;
}

static void do_threads(int count)
{
    pthread_t threads[THREADS_MAX];

    count = count < THREADS_MAX ? count : THREADS_MAX;
    pthread_barrier_init(&barrier, NULL, (unsigned int)count);
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, thread_main, NULL);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    fflush(stdout);
}

static void do_fork(CURL *curl)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        get(curl);
        exit(failed);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "stale_client: the child ended with %x\n",
                (unsigned int)status);
        failed = 1;
    }
}

/* As a daemon does; what lands in the files now is not meant for them. */
static void do_closefds(void)
{
    char name[64];

    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%s/stray.XXXXXX",
                 getenv("DIR") ? getenv("DIR") : "/tmp");
        if (mkstemp(name) < 0) {
            failed = 1;
        }
    }
}

static void do_wait(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&left, &left) != 0) {
    }
}

static void do_limit(void)
{
    struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_NPROC, &none) != 0) {
        failed = 1;
    }
}

static struct curl_slist *list;

static void do_resolve(CURL *curl)
{
    list = curl_slist_append(NULL, "h.test:80:127.0.0.1");
    curl_easy_setopt(curl, CURLOPT_RESOLVE, list);
}

static void step(CURL **curl, const char *what)
{
    if (strcmp(what, "get") == 0) {
        get(*curl);
    } else if (strcmp(what, "took") == 0) {
        printf("%.1f\n", took_ms);
        fflush(stdout);
    } else if (strncmp(what, "threads=", 8) == 0) {
        do_threads(atoi(what + 8));
    } else if (strncmp(what, "wait=", 5) == 0) {
        do_wait(atol(what + 5));
    } else if (strcmp(what, "fork") == 0) {
        do_fork(*curl);
    } else if (strcmp(what, "closefds") == 0) {
        do_closefds();
    } else if (strcmp(what, "cleanup") == 0) {
        curl_easy_cleanup(*curl);
        *curl = NULL;
        curl_global_cleanup();
    } else if (strcmp(what, "exec") == 0) {
        execlp("sleep", "sleep", "0", (char *)NULL);
        failed = 1;
    } else if (strcmp(what, "leave") == 0) {
        pthread_exit(NULL);
    } else if (strcmp(what, "resolve") == 0) {
        do_resolve(*curl);
    } else if (strcmp(what, "limit") == 0) {
        do_limit();
    } else {
        fprintf(stderr, "stale_client: no step %s\n", what);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    CURL *curl;

    if (argc < 2) {
        return 2;
    }
    url = argv[1];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = handle_new();
    for (int i = 2; i < argc; i++) {
        step(&curl, argv[i]);
    }
    return failed;
}
