/*
 * text.h - the field text of the table, made concrete
 */
#ifndef LCC_CONFORMANCE_TEXT_H
#define LCC_CONFORMANCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { LINE_MAX_BYTES = 16 * 1024 };

struct place { /* what the braces of field text refer to */
    time_t start;
    time_t now;
    char base[128]; /* http://host:port/path */
    const char *path;
};

/* @text with its braces filled in; the caller frees it. NULL gives "". */
char *text_fill(const char *text, const struct place *place);

/* The next line of @*cursor, without its end; false when there is none. The
 * line is copied to @line (LINE_MAX_BYTES) and @*cursor moved. */
bool text_line(const char **cursor, char *line);

/* The values of a field in a block of lines ("Name: value", ended by "\n" or
 * "\r\n"), one after another: @*cursor begins as the block. */
bool text_field(const char **cursor, const char *name, char *value);
bool text_has_field(const char *block, const char *name);

#endif
