/* Request lines, stored header lines and fresh header lines, parted by NUL. */
#include "store/http_valid.h"
#include "tests/fuzz/fuzz.h"

struct head {
    struct lcc_buf bytes;
    struct lcc_buf pieces;
};

static struct lcc_pieces pieces_of(const struct head *head)
{
    return (struct lcc_pieces){lcc_buf_span(&head->bytes),
                               lcc_buf_span(&head->pieces)};
}

static void add(struct head *head, enum lcc_piece_kind kind,
                struct lcc_span line)
{
    FUZZ_HOLDS(!lcc_pieces_add(&head->bytes, &head->pieces, kind, line));
}

/* A status line, the fields, the empty line. */
static void fill(struct head *head, struct lcc_span lines)
{
    *head = (struct head){LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)};
    add(head, LCC_PIECE_STATUS, lcc_span_str("HTTP/1.1 200 OK\r\n"));
    for (size_t i = 0; lines.size && i < 100; i++) {
        struct lcc_span line = fuzz_take(&lines, '\n');
        struct lcc_buf whole = LCC_BUF_INIT(SIZE_MAX);

        if (line.size) {
            /* A line ends, or the next would be read as a part of it. */
            FUZZ_HOLDS(!lcc_buf_append(&whole, line));
            FUZZ_HOLDS(!lcc_buf_put_u8(&whole, '\n'));
            add(head, LCC_PIECE_FIELD, lcc_buf_span(&whole));
        }
        lcc_buf_done(&whole);
    }
    add(head, LCC_PIECE_END, lcc_span_str("\r\n"));
}

static void done(struct head *head)
{
    lcc_buf_done(&head->bytes);
    lcc_buf_done(&head->pieces);
}

static void merge(const struct head *stored, const struct head *fresh)
{
    struct head once = {LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)};
    struct head twice = {LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)};
    struct head known = {LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)};
    bool tagged;

    FUZZ_HOLDS(!lcc_valid_merge(pieces_of(stored), pieces_of(fresh),
                                &once.bytes, &once.pieces));
    if (lcc_valid_adds_nothing(pieces_of(stored), pieces_of(fresh), &tagged)) {
        FUZZ_HOLDS(lcc_span_equal(lcc_buf_span(&once.bytes),
                                  lcc_buf_span(&stored->bytes)));
        FUZZ_HOLDS(lcc_span_equal(lcc_buf_span(&once.pieces),
                                  lcc_buf_span(&stored->pieces)));
    }
    FUZZ_HOLDS(!lcc_valid_merge(pieces_of(&once), pieces_of(fresh),
                                &twice.bytes, &twice.pieces));
    FUZZ_HOLDS(
        lcc_span_equal(lcc_buf_span(&once.bytes), lcc_buf_span(&twice.bytes)));
    FUZZ_HOLDS(
        !lcc_valid_answer(pieces_of(&once), 304, &known.bytes, &known.pieces));
    FUZZ_HOLDS(known.bytes.size <= once.bytes.size + 32);
    done(&once);
    done(&twice);
    done(&known);
}

static void lists(struct lcc_span text)
{
    struct lcc_buf list = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);
    struct lcc_span rest = text;
    struct lcc_etag tag;
    size_t before = rest.size + 1;

    while (lcc_etag_next(&rest, &tag)) {
        FUZZ_HOLDS(rest.size < before && tag.opaque.size <= text.size);
        before = rest.size;
    }
    FUZZ_HOLDS(!rest.size);
    FUZZ_HOLDS(!lcc_etags_add(&list, lcc_span_trim(text)));
    FUZZ_HOLDS(list.size <= LCC_ETAGS_BYTES_MAX);
    lcc_buf_done(&list);
}

static void judge(const struct lcc_fields *own, const struct head *old,
                  const struct head *new)
{
    const struct lcc_span stored_lines = lcc_buf_span(&old->bytes);
    const struct lcc_span fresh_lines = lcc_buf_span(&new->bytes);
    bool tagged = false;
    bool repeats =
        lcc_valid_adds_nothing(pieces_of(old), pieces_of(new), &tagged);
    struct lcc_response stored;
    struct lcc_response fresh;
    struct lcc_valid_ask ask = LCC_VALID_ASK_INIT;
    const struct lcc_field *tag;
    struct lcc_buf tags = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);

    FUZZ_HOLDS(!lcc_response_parse(stored_lines, 0, 0, &stored));
    FUZZ_HOLDS(!lcc_response_parse(fresh_lines, 0, 0, &fresh));
    repeats = repeats && tagged && lcc_valid_is_tagged(&stored);
    tag = lcc_fields_find(&stored.fields, "ETag");
    if (tag) {
        FUZZ_HOLDS(!lcc_etags_add(&tags, tag->value));
    }
    (void)lcc_valid_offers(&stored);
    (void)lcc_valid_judge(lcc_span_str("GET"), own, &stored);
    (void)lcc_valid_head(&fresh, &stored);
    (void)lcc_valid_is_own(own, &fresh);
    (void)lcc_valid_selects(&fresh, &stored, true);
    FUZZ_HOLDS(lcc_valid_selects(&stored, &stored, true));
    FUZZ_HOLDS(!repeats || lcc_valid_selects(&fresh, &stored, false));
    (void)lcc_valid_compose(own, lcc_buf_span(&tags), &stored, &ask);
    FUZZ_HOLDS(!ask.ours || ask.if_none_match.size ||
               ask.if_modified_since.size);
    lcc_valid_ask_done(&ask);
    lcc_buf_done(&tags);
    lcc_response_done(&stored);
    lcc_response_done(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span rest = lcc_span_of(data, size);
    struct lcc_span request;
    struct lcc_fields own;
    struct head stored;
    struct head fresh;

    if (size > 64 * 1024) {
        return 0;
    }
    request = fuzz_take(&rest, '\0');
    own = fuzz_fields(request);
    lists(request);
    fill(&stored, fuzz_take(&rest, '\0'));
    fill(&fresh, rest);
    merge(&stored, &fresh);
    judge(&own, &stored, &fresh);
    done(&stored);
    done(&fresh);
    lcc_fields_done(&own);
    return 0;
}
