/*
 * heard.c - headers and bodies as they arrive, held against the table
 */
#include "tests/storm/heard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_SIZE = 256, OK = 200, PARTIAL = 206 };

static const char *after(const char *line, const char *name)
{
    size_t length = strlen(name);

    return strncasecmp(line, name, length) == 0 ? line + length : NULL;
}

void storm_hear_header(struct storm_heard *heard, const char *bytes,
                       size_t size)
{
    char line[LINE_SIZE];
    const char *value;

    (void)snprintf(line, sizeof(line), "%.*s", (int)size, bytes);
    if ((value = after(line, "HTTP/1.1 ")) != NULL) {
        heard->status = strtol(value, NULL, 10);
    } else if ((value = after(line, "ETag: \"v")) != NULL) {
        heard->version = (unsigned int)strtoul(value, NULL, 10);
    } else if ((value = after(line, "Cache-Status: ")) != NULL) {
        heard->fetched =
            strstr(value, "fwd=miss") != NULL &&
            (!strstr(value, "collapsed") || strstr(value, "collapsed=?0")) &&
            !strstr(value, "detail=");
    }
}

void storm_hear_body(struct storm_heard *heard, const void *bytes, size_t size)
{
    if (!heard->begun) {
        heard->begun = true;
        heard->state = torment_skip(
            torment_body(storm_body_number(heard->row, heard->generation),
                         heard->version),
            storm_urls[heard->row].first);
    }
    heard->size += size;
    heard->bad = heard->bad || !torment_matches(&heard->state, bytes, size);
}

enum storm_verdict storm_judge(const struct storm_heard *heard, bool known)
{
    const struct storm_url *url = &storm_urls[heard->row];
    const bool range = storm_is_range(url);
    const size_t size = range ? url->last - url->first + 1 : url->size;

    if (heard->bad || heard->version == 0 || heard->size != size ||
        heard->status != (range ? PARTIAL : OK)) {
        return STORM_WRONG;
    }
    return known && heard->fetched ? STORM_LOST : STORM_RIGHT;
}
