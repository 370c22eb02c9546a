/*
 * calls_callbacks.c - what libcurl tells a transfer, and what is answered
 *
 * All of it goes into a log of the transfer, printed when it is at rest: where
 * several run, how they mix is a matter of timing.
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BLOCK_LINES = 64, TEXT_MAX = 400, FREE_MAX = 40 };

static uint64_t hash_of(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;

    for (size_t i = 0; i < size; i++) {
        hash = hash * 33 + from[i];
    }
    return hash;
}

void transfer_drop(struct easy *easy)
{
    if (easy->log) {
        fclose(easy->log);
        free(easy->log_text);
    }
    if (easy->block) {
        fclose(easy->block);
        free(easy->block_text);
    }
    easy->log = easy->block = NULL;
    easy->log_text = easy->block_text = NULL;
}

/* DIFFERENCES.md, 17: a server that says nothing of ranges is taken to have
 * them. Such are not asked for any. */
static void drop_ranges(struct easy *easy)
{
    if (easy->ranged && (easy->url < 0 || !calls_urls[easy->url].ranges)) {
        curl_easy_setopt(easy->curl, CURLOPT_RANGE, NULL);
        curl_easy_setopt(easy->curl, CURLOPT_RESUME_FROM, 0L);
        curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, NULL);
        easy->ranged = false;
    }
}

bool makes_chain(const struct easy *easy)
{
    return easy->follows || (easy->login && easy->picks);
}

void transfer_options(struct easy *easy)
{
    drop_ranges(easy);
    easy->chained = makes_chain(easy);
}

void transfer_begin(struct easy *easy)
{
    transfer_drop(easy);
    easy->log = open_memstream(&easy->log_text, &easy->log_size);
    easy->block = open_memstream(&easy->block_text, &easy->block_size);
    if (!easy->log || !easy->block) {
        abort();
    }
    easy->steps = 0;
    easy->header_lines = easy->write_calls = easy->write_kind = 0;
    easy->total = 0;
    easy->hash = 5381;
    easy->free_bytes = 0;
    easy->paused = easy->was_paused = easy->progress_seen = false;
    easy->dirty = easy->aborted = false;
    memset(easy->progress, 0, sizeof(easy->progress));
    easy->messages = 0;
    if (easy->url >= 0) { /* else the fields of before stay */
        easy->status = 0;
        easy->fields_free = false;
    }
    easy->told = easy->held = false;
    snprintf(easy->error, sizeof(easy->error), "untouched");
    if (easy->event.set) { /* a transfer that pauses goes on by progress */
        curl_easy_setopt(easy->curl, CURLOPT_NOPROGRESS, 0L);
    }
    transfer_options(easy);
    if (easy->file) {
        rewind(easy->file);
        (void)!ftruncate(fileno(easy->file), 0);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* DIFFERENCES.md, 10: what a pause has held comes apart from its trace; 17: a
 * part has the whole's own fields, Content-Range last; 19: what is said past
 * the end. */
static bool is_compared(const struct easy *easy, const char *line)
{
    if (easy->held && strncmp(line, "traced", 6) == 0) {
        return false;
    }
    return easy->status != 416 || strncasecmp(line, "Content-R", 9) == 0;
}

static void end_block(struct easy *easy)
{
    char *lines[BLOCK_LINES];
    size_t count = 0;
    char *rest = NULL;

    fflush(easy->block);
    for (char *line = strtok_r(easy->block_text, "\n", &rest);
         line && count < BLOCK_LINES; line = strtok_r(NULL, "\n", &rest)) {
        lines[count++] = line;
    }
    if (easy->status == 206) {
        qsort(lines, count, sizeof(*lines), by_text);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_compared(easy, lines[i])) {
            fprintf(easy->log, "header %s\n", lines[i]);
        }
    }
    fclose(easy->block);
    free(easy->block_text);
    easy->block = open_memstream(&easy->block_text, &easy->block_size);
    if (!easy->block) {
        abort();
    }
}

static void show_file(struct easy *easy)
{
    char piece[4096];
    uint64_t hash = 5381;
    size_t total = 0;
    size_t got;

    fflush(easy->file);
    rewind(easy->file);
    while ((got = fread(piece, 1, sizeof(piece), easy->file)) > 0) {
        hash = hash_of(hash, piece, got);
        total += got;
    }
    say("%d file %zu %016llx\n", easy->index, total, (unsigned long long)hash);
}

void transfer_end(struct easy *easy)
{
    long code = 0;

    if (easy->blind) {
        curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &code);
        easy->status = (int)code;
    }
    end_block(easy);
    fflush(easy->log);
    say("%d told {\n%s}\n", easy->index, easy->log_text);
    say("%d text \"%s\"\n", easy->index, easy->error);
    if (easy->status != 416) {
        /* With the header lines of a part, whose order is free. */
        bool ordered = !easy->headers || easy->status != 206;

        /* DIFFERENCES.md, 7 and 10: with a line that may differ goes what a
         * pause has joined to it. */
        if (!easy->headers || !easy->held) {
            say("%d body %llu %016llx by %d\n", easy->index,
                (unsigned long long)easy->total,
                ordered ? (unsigned long long)easy->hash : 0, easy->write_kind);
        }
        if (easy->progress_seen && !easy->aborted) {
            say("%d progress %ld %ld %ld %ld\n", easy->index,
                (long)easy->progress[0], (long)easy->progress[1],
                calls.sends ? 0 : (long)easy->progress[2],
                calls.sends ? 0 : (long)easy->progress[3]);
        }
    }
    if (easy->tofile && easy->file && !easy->headers && easy->status != 416) {
        show_file(easy);
    }
    transfer_drop(easy);
}

bool may_pause(const struct easy *easy)
{
    const char *url = NULL;
    long code = 0;

    curl_easy_getinfo(easy->curl, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &code);
    return !(url && strstr(url, "/trailers")) && !(code > 0 && code < 200) &&
           !easy->limited;
}

/* Plays what was planned for this place; the answer it wants. */
static int reach(struct easy *easy, enum place where)
{
    struct event event = easy->event;
    FILE *before = calls.out;
    struct easy *current = calls.current;

    if (!event.set || event.where != (int)where) {
        return ANSWER_GOES_ON;
    }
    if (event.answer == ANSWER_PAUSE && !may_pause(easy)) {
        event.answer = ANSWER_GOES_ON;
    }
    easy->event.set = false;
    calls.out = easy->log;
    say("reached %d\n", (int)where);
    if (calls.depth < DEPTH_MAX) {
        calls.depth++;
        calls.current = easy;
        show_inside(easy);
        calls_play(event.from, event.to);
        calls.current = current;
        calls.depth--;
    }
    say("answer %d\n", event.answer);
    calls.out = before;
    return event.answer;
}

static size_t answer_of(struct easy *easy, int answer, size_t bytes)
{
    easy->aborted |= answer != ANSWER_GOES_ON && answer != ANSWER_PAUSE;
    switch (answer) {
    case ANSWER_SHORT:
        return bytes - 1;
    case ANSWER_ABORT:
        return bytes == 0 ? 1 : 0;
    case ANSWER_PAUSE:
        easy->paused = easy->was_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    case ANSWER_ERROR:
        return CURL_WRITEFUNC_ERROR;
    default:
        return bytes;
    }
}

/* DIFFERENCES.md, 7: Age more, and fields of the connection less. */
static bool is_free(const char *data, size_t bytes)
{
    static const char *const names[] = {
        "Age: ", "Transfer-Encoding: ", "Connection: ", "Keep-Alive: "};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);

        if (bytes > length && bytes < FREE_MAX &&
            strncasecmp(data, names[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static void take_line(struct easy *easy, const char *data, size_t bytes)
{
    size_t text = bytes;

    if (is_free(data, bytes)) {
        easy->free_bytes += (long)bytes;
        return;
    }
    easy->header_lines++;
    if (bytes > 9 && memcmp(data, "HTTP/", 5) == 0) {
        easy->status = (int)strtol(data + 9, NULL, 10);
        easy->free_bytes = 0;
    }
    while (text && (data[text - 1] == '\n' || data[text - 1] == '\r')) {
        text--;
    }
    if (text == 0) {
        end_block(easy);
        fprintf(easy->log, "header end %zu\n", bytes);
    } else {
        fprintf(easy->block, "%.*s (%zu)\n", (int)text, data, bytes);
    }
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct easy *easy = user;
    size_t bytes = size * count;
    size_t at = 0;
    int answer = ANSWER_GOES_ON;

    if (is_free(data, bytes)) {
        /* DIFFERENCES.md, 7: it is not there in both. */
    } else if (easy->header_lines == 0) {
        answer = reach(easy, AT_HEADER_1);
    } else if (easy->header_lines >= 2) {
        answer = reach(easy, AT_HEADER_3);
    }
    easy->fields_free |= answer == ANSWER_PAUSE;
    easy->held |= answer == ANSWER_PAUSE;
    if (answer != ANSWER_GOES_ON) {
        return answer_of(easy, answer, bytes);
    }
    /* DIFFERENCES.md, 10: after a pause lines may come together. */
    while (at < bytes) {
        const char *end = memchr(data + at, '\n', bytes - at);
        size_t length = end ? (size_t)(end - data) + 1 - at : bytes - at;

        take_line(easy, data + at, length);
        at += length;
    }
    return bytes;
}

static size_t take_body(struct easy *easy, int kind, char *data, size_t bytes)
{
    if (easy->headers && is_free(data, bytes)) {
        return bytes;
    }
    if (easy->write_calls++ == 0) {
        int answer = reach(easy, AT_WRITE);

        if (answer == ANSWER_PAUSE && easy->headers) {
            easy->held = easy->fields_free = true;
        }
        if (answer != ANSWER_GOES_ON) {
            return answer_of(easy, answer, bytes);
        }
    }
    easy->write_kind = kind;
    easy->total += bytes;
    easy->hash = hash_of(easy->hash, data, bytes);
    if (!easy->headers) { /* of those, libcurl reads what is left */
        memset(data, '#', bytes);
    }
    return bytes;
}

static size_t on_write(char *data, size_t size, size_t count, void *user)
{
    return take_body(user, 1, data, size * count);
}

static size_t on_write2(char *data, size_t size, size_t count, void *user)
{
    return take_body(user, 2, data, size * count);
}

static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up_now)
{
    struct easy *easy = user;
    bool first = !easy->progress_seen;

    easy->progress_seen = true;
    easy->progress[0] = total;
    easy->progress[1] = now;
    easy->progress[2] = up_total;
    easy->progress[3] = up_now;
    if (easy->paused && easy->state == PERFORMING) {
        easy->paused = false;
        CURLcode code = curl_easy_pause(easy->curl, CURLPAUSE_CONT);

        if (code != CURLE_OK) {
            fprintf(easy->log, "go on %d\n", (int)code);
        }
    }
    if (first) {
        int answer = reach(easy, AT_PROGRESS);

        return answer == ANSWER_ABORT || answer == ANSWER_ERROR;
    }
    return 0;
}

/* DIFFERENCES.md, 6: words about connection and request are free, and those
 * are filtered by transcript.c; of data only the headers are compared. */
static int on_debug(CURL *curl, curl_infotype type, char *data, size_t size,
                    void *user)
{
    struct easy *easy = user;
    size_t text = size < TEXT_MAX ? size : TEXT_MAX;

    (void)curl;
    while (text && (data[text - 1] == '\n' || data[text - 1] == '\r')) {
        text--;
    }
    if (!easy->log) {
        return 0;
    }
    /* 6, too: whether all was sent before the answer came, and how its body
     * was cut into chunks. */
    if (type == CURLINFO_TEXT && strncmp(data, "HTTP error before", 17) != 0 &&
        strncmp(data, "Failed reading the chunked", 26) != 0) {
        fprintf(easy->log, "debug TEXT %.*s\n", (int)text, data);
    }
    if (type == CURLINFO_HEADER_IN && !is_free(data, size)) {
        fprintf(easy->block, "traced %.*s\n", (int)text, data);
    }
    return 0;
}

void callbacks_set(struct easy *easy, bool fully)
{
    CURL *curl = easy->curl;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, easy);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, easy);
    easy->tofile = easy->blind = false;
    if (fully) { /* a transfer that pauses itself needs it to go on */
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    }
}

void op_callback(const int *args)
{
    struct easy *easy = &calls.easies[args[0] % EASIES];

    if (!easy_at_rest(args[0]) && easy != calls.current) {
        return;
    }
    switch (args[1] % 4) {
    case 0:
        callbacks_set(easy, true);
        break;
    case 1:
        say("%d\n", (int)curl_easy_setopt(easy->curl, CURLOPT_WRITEFUNCTION,
                                          on_write2));
        break;
    case 2:
        say("%d\n",
            (int)curl_easy_setopt(easy->curl, CURLOPT_HEADERFUNCTION, NULL));
        curl_easy_setopt(easy->curl, CURLOPT_HEADERDATA, NULL);
        easy->blind = true;
        break;
    default:
        if (easy == calls.current) {
            say("not inside\n");
            break;
        }
        easy->file = easy->file ? easy->file : tmpfile();
        curl_easy_setopt(easy->curl, CURLOPT_WRITEFUNCTION, NULL);
        curl_easy_setopt(easy->curl, CURLOPT_WRITEDATA, easy->file);
        easy->tofile = true;
        break;
    }
}
