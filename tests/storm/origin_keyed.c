/*
 * origin_keyed.c - answers by the table of the storm
 */
#include "tests/storm/origin_keyed.h"

#include "tests/storm/urls.h"
#include "tests/support/origin_http.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DATE_SIZE = 64, TAG_SIZE = 32 };

static void put_fields(char *fields, size_t size, const struct storm_url *url,
                       const char *tag)
{
    time_t now = time(NULL);
    struct tm parts;
    char date[DATE_SIZE];

    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
                   gmtime_r(&now, &parts));
    (void)snprintf(
        fields, size, "Date: %s\r\nCache-Control: %s\r\nETag: %s\r\n%s", date,
        url->control, tag, url->language ? "Vary: Accept-Language\r\n" : "");
}

/* What If-None-Match or If-Range names. */
static bool names(const struct origin_request *request, const char *field,
                  const char *tag)
{
    const char *line = strcasestr(request->head, field);
    const char *end = line ? strchr(line + 2, '\r') : NULL;
    const char *there = line ? strstr(line, tag) : NULL;

    return there && end && there < end;
}

static const char *language_of(const struct origin_request *request)
{
    static const char field[] = "\r\nAccept-Language: ";
    const char *line = strcasestr(request->head, field);

    return line ? line + sizeof(field) - 1 : "en";
}

/* Never that of another language: a tag names one of them (RFC 9110, 8.8.1). */
static unsigned int version_of(unsigned int row)
{
    return storm_urls[row].changes ? (unsigned int)(time(NULL) / STORM_CHANGE_S)
                                   : row + 1;
}

static void answer(const struct origin_request *request,
                   struct origin_response *response, char *fields, size_t size)
{
    unsigned int row;
    unsigned int generation;
    char tag[TAG_SIZE];

    if (!storm_find(request->target + 1, language_of(request), &row,
                    &generation)) {
        return;
    }
    const struct storm_url *url = &storm_urls[row];
    const unsigned int version = version_of(row);

    (void)snprintf(tag, sizeof(tag), "\"v%u\"", version);
    put_fields(fields, size, url, tag);
    *response = (struct origin_response){
        .path = "/",
        .fields = fields,
        .content = ORIGIN_KEYED,
        .size = url->size,
        .framing = url->chunked ? ORIGIN_CHUNKED : ORIGIN_LENGTH,
        .number = storm_body_number(row, generation),
        .version = version,
        .own_date = true,
        .ranges = storm_is_range(url),
        .pause_ms = url->pause_ms,
    };
    if (names(request, "\r\nIf-None-Match:", tag)) {
        response->status = 304;
        response->framing = ORIGIN_BARE;
        response->size = 0;
        response->ranges = false;
    }
}

struct origin *storm_origin_start(void)
{
    struct origin *origin = origin_start(NULL);

    origin_edit(origin, answer);
    return origin;
}
