/*
 * url.h - a URL as the engine would hash it
 */
#ifndef LCC_TOOL_URL_H
#define LCC_TOOL_URL_H

#include "store/hash.h"
#include "store/settings.h"

struct url {
    struct lcc_buf normal;   /* normal form, NUL included */
    struct lcc_buf redacted; /* what may be shown of it, NUL included */
};
#define URL_INIT ((struct url){LCC_BUF_INIT(SIZE_MAX), LCC_BUF_INIT(SIZE_MAX)})
void url_done(struct url *url);
static inline const char *url_shown(const struct url *url)
{
    return (const char *)url->redacted.data;
}
static inline struct lcc_span url_normal(const struct url *url)
{
    return lcc_span_of(url->normal.data, url->normal.size - 1);
}

/**
 * url_read() - what libcurl would make of a URL, in normal form
 * @text: as a user writes it; libcurl guesses a missing scheme
 * @ret:  initialised; release with url_done()
 *
 * Return: TOOL_DONE; TOOL_WRONG after a sentence on stderr.
 */
int url_read(const char *text, const struct lcc_settings *settings,
             struct url *ret);
/* The hash that groups what is stored for it. */
struct lcc_hash url_hash(const struct url *url,
                         const struct lcc_secret *secret);

#endif
