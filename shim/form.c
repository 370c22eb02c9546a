/*
 * form.c - which responses answer both forms, and under which key
 */
#include "shim/form.h"

struct lcc_id lcc_form_other(const struct lcc_id *id)
{
    struct lcc_id other = *id;

    other.request.bytes[LCC_HASH_SIZE - 1] ^= 1;
    return other;
}

/* Whatever comes behind the name: more is taken for a coding than libcurl
 * decodes, which is the safe side. */
static bool names_coding(struct lcc_span line)
{
    static const char name[] = "Content-Encoding";
    const size_t size = sizeof(name) - 1;

    return line.size > size &&
           lcc_span_equal_nocase(lcc_span_of(line.data, size),
                                 lcc_span_of(name, size));
}

bool lcc_form_is_shared(const struct lcc_entry *entry)
{
    struct lcc_pieces rest = LCC_PIECES_OF(entry);
    struct lcc_piece piece;

    if (entry->status == 206) {
        return false;
    }
    while (lcc_pieces_next(&rest, &piece)) {
        if (names_coding(piece.bytes)) {
            return false;
        }
    }
    return true;
}
