/*
 * http_glob.c - `*` and `?` on URLs and names
 *
 * Pure.
 */
#include "store/http_glob.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char subject_at(const struct lcc_subject *s, size_t i)
{
    const char *head = s->head.data;
    const char *tail = s->tail.data;

    return i < s->head.size ? head[i] : tail[i - s->head.size];
}

static bool same_char(const struct lcc_subject *s, size_t i, char pattern)
{
    char c = subject_at(s, i);

    return pattern == '?' || c == pattern ||
           (i < s->fold && lower(c) == lower(pattern));
}

/* One star to go back to is enough, so the work is bounded by text times
 * pattern. */
bool lcc_glob_subject(const struct lcc_subject *s, const char *pattern,
                      bool prefix)
{
    size_t size = s->head.size + s->tail.size;
    size_t length = strlen(pattern);
    size_t i = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t star_text = 0;

    while (i < size) {
        if (p < length && pattern[p] == '*') {
            star = p++;
            star_text = i;
        } else if (p < length && same_char(s, i, pattern[p])) {
            i++;
            p++;
        } else if (p == length && prefix) {
            return true;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++star_text;
        } else {
            return false;
        }
    }
    while (p < length && pattern[p] == '*') {
        p++;
    }
    return p == length;
}

bool lcc_glob_match(struct lcc_span text, const char *pattern)
{
    const struct lcc_subject s = {text, LCC_SPAN_EMPTY, 0};

    return lcc_glob_subject(&s, pattern, false);
}
