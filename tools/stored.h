/*
 * stored.h - stored responses as the commands see them: read, judged, chosen
 */
#ifndef LCC_TOOL_STORED_H
#define LCC_TOOL_STORED_H

#include "store/entry.h"
#include "store/http_fresh.h"
#include "tools/flags.h"
#include "tools/json.h"
#include "tools/text.h"
#include "tools/tool.h"

/* One stored response with what the reader's settings make of it. */
struct stored {
    const struct lcc_record *record; /* lives for the visit */
    struct lcc_entry entry;          /* points into the record */
    struct lcc_decision decision;    /* for a request with nothing special */
    char key[LCC_HASH_HEX_SIZE];     /* of the request, in hex */
};

/* Seconds that are left; negative when expired; INT64_MAX: never expires. */
int64_t stored_left_s(const struct stored *stored);
bool stored_expired(const struct stored *stored);
/* Age since it arrived here, seconds. */
int64_t stored_age_s(const struct stored *stored, int64_t now_s);

/* Are some bytes of it missing? Then it answers requests for ranges only. */
bool stored_lacks_bytes(const struct stored *stored);
/* "2.0M", or "2.0M of 190.7M" when bytes are missing. */
enum { STORED_SIZE_TEXT = 2 * TEXT_SIZE };
const char *stored_size(const struct stored *stored,
                        char out[STORED_SIZE_TEXT]);

/* Return 0 to go on, anything else to stop the walk with it. */
typedef int (*stored_visit_fn)(void *arg, const struct stored *stored);

/**
 * stored_walk() - visit stored responses
 * @url: of this URL only; NULL for all
 *
 * What cannot be decoded is passed over and counted in *@ret_damaged.
 *
 * Return: TOOL_DONE; TOOL_FAILED after a sentence; what @visit returned.
 */
int stored_walk(const struct tool_cache *cache, const struct lcc_hash *url,
                stored_visit_fn visit, void *arg, uint64_t *ret_damaged);

/* Which ones a command is about. */
struct selection {
    const char *host;     /* glob, or NULL */
    bool expired;         /* only expired ones */
    int64_t older_than_s; /* -1: any age */
    char **globs;         /* any of them; none: all */
    size_t globs_count;
    int64_t now_s;
};
#define SELECTION_INIT ((struct selection){.older_than_s = -1})
enum { SELECTION_FLAGS = 3 };
#define SELECTION_FLAG_ROWS(selection)                                         \
    {"expired", 0, FLAG_SWITCH, &(selection)->expired},                        \
        {"older-than", 0, FLAG_DURATION, &(selection)->older_than_s},          \
    {                                                                          \
        "host", 0, FLAG_TEXT, &(selection)->host                               \
    }
bool selection_matches(const struct selection *selection,
                       const struct stored *stored);

/* The members of one stored response, into an open object. */
void stored_json(struct json *json, const struct stored *stored);

#endif
