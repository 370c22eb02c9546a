/*
 * entries.c - numbered entries of 1 KiB, put and found again
 */
#include "tests/bench/entries.h"

#include "store/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_BYTES = 1024 };

double entries_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void stop(const char *what, int r)
{
    fprintf(stderr, "bench: %s: %d\n", what, r);
    exit(1);
}

struct lcc_id entries_id(uint64_t number)
{
    struct lcc_id id = {0};
    uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;

    memcpy(&id.url, &mixed, sizeof(mixed));
    memcpy(&id.request, &number, sizeof(number));
    return id;
}

struct lcc_span entries_meta(struct lcc_buf *out)
{
    static const char lines[] = "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n"
                                "Content-Type: text/plain\r\n\r\n";
    struct lcc_buf head = LCC_BUF_INIT(4096);
    struct lcc_buf pieces = LCC_BUF_INIT(4096);
    struct lcc_entry entry = {
        .method = lcc_span_str("GET"),
        .url = lcc_span_str("http://example.org/some/where?page=1"),
        .status = 200,
        .body_bytes = BODY_BYTES,
    };
    const char *at = lines;
    int r = 0;

    for (int i = 0; !r && *at; i++) {
        size_t size = (size_t)(strchr(at, '\n') + 1 - at);
        enum lcc_piece_kind kind = i == 0      ? LCC_PIECE_STATUS
                                   : size == 2 ? LCC_PIECE_END
                                               : LCC_PIECE_FIELD;

        r = lcc_pieces_add(&head, &pieces, kind, lcc_span_of(at, size));
        at += size;
    }
    entry.head = lcc_buf_span(&head);
    entry.pieces = lcc_buf_span(&pieces);
    r = r ? r : lcc_entry_encode(&entry, out);
    if (r) {
        stop("the entry", r);
    }
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
    return lcc_buf_span(out);
}

void entries_put(struct lcc_store *store, uint64_t number, struct lcc_span meta)
{
    static char body[BODY_BYTES];
    const struct lcc_id id = entries_id(number);
    const struct lcc_hash variant = {0};
    const struct lcc_stamp stamp = {.stored_s = 1, .expires_s = INT64_MAX};
    struct lcc_writer *writer = NULL;
    int r = lcc_writer_new(store, &writer);

    r = r ? r : lcc_writer_append(writer, lcc_span_of(body, sizeof(body)));
    r = r ? r : lcc_writer_commit(writer, &id, &variant, meta, &stamp);
    lcc_writer_free(writer);
    if (r) {
        stop("a put", r);
    }
}

uint64_t entries_random(void)
{
    static _Thread_local uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}
