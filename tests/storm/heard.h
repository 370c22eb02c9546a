/*
 * heard.h - is that what this request must get?
 *
 * Every byte is compared with the body of its URL in the version that the tag
 * of the same response names.
 */
#ifndef LCC_STORM_HEARD_H
#define LCC_STORM_HEARD_H

#include "tests/storm/storm.h"

struct storm_heard {
    unsigned int row, generation;
    unsigned int version; /* 0: no tag yet */
    bool fetched;         /* nothing was stored for it, says Cache-Status */
    bool begun, bad;
    uint64_t state; /* of the body at what comes next */
    size_t size;
    long status;
};

void storm_hear_header(struct storm_heard *heard, const char *line,
                       size_t size);
void storm_hear_body(struct storm_heard *heard, const void *bytes, size_t size);
/* At the end of a transfer that went well. @known: it was stored before this
 * began. */
enum storm_verdict storm_judge(const struct storm_heard *heard, bool known);

#endif
