/*
 * cmd_list.c - list what is stored
 */
#include "store/clock.h"
#include "tools/stored.h"
#include "tools/text.h"

#include <string.h>

enum { LIST_KEY_DIGITS = 12 }; /* of a key, in the text form */

struct list {
    struct selection selection;
    bool json;
    struct json writer;
    uint64_t shown;
};

static void print_row(const struct list *list, const struct stored *stored)
{
    char size[STORED_SIZE_TEXT];
    char left[TEXT_SIZE];
    const bool plain =
        lcc_span_equal(stored->entry.method, lcc_span_str("GET"));

    if (list->shown == 0) {
        printf("%-*s %6s %8s %9s  %s\n", LIST_KEY_DIGITS, "KEY", "STATUS",
               "SIZE", "LEFT", "URL");
    }
    printf("%.*s %6d %8s %9s  %.*s%s%.*s\n", LIST_KEY_DIGITS, stored->key,
           stored->entry.status, stored_size(stored, size),
           stored_expired(stored) ? "expired"
                                  : text_duration(stored_left_s(stored), left),
           plain ? 0 : (int)stored->entry.method.size,
           (const char *)stored->entry.method.data, plain ? "" : " ",
           (int)stored->entry.url.size, (const char *)stored->entry.url.data);
}

static int visit(void *arg, const struct stored *stored)
{
    struct list *list = arg;

    if (!selection_matches(&list->selection, stored)) {
        return 0;
    }
    if (list->json) {
        json_open(&list->writer, NULL, '{');
        stored_json(&list->writer, stored);
        json_close(&list->writer, '}');
    } else {
        print_row(list, stored);
    }
    list->shown++;
    return 0;
}

static int print_list(struct list *list, const struct tool_cache *cache)
{
    uint64_t damaged = 0;

    list->writer = json_to(stdout);
    if (list->json) {
        json_open(&list->writer, NULL, '[');
    }
    const int result = stored_walk(cache, NULL, visit, list, &damaged);
    if (list->json) {
        json_close(&list->writer, ']');
    }
    if (damaged > 0) {
        char text[TEXT_SIZE];
        tool_say("%s could not be read.", text_responses(damaged, text));
    }
    if (result != TOOL_DONE) {
        return result;
    }
    return list->shown > 0 ? TOOL_DONE : TOOL_NOTHING;
}

int cmd_list(int argc, char **argv)
{
    struct list list = {.selection = SELECTION_INIT};
    struct tool_cache cache = TOOL_CACHE_INIT;
    const struct flag rows[] = {SELECTION_FLAG_ROWS(&list.selection),
                                {"format", 0, FLAG_FORMAT, &list.json}};
    struct flags flags = {.list = rows, .count = LCC_ARRAY_SIZE(rows)};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    list.selection.globs = argv + 1;
    list.selection.globs_count = (size_t)argc - 1;
    list.selection.now_s = lcc_clock_now_s();
    result = tool_cache_open(false, &cache);
    if (result == TOOL_DONE) {
        result = print_list(&list, &cache);
    }
    tool_cache_done(&cache);
    return result;
}
