/*
 * hit.c - the two sides of every comparison
 */
#include "hit.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/infos.h"

struct hit_store hit_store;

/* Stands in for the store: a body in memory, failing where a test wants. */
int lcc_store_read_body(struct lcc_store *store, const struct lcc_hit *hit,
                        uint64_t offset, void *into, size_t size,
                        size_t *ret_got)
{
    (void)store;
    hit_store.reads++;
    if (hit_store.gone || (hit_store.gone_at && offset >= hit_store.gone_at)) {
        return -ESTALE;
    }
    if (hit_store.most && size > hit_store.most) {
        size = hit_store.most;
    }
    if (offset + size > hit->body_size) {
        size = (size_t)(hit->body_size - offset);
    }
    memcpy(into, (const char *)hit->body.data + offset, size);
    *ret_got = size;
    return 0;
}

void lcc_store_hold_body(struct lcc_store *store, struct lcc_hit *hit)
{
    (void)store;
    cr_assert_not(hit->held, "held twice");
    hit->held = &hit_store;
    hit_store.holds++;
}

void lcc_store_let_body_go(struct lcc_store *store, struct lcc_hit *hit)
{
    (void)store;
    hit_store.holds -= hit->held != NULL;
    hit->held = NULL;
}

/* Programs call the deprecated ones too. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
const struct lcc_real *hit_real(void)
{
    static struct lcc_real real = {
#define LCC_REAL(name, need) .name = curl_##name,
#include "shim/real.def"
#undef LCC_REAL
    };
#pragma GCC diagnostic pop

    real.version = curl_version_info(CURLVERSION_NOW)->version_num;
    real.ignores_sigpipe = true;
    return &real;
}

/* --- sides --------------------------------------------------------------- */

void hit_side_init(struct hit_side *side, bool is_hit)
{
    memset(side, 0, sizeof(*side));
    side->is_hit = is_hit;
    side->text = LCC_BUF_INIT(64 * 1024 * 1024);
    side->handle.curl = curl_easy_init();
    side->handle.real = hit_real();
    lcc_shadow_init(&side->handle.shadow);
    side->handle.state = calloc(1, sizeof(*side->handle.state));
    cr_assert(side->handle.curl && side->handle.state);
    /* The server closes: no request may go out on a dying connection. */
    hit_long(side, CURLOPT_FORBID_REUSE, 1);
}

void hit_side_done(struct hit_side *side)
{
    lcc_served_free(side->handle.state->served);
    free(side->handle.state);
    lcc_shadow_done(&side->handle.shadow);
    curl_easy_cleanup(side->handle.curl);
    lcc_buf_done(&side->text);
}

static void follow(struct hit_side *side, CURLoption option,
                   const union lcc_value *value)
{
    lcc_shadow_set(&side->handle.shadow, option, value);
}

void hit_long(struct hit_side *side, CURLoption option, long value)
{
    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    follow(side, option, &(union lcc_value){.number = value});
}

void hit_off(struct hit_side *side, CURLoption option, curl_off_t value)
{
    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    follow(side, option, &(union lcc_value){.offset = value});
}

void hit_text(struct hit_side *side, CURLoption option, const char *value)
{
    union lcc_value argument;

    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    argument.pointer = (void *)(uintptr_t)value;
    follow(side, option, &argument);
}

void hit_pointer(struct hit_side *side, CURLoption option, void *value)
{
    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    follow(side, option, &(union lcc_value){.pointer = value});
}

void hit_list(struct hit_side *side, CURLoption option,
              struct curl_slist *value)
{
    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    follow(side, option, &(union lcc_value){.list = value});
}

void hit_function(struct hit_side *side, CURLoption option, void (*value)(void))
{
    cr_assert_eq(curl_easy_setopt(side->handle.curl, option, value), CURLE_OK);
    follow(side, option, &(union lcc_value){.function = value});
}

/* --- what the program asks ----------------------------------------------- */

CURLcode hit_ask(struct hit_side *side, CURLINFO info, void *out)
{
    CURLcode code;

    if (side->is_hit && lcc_served_getinfo(&side->handle, info, out, &code)) {
        return code;
    }
    return curl_easy_getinfo(side->handle.curl, info, out);
}

CURLHcode hit_header(struct hit_side *side, const char *name, size_t index,
                     unsigned int origin, int request, struct curl_header **out)
{
    CURLHcode code;

    if (side->is_hit && lcc_served_header(&side->handle, name, index, origin,
                                          request, out, &code)) {
        return code;
    }
    return curl_easy_header(side->handle.curl, name, index, origin, request,
                            out);
}

struct curl_header *hit_next(struct hit_side *side, unsigned int origin,
                             int request, struct curl_header *previous)
{
    struct curl_header *found;

    if (side->is_hit && lcc_served_nextheader(&side->handle, origin, request,
                                              previous, &found)) {
        return found;
    }
    return curl_easy_nextheader(side->handle.curl, origin, request, previous);
}

CURLcode hit_pause(struct hit_side *side, int bitmask)
{
    CURLcode code;

    if (side->is_hit && lcc_served_pause(&side->handle, bitmask, &code)) {
        return code;
    }
    return curl_easy_pause(side->handle.curl, bitmask);
}

/* --- what is seen -------------------------------------------------------- */

void hit_print(struct hit_side *side, const char *format, ...)
{
    char line[4096];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    cr_assert(size >= 0);
    if ((size_t)size >= sizeof(line)) {
        size = sizeof(line) - 1;
    }
    cr_assert_eq(lcc_buf_append(&side->text, lcc_span_of(line, (size_t)size)),
                 0);
}

static void print_bytes(struct hit_side *side, const char *data, size_t size)
{
    cr_assert_eq(lcc_buf_append(&side->text, lcc_span_of(data, size)), 0);
}

static void print_moment(struct hit_side *side)
{
    long status = -1;
    long header_size = -1;
    long redirects = -1;
    curl_off_t length = -2;
    char *url = NULL;
    char *type = NULL;
    char *scheme = NULL;

    hit_ask(side, CURLINFO_RESPONSE_CODE, &status);
    hit_ask(side, CURLINFO_HEADER_SIZE, &header_size);
    hit_ask(side, CURLINFO_REDIRECT_COUNT, &redirects);
    hit_ask(side, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    hit_ask(side, CURLINFO_EFFECTIVE_URL, &url);
    hit_ask(side, CURLINFO_CONTENT_TYPE, &type);
    hit_ask(side, CURLINFO_SCHEME, &scheme);
    hit_print(side, "  now %ld %ld %ld %lld %s %s %s\n", status, header_size,
              redirects, (long long)length, url, type ? type : "(none)",
              scheme);
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct hit_side *side = user;

    size *= count;
    side->unended = side->unended || data[size];
    hit_print(side, "%sheader ", side->last == 'b' ? "\n" : "");
    side->last = 'h';
    print_bytes(side, data, size);
    if (side->ask_inside) {
        print_moment(side);
    }
    memset(data, 'x', size); /* programs edit lines in place */
    return size;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct hit_side *side = user;

    size *= count;
    if (side->pauses) {
        side->pauses = false;
        side->paused = true;
        hit_print(side, "paused ");
        return CURL_WRITEFUNC_PAUSE;
    }
    side->largest = size > side->largest ? size : side->largest;
    side->unended = side->unended || data[size];
    if (side->last != 'b') {
        hit_print(side, "body ");
    }
    side->last = 'b';
    print_bytes(side, data, size);
    side->taken += size;
    if (!lcc_shadow_long(&side->handle.shadow, LCC_OPT_HEADER)) {
        /* libcurl still reads a header line after this. */
        memset(data, 'x', size);
    }
    if (side->fails_resumed) {
        side->fails_resumed = false;
        return 0;
    }
    if (side->stop_at && side->taken > side->stop_at) {
        return size - 1;
    }
    return size;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up)
{
    struct hit_side *side = user;

    (void)total;
    (void)now;
    (void)up_total;
    (void)up;
    if (side->paused) {
        side->paused = false;
        hit_print(side, "resumes ");
        hit_print(side, "resumed %d\n", hit_pause(side, CURLPAUSE_CONT));
        side->last = 'p';
    }
    return 0;
}

void hit_pausing(struct hit_side *side)
{
    side->pauses = true;
    hit_long(side, CURLOPT_NOPROGRESS, 0);
    hit_function(side, CURLOPT_XFERINFOFUNCTION, (void (*)(void))on_progress);
    hit_pointer(side, CURLOPT_XFERINFODATA, side);
}

static int on_debug(CURL *curl, curl_infotype type, char *data, size_t size,
                    void *user)
{
    struct hit_side *side = user;

    (void)curl;
    if (type == CURLINFO_HEADER_IN) {
        hit_print(side, "%strace ", side->last == 'b' ? "\n" : "");
        side->last = 't';
        print_bytes(side, data, size);
    }
    return 0;
}

void hit_listen(struct hit_side *side, const char *url)
{
    hit_text(side, CURLOPT_URL, url);
    hit_pointer(side, CURLOPT_ERRORBUFFER, side->error);
    hit_function(side, CURLOPT_HEADERFUNCTION, (void (*)(void))on_header);
    hit_pointer(side, CURLOPT_HEADERDATA, side);
    hit_function(side, CURLOPT_WRITEFUNCTION, (void (*)(void))on_body);
    hit_pointer(side, CURLOPT_WRITEDATA, side);
    hit_function(side, CURLOPT_DEBUGFUNCTION, (void (*)(void))on_debug);
    hit_pointer(side, CURLOPT_DEBUGDATA, side);
}

/* DIFFERENCES.md: timings, the connection, and what was never connected. */
static bool may_differ(enum lcc_info_row row)
{
    const char *name = lcc_info_at(row)->name;

    return strstr(name, "_TIME") || strstr(name, "SPEED") ||
           strcmp(name, "NUM_CONNECTS") == 0 || strstr(name, "SOCKET") ||
           strcmp(name, "LOCAL_PORT") == 0;
}

static void print_info(struct hit_side *side, enum lcc_info_row row)
{
    const struct lcc_info *info = lcc_info_at(row);
    CURLINFO number = (CURLINFO)info->number;
    char *text = NULL;
    long value = 0;
    double real = 0;
    curl_off_t offset = 0;

    switch (info->number & CURLINFO_TYPEMASK) {
    case CURLINFO_STRING:
        hit_ask(side, number, &text);
        hit_print(side, "%s %s\n", info->name, text ? text : "(null)");
        break;
    case CURLINFO_LONG:
        hit_ask(side, number, &value);
        hit_print(side, "%s %ld\n", info->name, value);
        break;
    case CURLINFO_DOUBLE:
        hit_ask(side, number, &real);
        hit_print(side, "%s %f\n", info->name, real);
        break;
    case CURLINFO_OFF_T:
        hit_ask(side, number, &offset);
        hit_print(side, "%s %lld\n", info->name, (long long)offset);
        break;
    default:
        break;
    }
}

static void print_headers(struct hit_side *side)
{
    static const unsigned int origins[] = {CURLH_HEADER, CURLH_TRAILER,
                                           CURLH_CONNECT, CURLH_1XX, 0xf};

    for (int request = -1; request < 4; request++) {
        for (size_t i = 0; i < LCC_ARRAY_SIZE(origins); i++) {
            struct curl_header *h = NULL;

            while ((h = hit_next(side, origins[i], request, h))) {
                hit_print(side, "api %d %x: %s=%s %zu of %zu, %x\n", request,
                          origins[i], h->name, h->value, h->index, h->amount,
                          h->origin);
            }
        }
    }
}

static void print_cookies(struct hit_side *side)
{
    struct curl_slist *list = NULL;

    hit_ask(side, CURLINFO_COOKIELIST, &list);
    for (struct curl_slist *c = list; c; c = c->next) {
        hit_print(side, "cookie %s\n", c->data);
    }
    curl_slist_free_all(list);
}

void hit_print_answers(struct hit_side *side)
{
    hit_print(side, "\nresult %d, %s\n", side->result, side->error);
    for (int row = 0; row < LCC_INFO_ROW_MAX_; row++) {
        if (!may_differ((enum lcc_info_row)row)) {
            print_info(side, (enum lcc_info_row)row);
        }
    }
    print_headers(side);
    print_cookies(side);
    cr_assert_eq(lcc_buf_put_u8(&side->text, 0), 0);
}

/* --- stored responses ---------------------------------------------------- */

static void entry_init(struct hit_entry *entry)
{
    memset(entry, 0, sizeof(*entry));
    entry->head = LCC_BUF_INIT(LCC_ENTRY_HEAD_MAX);
    entry->pieces = LCC_BUF_INIT(LCC_ENTRY_MAX);
    entry->body = LCC_BUF_INIT(SIZE_MAX);
    entry->infos = LCC_BUF_INIT(LCC_ENTRY_MAX);
    entry->entry.response_time_s = 1700000000;
    entry->decision.verdict = LCC_VERDICT_SERVE;
    entry->decision.ttl_s = 60;
    entry->decision.age_s = 7;
}

void hit_entry_done(struct hit_entry *entry)
{
    lcc_buf_done(&entry->head);
    lcc_buf_done(&entry->pieces);
    lcc_buf_done(&entry->body);
    lcc_buf_done(&entry->infos);
}

static enum lcc_piece_kind kind_of(const struct hit_entry *entry,
                                   const char *data)
{
    if (entry->in_body) {
        return LCC_PIECE_TRAILER;
    }
    if (data[0] == '\r' || data[0] == '\n') {
        return LCC_PIECE_END;
    }
    return strncmp(data, "HTTP/", 5) == 0 ? LCC_PIECE_STATUS : LCC_PIECE_FIELD;
}

static size_t record_line(char *data, size_t size, size_t count, void *user)
{
    struct hit_entry *entry = user;

    cr_assert_eq(lcc_pieces_add(&entry->head, &entry->pieces,
                                kind_of(entry, data),
                                lcc_span_of(data, size * count)),
                 0);
    return size * count;
}

static size_t record_body(char *data, size_t size, size_t count, void *user)
{
    struct hit_entry *entry = user;

    entry->in_body = true;
    cr_assert_eq(lcc_buf_append(&entry->body, lcc_span_of(data, size * count)),
                 0);
    return size * count;
}

static void finish(struct hit_entry *entry)
{
    entry->entry.head = lcc_buf_span(&entry->head);
    entry->entry.pieces = lcc_buf_span(&entry->pieces);
    entry->entry.infos = lcc_buf_span(&entry->infos);
    entry->entry.body_bytes = entry->body.size;
}

void hit_record(struct hit_entry *entry, const char *url,
                void (*prepare)(struct hit_side *side))
{
    struct hit_side side;

    entry_init(entry);
    hit_side_init(&side, false);
    hit_text(&side, CURLOPT_URL, url);
    if (prepare) {
        prepare(&side);
    }
    /* What the recorder holds on the real handle. */
    hit_long(&side, CURLOPT_HEADER, 0);
    hit_long(&side, CURLOPT_FAILONERROR, 0);
    hit_long(&side, CURLOPT_VERBOSE, 0);
    hit_off(&side, CURLOPT_MAXFILESIZE_LARGE, 0);
    hit_function(&side, CURLOPT_HEADERFUNCTION, (void (*)(void))record_line);
    hit_pointer(&side, CURLOPT_HEADERDATA, entry);
    hit_function(&side, CURLOPT_WRITEFUNCTION, (void (*)(void))record_body);
    hit_pointer(&side, CURLOPT_WRITEDATA, entry);
    cr_assert_eq(curl_easy_perform(side.handle.curl), CURLE_OK);
    cr_assert_eq(lcc_infos_record(&side.handle, &entry->infos), 0);
    finish(entry);
    hit_side_done(&side);
}

void hit_entry_make(struct hit_entry *entry, const char *const *lines,
                    const void *body, size_t size)
{
    entry_init(entry);
    for (; *lines; lines++) {
        char copy[512];

        snprintf(copy, sizeof(copy), "%s", *lines);
        record_line(copy, 1, strlen(copy), entry);
        entry->in_body = entry->in_body || (copy[0] == '\r' && lines[1] &&
                                            strncmp(lines[1], "HTTP/", 5) != 0);
    }
    cr_assert_eq(lcc_buf_append(&entry->body, lcc_span_of(body, size)), 0);
    finish(entry);
}

void hit_run(struct hit_side *side, struct hit_entry *entry)
{
    if (!side->is_hit) {
        side->result = curl_easy_perform(side->handle.curl);
        return;
    }
    side->handle.state->hit.body_size = entry->body.size;
    side->handle.state->hit.body = lcc_buf_span(&entry->body);
    cr_assert_eq(lcc_replay(&side->handle, NULL, &entry->entry,
                            &entry->decision, &side->result),
                 0);
}
