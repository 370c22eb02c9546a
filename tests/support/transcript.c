/*
 * transcript.c - the closed list of allowed differences, applied to a text
 *
 * 1 timings and speeds            info *_TIME*, SPEED_*; "after N ms"; that
 *                                 times or progress fell from one to the next
 * 2 the connection                info addresses, ports, sockets, NUM_CONNECTS
 * 3 where body pieces are cut     of each run of pieces the last line stays:
 *                                 it has the count and hash of all bytes
 * 4 debug lines of connection and TLS, of what is sent over them (a hit sends
 *   nothing), and one of ours
 * 5 the Age field                 header lines, header list, and its bytes in
 *                                 the size of all headers
 * 6 in debug output, the body of a redirect that was followed, and libcurl's
 *   words about leaving it: nobody is given those bytes, so nobody kept them
 */
#include "tests/support/transcript.h"

#include "tests/support/tmpdir.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Infos whose value is a timing, a speed or belongs to the connection. */
static const char *const free_infos[] = {
    "TOTAL_TIME",       "NAMELOOKUP_TIME",    "CONNECT_TIME",
    "PRETRANSFER_TIME", "STARTTRANSFER_TIME", "REDIRECT_TIME",
    "APPCONNECT_TIME",  "TOTAL_TIME_T",       "NAMELOOKUP_TIME_T",
    "CONNECT_TIME_T",   "PRETRANSFER_TIME_T", "STARTTRANSFER_TIME_T",
    "REDIRECT_TIME_T",  "APPCONNECT_TIME_T",  "SPEED_DOWNLOAD",
    "SPEED_UPLOAD",     "SPEED_DOWNLOAD_T",   "SPEED_UPLOAD_T",
    "NUM_CONNECTS",     "PRIMARY_IP",         "PRIMARY_PORT",
    "LOCAL_IP",         "LOCAL_PORT",         "LASTSOCKET",
    "ACTIVESOCKET",
};

/* Debug texts about the connection and TLS, as they begin after "* ". */
static const char *const free_texts[] = {
    "  Trying ",
    "Trying ",
    "Connected to ",
    "Connection #",
    "Connection ",
    "Re-using existing connection",
    "Closing connection",
    "Mark bundle",
    "Found bundle",
    "Hostname ",
    "Host ",
    "Added ",
    "Server doesn't support multiplex",
    "Multiplexed connection",
    "Could multiplex",
    "Can not multiplex",
    "Excess found",
    "ALPN",
    "TLS",
    "SSL",
    "Server certificate:",
    " ",
    "CAfile",
    "CApath",
    "Using Stream ID",
    "HTTP 1.0, assume close",
    "we are done reading and this is set to close",
    "Closed connection",
    "Established ",
    "shutting down connection",
    "no chunk, no close, no size. Assume close",
    "found ",
    "Ignoring the response-body",
    "Issue another request to this URL:",
    "Server auth using ",
    "Couldn't find host ",
    "Signaling end of chunked upload",
    "upload completely sent off",
    "NTLM picked AND auth done set", /* its connection was closed */
    "Please rewind output before next send",
    "Keep sending data to get tossed away",
};

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static bool is_free_info(const char *name)
{
    size_t length = strcspn(name, " =");

    for (size_t i = 0; i < COUNT(free_infos); i++) {
        if (strlen(free_infos[i]) == length &&
            strncmp(free_infos[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_free_text(const char *text)
{
    for (size_t i = 0; i < COUNT(free_texts); i++) {
        if (begins(text, free_texts[i])) {
            return true;
        }
    }
    return strstr(text, "curlcache") != NULL;
}

/* Lines that are not compared at all. */
static bool is_left_out(const char *line)
{
    if (begins(line, "debug TEXT ")) {
        return is_free_text(line + strlen("debug TEXT "));
    }
    if (begins(line, "* ")) {
        return is_free_text(line + 2);
    }
    return begins(line, "times fall") || begins(line, "progress fell") ||
           begins(line, "debug HEADER_OUT ") || begins(line, "> ") ||
           begins(line, "< Age:") || begins(line, "debug HEADER_IN Age:") ||
           begins(line, "field Age ");
}

/* A line of a run of body pieces: what kind of bytes, else NULL. */
static const char *piece_kind(const char *line)
{
    static const char *const kinds[] = {"body ", "body2 ", "debug DATA_IN "};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (begins(line, kinds[i])) {
            return kinds[i];
        }
    }
    return NULL;
}

struct run_of_pieces {
    char *last[3]; /* in the order in which the kinds came */
};

static void runs_flush(struct run_of_pieces *run, FILE *out)
{
    for (size_t i = 0; i < COUNT(run->last); i++) {
        if (run->last[i]) {
            fprintf(out, "%s\n", run->last[i]);
        }
        free(run->last[i]);
        run->last[i] = NULL;
    }
}

static void runs_take(struct run_of_pieces *run, const char *kind,
                      const char *line)
{
    for (size_t i = 0; i < COUNT(run->last); i++) {
        if (!run->last[i] || begins(run->last[i], kind)) {
            free(run->last[i]);
            run->last[i] = text_of("%s", line);
            return;
        }
    }
}

/* The number after @label in @line, less @less; the rest as it is. */
static void put_less(FILE *out, const char *line, const char *label, long less)
{
    const char *at = strstr(line, label);
    char *end = NULL;

    if (!at) {
        fprintf(out, "%s\n", line);
        return;
    }
    at += strlen(label);
    long number = strtol(at, &end, 10);

    fprintf(out, "%.*s%ld%s\n", (int)(at - line), line, number - less, end);
}

/* "after 12 ms" without its number. */
static void put_line(FILE *out, const char *line, long age_bytes)
{
    const char *after = strstr(line, " after ");
    size_t digits = after ? strspn(after + 7, "0123456789") : 0;

    if (begins(line, "info ") && is_free_info(line + 5)) {
        fprintf(out, "%.*s *\n", (int)(5 + strcspn(line + 5, " =")), line);
    } else if (digits && begins(after + 7 + digits, " ms")) {
        fprintf(out, "%.*s after *%s\n", (int)(after - line), line,
                after + 7 + digits);
    } else if (begins(line, "inside ")) {
        put_less(out, line, " headers=", age_bytes);
    } else if (begins(line, "info HEADER_SIZE = 0 ")) {
        put_less(out, line, "= 0 ", age_bytes);
    } else {
        fprintf(out, "%s\n", line);
    }
}

/* Bytes of an Age field that was told, from the "(12)" at the line's end. */
static long age_of(const char *line)
{
    const char *size = strrchr(line, '(');

    return begins(line, "header Age:") && size ? strtol(size + 1, NULL, 10) : 0;
}

/* Where we are in a transcript. */
struct reading {
    long age_bytes; /* of an Age field in this block */
    bool after_age;
    bool sending; /* inside a request that was printed */
    bool ignored; /* inside the body of a redirect */
};

static void note_age(struct reading *reading, const char *line)
{
    if (begins(line, "header ")) {
        reading->after_age = age_of(line) > 0;
        if (reading->after_age) {
            reading->age_bytes = age_of(line);
        } else if (begins(line, "header HTTP/")) {
            reading->age_bytes = 0;
        }
    }
}

/* libcurl marks the first line of a request alone. */
static bool is_sent(struct reading *reading, const char *line)
{
    bool marked = begins(line, "* ") || begins(line, "< ");

    reading->sending |= begins(line, "> ");
    if (!reading->sending || marked) {
        reading->sending = false;
        return false;
    }
    reading->sending = strcmp(line, "\r") != 0;
    return true;
}

static bool is_ignored(struct reading *reading, const char *line)
{
    if (begins(line, "debug TEXT Ignoring the response-body")) {
        reading->ignored = true;
    } else if (!begins(line, "debug DATA_IN ")) {
        reading->ignored = false;
    }
    return reading->ignored;
}

static bool is_skipped(struct reading *reading, const char *line)
{
    note_age(reading, line);
    if (is_sent(reading, line) || is_ignored(reading, line)) {
        return true;
    }
    return is_left_out(line) ||
           (reading->after_age &&
            (begins(line, "header ") || begins(line, "inside ")));
}

char *transcript_normal(const char *text)
{
    char *copy = text_of("%s", text);
    char *normal = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&normal, &size);
    struct run_of_pieces run = {{NULL}};
    struct reading reading = {0};
    char *rest = NULL;

    for (char *line = strtok_r(copy, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *kind = piece_kind(line);

        if (is_skipped(&reading, line)) {
            continue;
        }
        if (kind) {
            runs_take(&run, kind, line);
            continue;
        }
        runs_flush(&run, out);
        put_line(out, line, reading.age_bytes);
    }
    runs_flush(&run, out);
    fclose(out);
    free(copy);
    return normal;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

char *transcript_compare(const char *name_a, const char *a, const char *name_b,
                         const char *b)
{
    int number = 1;

    while (*a && *b) {
        const char *end_a = next_line(a);
        const char *end_b = next_line(b);

        if (end_a - a != end_b - b || memcmp(a, b, (size_t)(end_a - a)) != 0) {
            break;
        }
        a = end_a;
        b = end_b;
        number++;
    }
    if (!*a && !*b) {
        return NULL;
    }
    return text_of("line %d differs\n%s: %.*s%s: %.*s", number, name_a,
                   (int)(next_line(a) - a), *a ? a : "(ends)\n", name_b,
                   (int)(next_line(b) - b), *b ? b : "(ends)\n");
}
