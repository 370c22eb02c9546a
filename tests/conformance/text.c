/*
 * text.c - dates, places and lines
 */
#include "tests/conformance/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BRACE_MAX = 64 };

/* The forms of RFC 9110, section 5.6.7, and two that are none. */
enum form { IMF, RFC_850, ASCTIME, IN_UTC, LOWER_CASE };

static const struct {
    const char *prefix;
    enum form form;
} forms[] = {{"850:", RFC_850},
             {"asc:", ASCTIME},
             {"utc:", IN_UTC},
             {"lower:", LOWER_CASE}};

static void put_date(FILE *out, enum form form, time_t when)
{
    struct tm parts;
    char text[80] = "";

    gmtime_r(&when, &parts);
    switch (form) {
    case IMF:
    case LOWER_CASE:
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        break;
    case RFC_850:
        strftime(text, sizeof(text), "%A, %d-%b-", &parts);
        fprintf(out, "%s%02d", text, parts.tm_year % 100);
        strftime(text, sizeof(text), " %H:%M:%S GMT", &parts);
        break;
    case ASCTIME:
        strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &parts);
        break;
    case IN_UTC:
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S UTC", &parts);
        break;
    }
    for (char *at = text; form == LOWER_CASE && *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    fputs(text, out);
}

/* One pair of braces; false when it is not ours, and stays as it is. */
static bool put_brace(FILE *out, const char *inside, const struct place *place)
{
    enum form form = IMF;
    time_t from = place->now;
    char *end;
    long shift;

    if (strcmp(inside, "base") == 0) {
        return fputs(place->base, out) >= 0;
    }
    if (strcmp(inside, "path") == 0) {
        return fputs(place->path, out) >= 0;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t length = strlen(forms[i].prefix);

        if (strncmp(inside, forms[i].prefix, length) == 0) {
            form = forms[i].form;
            inside += length;
            break;
        }
    }
    if (*inside == '=') {
        from = place->start;
        inside++;
    }
    shift = strtol(inside, &end, 10);
    if (end == inside || *end) {
        return false;
    }
    put_date(out, form, from + shift);
    return true;
}

char *text_fill(const char *text, const struct place *place)
{
    char *filled = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&filled, &size);

    for (const char *at = text ? text : ""; out && *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        char inside[BRACE_MAX];

        if (end && end - at < BRACE_MAX) {
            snprintf(inside, sizeof(inside), "%.*s", (int)(end - at - 1),
                     at + 1);
            if (put_brace(out, inside, place)) {
                at = end;
                continue;
            }
        }
        fputc(*at, out);
    }
    if (!out || fclose(out) != 0) {
        perror("conformance");
        exit(99);
    }
    return filled;
}

bool text_line(const char **cursor, char *line)
{
    const char *from = *cursor;
    size_t size;

    if (!from || !*from) {
        return false;
    }
    size = strcspn(from, "\n");
    *cursor = from[size] ? from + size + 1 : from + size;
    if (size > 0 && from[size - 1] == '\r') {
        size--;
    }
    snprintf(line, LINE_MAX_BYTES, "%.*s", (int)size, from);
    return true;
}

bool text_field(const char **cursor, const char *name, char *value)
{
    size_t length = strcspn(name, ":");
    char line[LINE_MAX_BYTES];

    while (text_line(cursor, line)) {
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *from = line + length + 1;

            snprintf(value, LINE_MAX_BYTES, "%s", from + strspn(from, " \t"));
            return true;
        }
    }
    return false;
}

bool text_has_field(const char *block, const char *name)
{
    char value[LINE_MAX_BYTES];

    return text_field(&block, name, value);
}
