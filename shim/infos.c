/*
 * infos.c - the table of CURLINFOs; recording answers, and reading them back
 *
 * The form of a recorded answer: u32 number of the CURLINFO, then a span: eight
 * bytes big-endian, or a text with its NUL.
 */
#include "shim/infos.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "shim/served.h"

enum { INDEXES = 128 }; /* of a type; curl.h uses 70 */

static const struct lcc_info infos[] = {
#define LCC_INFO(name, number, class_, since)                                  \
    {#name, number, LCC_INFO_##class_, since},
#include "shim/infos.def"
#undef LCC_INFO
};

/* Row plus one of each type and index; 0 where there is none. */
static const uint8_t rows[8][INDEXES] = {
#define LCC_INFO(name, number, class_, since)                                  \
    [(number) >> 20][(number)&0xfffff] = LCC_INFO_ROW_##name + 1,
#include "shim/infos.def"
#undef LCC_INFO
};

_Static_assert(LCC_INFO_ROW_MAX_ < UINT8_MAX, "rows fit into a byte");

/* Those that are recorded. */
static const uint8_t stored[] = {
#define PICK_STORED(name) LCC_INFO_ROW_##name,
#define PICK_SERVED(name)
#define PICK_ZERO(name)
#define PICK_REAL(name)
#define PICK_COMPUTED(name)
#define LCC_INFO(name, number, class_, since) PICK_##class_(name)
#include "shim/infos.def"
#undef LCC_INFO
};

int lcc_info_row(unsigned int number)
{
    unsigned int index = number & CURLINFO_MASK;

    if (number >> 20 >= LCC_ARRAY_SIZE(rows) || index >= INDEXES) {
        return -1;
    }
    return rows[number >> 20][index] - 1;
}

const struct lcc_info *lcc_info_at(enum lcc_info_row row)
{
    return &infos[row];
}

/* --- recording ----------------------------------------------------------- */

static int put_text(const struct lcc_info *info, const char *text,
                    struct lcc_buf *out)
{
    int r = lcc_buf_put_u32(out, info->number);

    return r ? r : lcc_buf_put_span(out, lcc_span_of(text, strlen(text) + 1));
}

static int record_text(const struct lcc_handle *handle,
                       const struct lcc_info *info, struct lcc_buf *out)
{
    const char *text = NULL;

    if (handle->real->easy_getinfo(handle->curl, (CURLINFO)info->number,
                                   &text) != CURLE_OK ||
        !text || !*text) {
        return 0;
    }
    return put_text(info, text, out);
}

static bool ask_number(const struct lcc_handle *handle,
                       const struct lcc_info *info, int64_t *ret)
{
    CURLINFO number = (CURLINFO)info->number;
    curl_off_t offset = 0;
    long value = 0;

    if (lcc_info_type(info->number) == CURLINFO_OFF_T) {
        if (handle->real->easy_getinfo(handle->curl, number, &offset)) {
            return false;
        }
        *ret = offset;
        return true;
    }
    if (handle->real->easy_getinfo(handle->curl, number, &value)) {
        return false;
    }
    *ret = value;
    return true;
}

static int put_recorded(const struct lcc_info *info, int64_t value,
                        struct lcc_buf *out)
{
    const struct {
        uint32_t number;
        uint32_t size;
        uint64_t value;
    } row = {htobe32(info->number), htobe32(sizeof(uint64_t)),
             htobe64((uint64_t)value)};

    return lcc_buf_append(out, lcc_span_of(&row, sizeof(row)));
}

/* Of the Range lines in all requests of the chain: one entry answers requests
 * with and without them. */
static int64_t range_bytes(const struct lcc_handle *handle)
{
    long followed = 0;

    if (handle->real->easy_getinfo(handle->curl, CURLINFO_REDIRECT_COUNT,
                                   &followed)) {
        followed = 0;
    }
    return (int64_t)handle->state->plan.range_line_bytes * (followed + 1);
}

static int record_number(const struct lcc_handle *handle,
                         const struct lcc_info *info, struct lcc_buf *out)
{
    int64_t value;

    if (!ask_number(handle, info, &value) || !value) {
        return 0;
    }
    if (info->number == CURLINFO_REQUEST_SIZE && handle->state) {
        value -= handle->state->extra_request_bytes + range_bytes(handle);
    }
    return put_recorded(info, value, out);
}

int lcc_infos_make(const struct lcc_real *real, bool https, struct lcc_buf *out)
{
    bool capitals = real->version < LCC_SMALL_SCHEMES_SINCE;
    const char *scheme =
        capitals ? (https ? "HTTPS" : "HTTP") : (https ? "https" : "http");
    int r = put_text(&infos[LCC_INFO_ROW_SCHEME], scheme, out);

    return r ? r
             : put_recorded(&infos[LCC_INFO_ROW_PROTOCOL],
                            https ? CURLPROTO_HTTPS : CURLPROTO_HTTP, out);
}

int lcc_infos_record(const struct lcc_handle *handle, struct lcc_buf *out)
{
    int r = 0;

    for (size_t i = 0; !r && i < LCC_ARRAY_SIZE(stored); i++) {
        const struct lcc_info *info = &infos[stored[i]];

        if (info->since > handle->real->version) {
            continue;
        }
        r = lcc_info_type(info->number) == CURLINFO_STRING
                ? record_text(handle, info, out)
                : record_number(handle, info, out);
    }
    return r;
}

int lcc_infos_mark(struct lcc_buf *out, enum lcc_info_mark mark)
{
    int r = lcc_buf_put_u32(out, (uint32_t)mark);

    return r ? r : lcc_buf_put_span(out, LCC_SPAN_EMPTY);
}

/* --- reading back -------------------------------------------------------- */

static struct lcc_span recorded(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value;
    uint32_t number;

    while (lcc_take_u32(&from, &number) && lcc_take_span(&from, &value)) {
        if (number == infos[row].number) {
            return value;
        }
    }
    return LCC_SPAN_EMPTY;
}

bool lcc_infos_marked(struct lcc_span from, enum lcc_info_mark mark)
{
    struct lcc_span value;
    uint32_t number;

    while (lcc_take_u32(&from, &number) && lcc_take_span(&from, &value)) {
        if (number == (uint32_t)mark) {
            return true;
        }
    }
    return false;
}

int64_t lcc_infos_number(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value = recorded(from, row);
    uint64_t number;

    return lcc_take_u64(&value, &number) ? (int64_t)number : 0;
}

const char *lcc_infos_text(struct lcc_span from, enum lcc_info_row row)
{
    struct lcc_span value = recorded(from, row);
    const char *text = value.data;

    return value.size && !text[value.size - 1] ? text : "";
}
