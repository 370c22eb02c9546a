/*
 * crowd.c - a program with thousands of transfers on one multi handle
 *
 * usage: crowd BASE HITS MISSES ROUNDS
 *        crowd BASE PATH COUNT
 *
 * Driven by curl_multi_socket_action() and epoll alone. The first form adds
 * HITS handles that ask for few URLs over and over, and MISSES that ask for
 * ones that were never asked, ROUNDS times on the same handles; it prints what
 * came of them, its open descriptors and the memory in use. The second adds
 * COUNT handles for PATH, and prints the turns of its loop, how many of them
 * were for no event, and the CPU time.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    SHARED_URLS = 200,
    CONNECTIONS_MAX = 40,
    EVENTS_MAX = 64,
    LONGEST_WAIT_MS = 10000,
    PENDING = 5, /* arguments of the second form, and the program's name less */
};

struct one {
    CURL *curl;
    size_t bytes;
    int messages;
    bool ok;
};

static int epoll;
static int64_t due_us = -1; /* of the program's one timer */
static long turns;
static long eventless; /* turns at which no socket had anything to say */

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
    (void)multi;
    (void)user;
    due_us = ms < 0 ? -1 : now_us() + (int64_t)ms * 1000;
    return 0;
}

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *user,
                     void *known)
{
    struct epoll_event event = {
        .events = ((what & CURL_POLL_IN) ? (uint32_t)EPOLLIN : 0) |
                  ((what & CURL_POLL_OUT) ? (uint32_t)EPOLLOUT : 0),
        .data.fd = socket,
    };

    (void)curl;
    (void)known;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, NULL);
    } else if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    }
    curl_multi_assign(user, socket, user);
    return 0;
}

static int wait_ms(void)
{
    int64_t left = due_us < 0 ? LONGEST_WAIT_MS : (due_us - now_us() + 999);

    if (due_us < 0) {
        return LONGEST_WAIT_MS;
    }
    return left <= 0 ? 0 : (int)(left / 1000);
}

static int turn(CURLM *multi)
{
    struct epoll_event list[EVENTS_MAX];
    int count = epoll_wait(epoll, list, EVENTS_MAX, wait_ms());
    int running = -1;

    turns++;
    eventless += count <= 0;
    for (int i = 0; i < count; i++) {
        int bits = ((list[i].events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
                   ((list[i].events & EPOLLOUT) ? CURL_CSELECT_OUT : 0);

        curl_multi_socket_action(multi, list[i].data.fd, bits, &running);
    }
    if (due_us >= 0 && due_us <= now_us()) {
        due_us = -1; /* a timer runs once */
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    return running;
}

static int read_messages(CURLM *multi)
{
    CURLMsg *message;
    int left;
    int count = 0;

    while ((message = curl_multi_info_read(multi, &left))) {
        struct one *one = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &one);
        one->messages++;
        one->ok = message->data.result == CURLE_OK;
        count++;
    }
    return count;
}

static size_t take(char *data, size_t size, size_t count, void *user)
{
    struct one *one = user;

    (void)data;
    one->bytes += size * count;
    return size * count;
}

static void prepare(struct one *one)
{
    one->curl = curl_easy_init();
    curl_easy_setopt(one->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(one->curl, CURLOPT_WRITEDATA, one);
    curl_easy_setopt(one->curl, CURLOPT_PRIVATE, one);
    curl_easy_setopt(one->curl, CURLOPT_FAILONERROR, 1L);
}

/* All of them from now until each has its message. */
static void play(CURLM *multi, struct one *all, int count)
{
    int messages = 0;
    int quiet = 0;

    for (int i = 0; i < count; i++) {
        all[i].messages = 0;
        all[i].bytes = 0;
        all[i].ok = false;
        curl_multi_add_handle(multi, all[i].curl);
    }
    while (messages < count && quiet < 3) {
        int running = turn(multi);
        int now = read_messages(multi);

        /* Nothing runs and there is no message: one was lost. */
        quiet = running == 0 && now == 0 ? quiet + 1 : 0;
        messages += now;
    }
    for (int i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, all[i].curl);
    }
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -1; /* the folder's own */

    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

static void tell(const struct one *all, int count)
{
    size_t bytes = 0;
    int once = 0;
    int ok = 0;

    for (int i = 0; i < count; i++) {
        bytes += all[i].bytes;
        once += all[i].messages == 1;
        ok += all[i].ok;
    }
    printf("once %d ok %d bytes %zu\n", once, ok, bytes);
}

static void url_of(CURL *curl, const char *base, const char *path, long number)
{
    char url[512];

    snprintf(url, sizeof(url), "%s%s?%ld", base, path, number);
    curl_easy_setopt(curl, CURLOPT_URL, url);
}

static int play_rounds(CURLM *multi, char **argv)
{
    int hits = atoi(argv[2]);
    int misses = atoi(argv[3]);
    int rounds = atoi(argv[4]);
    int count = hits + misses;
    struct one *all = calloc((size_t)count + SHARED_URLS, sizeof(*all));

    for (int i = 0; i < count; i++) {
        prepare(&all[i]);
    }
    for (int i = 0; i < SHARED_URLS && i < count; i++) {
        url_of(all[i].curl, argv[1], "/1k", i);
    }
    play(multi, all, SHARED_URLS < count ? SHARED_URLS : count);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0, left = misses; i < count; i++) {
            bool miss = left > 0 && i % (count / (misses + 1)) == 0;

            left -= miss;
            url_of(all[i].curl, argv[1], "/1k",
                   miss ? 1000000L * (round + 1) + getpid() % 1000 * 1000 + left
                        : i % SHARED_URLS);
        }
        play(multi, all, count);
        tell(all, count);
        printf("open %d\n", open_descriptors());
        printf("memory %zu\n", mallinfo2().uordblks);
    }
    for (int i = 0; i < count; i++) {
        curl_easy_cleanup(all[i].curl);
    }
    free(all);
    return 0;
}

static int play_pending(CURLM *multi, char **argv)
{
    int count = atoi(argv[3]);
    struct one *all = calloc((size_t)count, sizeof(*all));
    struct rusage before;
    struct rusage after;

    for (int i = 0; i < count; i++) {
        prepare(&all[i]);
        url_of(all[i].curl, argv[1], argv[2], i);
    }
    getrusage(RUSAGE_SELF, &before);
    play(multi, all, count);
    getrusage(RUSAGE_SELF, &after);
    tell(all, count);
    printf("turns %ld\n", turns);
    printf("eventless %ld\n", eventless);
    printf("cpu %ld\n",
           (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
               after.ru_utime.tv_usec - before.ru_utime.tv_usec +
               (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
               after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    for (int i = 0; i < count; i++) {
        curl_easy_cleanup(all[i].curl);
    }
    free(all);
    return 0;
}

int main(int argc, char **argv)
{
    CURLM *multi;
    int status;

    if (argc < PENDING - 1 || argc > PENDING) {
        fputs("usage: crowd BASE HITS MISSES ROUNDS | BASE PATH COUNT\n",
              stderr);
        return 2;
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)CONNECTIONS_MAX);
    status =
        argc == PENDING ? play_rounds(multi, argv) : play_pending(multi, argv);
    curl_multi_cleanup(multi);
    close(epoll);
    return status;
}
