/* Range, Content-Range, If-Range, a length and the header lines of a stored
 * response, parted by \n. */
#include "store/http_ranged.h"
#include "tests/fuzz/fuzz.h"

/* Digits of a line, cut to what a length may be. */
static uint64_t length_of(struct lcc_span text)
{
    const char *digits = text.data;
    uint64_t value = 0;

    for (size_t i = 0; i < text.size && i < 18; i++) {
        value = value * 10 + (uint64_t)(digits[i] & 0x0f) % 10;
    }
    return value;
}

static void check_inside(const struct lcc_ranged_answer *answer)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < answer->count; i++) {
        FUZZ_HOLDS(answer->ranges[i].first <= answer->ranges[i].last);
        FUZZ_HOLDS(answer->ranges[i].last < answer->complete);
        sum += answer->ranges[i].last - answer->ranges[i].first + 1;
    }
    FUZZ_HOLDS(sum <= answer->complete);
}

/* As the recorder keeps them: one line a piece. */
static void record(struct lcc_span lines, struct lcc_buf *head,
                   struct lcc_buf *pieces)
{
    FUZZ_HOLDS(lcc_pieces_add(head, pieces, LCC_PIECE_STATUS,
                              lcc_span_str("HTTP/1.1 200 OK\r\n")) == 0);
    for (int n = 0; lines.size > 0 && n < 100; n++) {
        struct lcc_span line = fuzz_take(&lines, '\n');

        if (line.size > 0) {
            FUZZ_HOLDS(lcc_pieces_add(head, pieces, LCC_PIECE_FIELD, line) ==
                       0);
        }
    }
    FUZZ_HOLDS(
        lcc_pieces_add(head, pieces, LCC_PIECE_END, lcc_span_str("\r\n")) == 0);
}

static void make(const struct lcc_ranged_answer *answer, struct lcc_span lines)
{
    const struct lcc_hash boundary = {{1}};
    struct lcc_buf head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    struct lcc_buf pieces = LCC_BUF_INIT(LCC_ENTRY_MAX);
    struct lcc_ranged ranged = LCC_RANGED_INIT;
    uint64_t sum = 0;

    record(lines, &head, &pieces);
    struct lcc_entry entry = {.head = lcc_buf_span(&head),
                              .pieces = lcc_buf_span(&pieces)};
    if (lcc_ranged_make(&entry, answer, &boundary, &ranged) == 0) {
        for (size_t i = 0; i < ranged.count; i++) {
            const struct lcc_segment *segment = &ranged.segments[i];

            sum += segment->size;
            FUZZ_HOLDS(segment->offset + segment->size <=
                       (segment->stored ? answer->complete : ranged.text.size));
        }
        FUZZ_HOLDS(sum == ranged.size);
    }
    lcc_ranged_done(&ranged);
    lcc_buf_done(&head);
    lcc_buf_done(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lcc_span rest = lcc_span_of(data, size);
    struct lcc_span range = fuzz_take(&rest, '\n');
    struct lcc_span content_range = fuzz_take(&rest, '\n');
    struct lcc_span if_range = fuzz_take(&rest, '\n');
    uint64_t complete = length_of(fuzz_take(&rest, '\n'));
    struct lcc_response stored = {.status = 200, .fields = fuzz_fields(rest)};
    struct lcc_content_range content;
    struct lcc_range_set set;
    struct lcc_ranged_answer answer;

    if (lcc_content_range_parse(content_range, &content)) {
        FUZZ_HOLDS(content.unsatisfied ||
                   content.range.first <= content.range.last);
        FUZZ_HOLDS(content.unsatisfied || !content.complete_known ||
                   content.range.last < content.complete);
    }
    stored.date_s = LCC_TIME_ABSENT;
    stored.last_modified_s = LCC_TIME_ABSENT;
    struct lcc_ranged_question question = {
        .set = lcc_range_parse(range, &set) ? &set : NULL,
        .if_range = if_range,
        .response = &stored,
        .complete = complete,
    };
    lcc_ranged_decide(&question, &answer);
    check_inside(&answer);
    if (answer.kind != LCC_RANGED_AS_STORED && answer.kind != LCC_RANGED_ASK) {
        make(&answer, rest);
    }
    FUZZ_HOLDS(!lcc_range_same(&stored, &stored) ||
               lcc_range_has_strong(&stored));
    lcc_response_done(&stored);
    return 0;
}
