/*
 * plan_url_plain.c - most URLs: nothing to guess, to decode or to put right
 *
 * Reading one by libcurl's URL API takes seven times as long, which each new
 * URL would pay (RFC 3986, section 3: what the characters may be).
 */
#include "shim/plan_url_plain.h"

#include <string.h>

enum {
    HOST_MAX = 253, /* RFC 1035, section 2.3.4 */
    PORT_MAX = 65535,
    OCTET_MAX = 255,
    OCTETS = 4,
    DECIMAL = 10,
};

enum place { IN_HOST, IN_PATH, IN_QUERY };

static bool may_stand(char c, enum place place)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
        c == '-') {
        return true;
    }
    if (place == IN_HOST || c == '\0') {
        return false;
    }
    return (c >= 'A' && c <= 'Z') || strchr("/=&_~:@$+,;!", c) ||
           (c == '?' && place == IN_QUERY);
}

/* Bytes at the front that may stand in @place. */
static size_t run_of(struct lcc_span text, enum place place)
{
    const char *at = text.data;
    size_t size = 0;

    while (size < text.size && may_stand(at[size], place)) {
        size++;
    }
    return size;
}

static struct lcc_span take(struct lcc_span *from, size_t size)
{
    const struct lcc_span front = lcc_span_of(from->data, size);

    *from = lcc_span_of((const char *)from->data + size, from->size - size);
    return front;
}

static bool take_text(struct lcc_span *from, const char *text)
{
    const size_t size = strlen(text);

    if (from->size < size || memcmp(from->data, text, size) != 0) {
        return false;
    }
    (void)take(from, size);
    return true;
}

/* A number without leading zeros, off the front. */
static bool take_number(struct lcc_span *from, unsigned int most)
{
    const char *at = from->data;
    unsigned int number = 0;
    size_t size = 0;

    while (size < from->size && at[size] >= '0' && at[size] <= '9' &&
           number <= most) {
        number = number * DECIMAL + (unsigned int)(at[size] - '0');
        size++;
    }
    if (size == 0 || number > most || (size > 1 && at[0] == '0')) {
        return false;
    }
    (void)take(from, size);
    return true;
}

static bool is_ipv4(struct lcc_span host)
{
    for (int i = 0; i < OCTETS; i++) {
        if ((i > 0 && !take_text(&host, ".")) ||
            !take_number(&host, OCTET_MAX)) {
            return false;
        }
    }
    return host.size == 0;
}

/* What begins with a letter is no address to any libcurl. */
static bool read_host(struct lcc_span host, struct lcc_plain_url *ret)
{
    const char *text = host.data;

    if (host.size == 0 || host.size > HOST_MAX) {
        return false;
    }
    ret->host = host;
    ret->numeric = is_ipv4(host);
    return ret->numeric ||
           (text[0] >= 'a' && text[0] <= 'z' && text[host.size - 1] != '.');
}

static bool has_dot_segment(struct lcc_span path)
{
    return memmem(path.data, path.size, "/.", 2) != NULL;
}

/* The port stays in the text: others read it there. */
static bool skip_port(struct lcc_span *rest)
{
    const char *at = rest->data;

    if (rest->size == 0 || at[0] != ':') {
        return true;
    }
    (void)take(rest, 1);
    return rest->size > 0 && *(const char *)rest->data != '0' &&
           take_number(rest, PORT_MAX);
}

bool lcc_plain_url_read(struct lcc_span text, struct lcc_plain_url *ret)
{
    struct lcc_plain_url url;

    url.https = take_text(&text, "https://");
    if ((!url.https && !take_text(&text, "http://")) ||
        !read_host(take(&text, run_of(text, IN_HOST)), &url) ||
        !skip_port(&text) || text.size == 0 ||
        *(const char *)text.data != '/') {
        return false;
    }
    url.path = take(&text, run_of(text, IN_PATH));
    if (has_dot_segment(url.path)) {
        return false;
    }
    /* "?" alone is written in more than one way. */
    if (text.size > 0 && (text.size == 1 || !take_text(&text, "?"))) {
        return false;
    }
    if (run_of(text, IN_QUERY) != text.size) {
        return false;
    }
    *ret = url;
    return true;
}
