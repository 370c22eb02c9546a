/*
 * header_api.c - the header lines of a hit, looked up by name and in order
 *
 * libcurl-header(3), curl_easy_header(3), curl_easy_nextheader(3). Lines
 * become nodes when first asked for, up to the line that is being told.
 */
#include "shim/header_api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ORIGINS =
        CURLH_HEADER | CURLH_TRAILER | CURLH_CONNECT | CURLH_1XX | CURLH_PSEUDO,
    NOT_FOR_COMPARING = 1 << 27, /* libcurl sets it, so that nobody uses == */
};

struct lcc_header_node {
    struct lcc_header_node *next;
    char *name;
    char *value;
    unsigned int origin;
    int request;
    char bytes[];
};

void lcc_header_api_forget(struct lcc_served *served)
{
    struct lcc_header_node *next;

    for (struct lcc_header_node *node = served->first; node; node = next) {
        next = node->next;
        free(node);
    }
    served->first = NULL;
    served->last = NULL;
    served->nodes_of = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || (c >= '\n' && c <= '\r');
}

/* Before 8.0 libcurl leaves the CR of a field without a value in it; the
 * program sees what its libcurl gives. */
static bool keeps_return(const struct lcc_served *served)
{
    return served->real->version < 0x080000;
}

/* Bytes of a line without its end. */
static size_t text_size(struct lcc_span line)
{
    const char *end = memchr(line.data, '\r', line.size);

    if (!end) {
        end = memchr(line.data, '\n', line.size);
    }
    return end ? (size_t)(end - (const char *)line.data) : line.size;
}

static void append(struct lcc_served *served, struct lcc_header_node *node)
{
    if (served->last) {
        served->last->next = node;
    } else {
        served->first = node;
    }
    served->last = node;
}

/* Cut "Name: value" in two, in place. False: it has no colon. */
static bool cut(struct lcc_header_node *node, size_t size)
{
    char *colon = memchr(node->bytes, ':', size);
    char *end = node->bytes + size;

    if (!colon) {
        return false;
    }
    *colon = '\0';
    node->name = node->bytes;
    node->value = colon + 1;
    while (is_blank(*node->value)) {
        node->value++;
    }
    while (end > node->value && is_space(end[-1])) {
        *--end = '\0';
    }
    return true;
}

static void add_node(struct lcc_served *served, const struct lcc_line *line,
                     struct lcc_span bytes)
{
    size_t size = text_size(bytes);
    struct lcc_header_node *node = calloc(1, sizeof(*node) + size + 2);

    if (!node) {
        return;
    }
    memcpy(node->bytes, bytes.data, size);
    node->origin = line->origin;
    node->request = line->request;
    if (cut(node, size)) {
        if (!*node->value && size < bytes.size && keeps_return(served)) {
            *node->value = ((const char *)bytes.data)[size];
        }
        append(served, node);
    } else {
        free(node);
    }
}

static void replace_last(struct lcc_served *served,
                         struct lcc_header_node *node)
{
    struct lcc_header_node *before = served->first;

    if (before == served->last) {
        served->first = node;
    } else {
        while (before->next != served->last) {
            before = before->next;
        }
        before->next = node;
    }
    free(served->last);
    served->last = node;
}

/* A folded line continues the value before it, with one blank of its own. */
static void unfold(struct lcc_served *served, struct lcc_span bytes)
{
    struct lcc_header_node *old = served->last;
    const char *more = bytes.data;
    size_t size = text_size(bytes);
    struct lcc_header_node *node;
    size_t used;

    if (!old) {
        return;
    }
    while (size && is_space(more[size - 1])) {
        size--;
    }
    while (size > 1 && is_blank(more[0]) && is_blank(more[1])) {
        size--;
        more++;
    }
    used = (size_t)(old->value - old->bytes) + strlen(old->value);
    node = calloc(1, sizeof(*node) + used + size + 1);
    if (!node) {
        return;
    }
    memcpy(node->bytes, old->bytes, used);
    memcpy(node->bytes + used, more, size);
    node->name = node->bytes;
    node->value = node->bytes + (old->value - old->bytes);
    node->origin = old->origin;
    node->request = old->request;
    replace_last(served, node);
}

/* Lines the program has been told become nodes. */
static void catch_up(struct lcc_served *served)
{
    for (; served->nodes_of < served->lines_told; served->nodes_of++) {
        const struct lcc_line *line = &served->lines[served->nodes_of];
        struct lcc_span bytes = lcc_served_line(served, served->nodes_of);

        if (!line->size || line->kind == LCC_PIECE_STATUS ||
            line->kind == LCC_PIECE_END) {
            continue;
        }
        if (is_blank(((const char *)bytes.data)[0])) {
            unfold(served, bytes);
        } else {
            add_node(served, line, bytes);
        }
    }
}

struct wanted {
    const char *name;
    unsigned int origin;
    int request;
};

static bool matches(const struct lcc_header_node *node,
                    const struct wanted *wanted)
{
    return (node->origin & wanted->origin) &&
           node->request == wanted->request &&
           (!wanted->name || strcasecmp(node->name, wanted->name) == 0);
}

static size_t how_many(const struct lcc_served *served,
                       const struct wanted *wanted,
                       const struct lcc_header_node *until)
{
    size_t count = 0;

    for (const struct lcc_header_node *node = served->first; node;
         node = node->next) {
        if (node == until) {
            break;
        }
        count += matches(node, wanted);
    }
    return count;
}

static struct lcc_header_node *pick(const struct lcc_served *served,
                                    const struct wanted *wanted, size_t index)
{
    struct lcc_header_node *node = served->first;

    for (; node; node = node->next) {
        if (matches(node, wanted) && !index--) {
            break;
        }
    }
    return node;
}

static struct curl_header *answer(struct curl_header *ret,
                                  struct lcc_header_node *node, size_t amount,
                                  size_t index)
{
    *ret = (struct curl_header){.name = node->name,
                                .value = node->value,
                                .amount = amount,
                                .index = index,
                                .origin = node->origin | NOT_FOR_COMPARING,
                                .anchor = node};
    return ret;
}

static CURLHcode find(struct lcc_served *served, struct wanted wanted,
                      size_t index, struct curl_header **out)
{
    struct lcc_header_node *node;
    size_t amount;

    if (!served->first) {
        return CURLHE_NOHEADERS;
    }
    if (wanted.request > served->request) {
        return CURLHE_NOREQUEST;
    }
    if (wanted.request == -1) {
        wanted.request = served->request;
    }
    amount = how_many(served, &wanted, NULL);
    if (!amount) {
        return CURLHE_MISSING;
    }
    node = pick(served, &wanted, index);
    if (!node) {
        return CURLHE_BADINDEX;
    }
    *out = answer(&served->found, node, amount, index);
    return CURLHE_OK;
}

bool lcc_served_header(struct lcc_handle *handle, const char *name,
                       size_t index, unsigned int origin, int request,
                       struct curl_header **out, CURLHcode *ret)
{
    struct lcc_served *served = handle->state->served;

    if (!served || !handle->real->easy_header) {
        return false;
    }
    if (!name || !out || !origin || origin > ORIGINS || request < -1) {
        *ret = CURLHE_BAD_ARGUMENT;
        return true;
    }
    catch_up(served);
    *ret = find(served, (struct wanted){name, origin, request}, index, out);
    return true;
}

/* Before 8.1 libcurl answers both questions from one place, and curl's own
 * %{header_json} of that time relies on it. */
static struct curl_header *next_answer(struct lcc_served *served)
{
    return served->real->version < 0x080100 ? &served->found : &served->next;
}

static struct curl_header *next_after(struct lcc_served *served,
                                      struct wanted wanted,
                                      struct lcc_header_node *node)
{
    while (node && !matches(node, &wanted)) {
        node = node->next;
    }
    if (!node) {
        return NULL;
    }
    wanted.name = node->name;
    return answer(next_answer(served), node, how_many(served, &wanted, NULL),
                  how_many(served, &wanted, node));
}

bool lcc_served_nextheader(struct lcc_handle *handle, unsigned int origin,
                           int request, struct curl_header *previous,
                           struct curl_header **ret)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_header_node *node;

    if (!served || !handle->real->easy_nextheader) {
        return false;
    }
    *ret = NULL;
    catch_up(served);
    if (request > served->request || (previous && !previous->anchor)) {
        return true;
    }
    if (request == -1) {
        request = served->request;
    }
    node = previous ? ((struct lcc_header_node *)previous->anchor)->next
                    : served->first;
    *ret = next_after(served, (struct wanted){NULL, origin, request}, node);
    return true;
}
