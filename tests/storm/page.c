/*
 * page.c - the mapped page, the report and the log of a slot
 */
#include "tests/storm/storm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Lines of one length that divides a page: a write that a kill cuts short ends
 * at the end of one. */
enum { LINE_MAX_ = 64, LOG_PIECE = 64 * 1024 };

const char *const storm_kinds[STORM_KINDS] = {
    [STORM_EASY] = "easy",         [STORM_MULTI] = "multi",
    [STORM_THREADED] = "threaded", [STORM_FORKING] = "forking",
    [STORM_CURL] = "curl",         [STORM_CURL_Z] = "curl-Z",
    [STORM_LAST] = "last",
};

struct storm_page *storm_page_map(const char *folder)
{
    char path[STORM_PATH_MAX];
    void *page = MAP_FAILED;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/page", folder);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && ftruncate(fd, sizeof(struct storm_page)) == 0) {
        page = mmap(NULL, sizeof(struct storm_page), PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    }
    if (page == MAP_FAILED) {
        perror(path);
        exit(99);
    }
    (void)close(fd);
    return page;
}

void storm_report(const struct storm_self *self, const struct storm_line *line)
{
    char text[LINE_MAX_];
    char padded[LINE_MAX_ + 1];

    (void)snprintf(text, sizeof(text), "%d %d %d %d %d %d %ld %ld %d %d %c",
                   line->kind, line->slot, line->row, line->generation,
                   line->code, line->verdict, line->took_ms,
                   (long)torment_now_ms(), line->serial, line->plain,
                   line->mode);
    (void)snprintf(padded, sizeof(padded), "%-*s\n", LINE_MAX_ - 1, text);
    if (write(self->report, padded, LINE_MAX_) != LINE_MAX_) {
        perror("storm: report");
        exit(99);
    }
}

/* Words of reason.def that say that an answer was stored. */
static bool says_stored(const char *word)
{
    static const char *const words[] = {"stored ", "expired ", "refetched ",
                                        "waited ", "unseen ",  "replaced "};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(word, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Rows of one URL differ in a field, which no line tells: a process that is
 * at one row alone knows its own lines. */
static bool is_known(const struct storm_self *self, const char *line,
                     unsigned int *row)
{
    const struct storm_url *url = &storm_urls[*row];
    const char *pid = strchr(line, '[');

    if (!url->language && !storm_is_range(url)) {
        return true;
    }
    if (self->alone < 0 || !pid || strtol(pid + 1, NULL, 10) != getpid() ||
        strcmp(storm_urls[self->alone].name, url->name) != 0) {
        return false;
    }
    *row = (unsigned int)self->alone;
    return true;
}

/* "TIME PROGRAM[PID] WORD URL (SENTENCE)". */
static void read_line(const struct storm_self *self, const char *line)
{
    const char *word = strstr(line, "] ");
    const char *url = strstr(line, self->base);
    unsigned int row;
    unsigned int generation;

    if (word && url && says_stored(word + 2) &&
        storm_find(url + strlen(self->base) + 1, NULL, &row, &generation) &&
        generation < STORM_GENERATIONS && is_known(self, line, &row) &&
        !atomic_load(&self->page->evicts)) {
        (void)atomic_fetch_or(
            &self->page->stored[storm_number(row, generation)],
            storm_starts_curl(self->kind) ? STORM_CURLS : STORM_OURS);
    }
}

void storm_read_log(struct storm_self *self)
{
    static char text[LOG_PIECE];
    ssize_t got;

    if (self->log < 0) {
        return;
    }
    while ((got = read(self->log, text, sizeof(text) - 1)) > 0) {
        char *rest = text;
        char *end;

        text[got] = '\0';
        while ((end = strchr(rest, '\n')) != NULL) {
            *end = '\0';
            read_line(self, rest);
            rest = end + 1;
        }
        /* The rest of a piece is read again, with what follows. */
        if (*rest && lseek(self->log, -(off_t)strlen(rest), SEEK_CUR) < 0) {
            return;
        }
        if (rest == text) {
            return;
        }
    }
}
