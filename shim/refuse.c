/*
 * refuse.c - answers of our own, where nothing stored will do
 *
 * RFC 9111, section 5.2.1.7 (only-if-cached); CURLCACHE_MODE=offline.
 */
#include "shim/refuse.h"

#include "shim/infos.h"
#include "shim/replayer.h"
#include "store/http_date.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { GATEWAY_TIMEOUT = 504, HEAD_MAX = 512 };

static int add_lines(int64_t now_s, struct lcc_buf *head,
                     struct lcc_buf *pieces)
{
    char date[LCC_HTTP_DATE_SIZE];
    char line[64];
    int r = lcc_pieces_add(head, pieces, LCC_PIECE_STATUS,
                           lcc_span_str("HTTP/1.1 504 Gateway Timeout\r\n"));

    if (r == 0) {
        lcc_http_date_format(now_s, date);
        snprintf(line, sizeof(line), "Date: %s\r\n", date);
        r = lcc_pieces_add(head, pieces, LCC_PIECE_FIELD, lcc_span_str(line));
    }
    if (r == 0) {
        r = lcc_pieces_add(head, pieces, LCC_PIECE_FIELD,
                           lcc_span_str("Content-Length: 0\r\n"));
    }
    return r ? r
             : lcc_pieces_add(head, pieces, LCC_PIECE_END,
                              lcc_span_str("\r\n"));
}

static bool is_https(const struct lcc_plan *plan)
{
    static const char start[] = "https:";
    const size_t size = sizeof(start) - 1;

    return plan->url.size > size && memcmp(plan->url.data, start, size) == 0;
}

/* The bytes live where those of a found record would. */
static int encode(const struct lcc_transfer *transfer, struct lcc_buf *out)
{
    const struct lcc_plan *plan = &transfer->state->plan;
    struct lcc_buf head = LCC_BUF_INIT(HEAD_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(HEAD_MAX);
    struct lcc_buf infos = LCC_BUF_INIT(HEAD_MAX);
    struct lcc_entry entry = {
        .method = plan->request.method,
        .url = lcc_buf_span(&plan->redacted),
        .status = GATEWAY_TIMEOUT,
        .request_time_s = transfer->now_s,
        .response_time_s = transfer->now_s,
    };
    int r = add_lines(transfer->now_s, &head, &pieces);

    if (r == 0) {
        r = lcc_infos_make(transfer->handle->real, is_https(plan), &infos);
    }
    if (r == 0) {
        entry.infos = lcc_buf_span(&infos);
        entry.head = lcc_buf_span(&head);
        entry.pieces = lcc_buf_span(&pieces);
        r = lcc_entry_encode(&entry, out);
    }
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
    lcc_buf_done(&infos);
    return r;
}

int lcc_refuse_build(struct lcc_transfer *transfer)
{
    struct lcc_hit *hit = &transfer->state->hit;
    struct lcc_buf record = hit->record;
    int r;

    lcc_transfer_forget_blocks(transfer->state);
    lcc_buf_clear(&record);
    *hit = LCC_HIT_INIT;
    hit->record = record;
    r = encode(transfer, &hit->record);
    if (r == 0) {
        hit->meta = lcc_buf_span(&hit->record);
        r = lcc_entry_decode(hit->meta, &transfer->entry);
    }
    if (r != 0) {
        return -ENOMEM;
    }
    transfer->decision = (struct lcc_decision){
        .verdict = LCC_VERDICT_REFUSE,
        .reason = LCC_REASON_ONLY_IF_CACHED,
    };
    return 0;
}

CURLcode lcc_refuse_offline(struct lcc_transfer *transfer)
{
    char *buffer =
        lcc_shadow_pointer(&transfer->handle->shadow, LCC_OPT_ERRORBUFFER);
    struct lcc_span url = lcc_buf_span(&transfer->state->plan.redacted);

    /* Without memory libcurl answers, with what it had before. */
    (void)lcc_served_nothing(transfer->handle);
    if (buffer) {
        transfer->state->behind.error_told = true;
        snprintf(buffer, CURL_ERROR_SIZE,
                 "curlcache is offline and has nothing stored for %.*s",
                 (int)(url.size < CURL_ERROR_SIZE ? url.size : CURL_ERROR_SIZE),
                 url.size ? (const char *)url.data : "");
    }
    return CURLE_COULDNT_CONNECT;
}
