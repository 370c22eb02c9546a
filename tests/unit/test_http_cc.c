/*
 * Cache-Control and Pragma (RFC 9111, sections 5.2 and 5.4).
 */
#include "tests/support/cases.h"
#include "tests/unit/message.h"

#define ABSENT_ALL                                                             \
    .max_age_s = -1, .s_maxage_s = -1, .min_fresh_s = -1, .max_stale_s = -1,   \
    .stale_if_error_s = -1, .stale_while_revalidate_s = -1
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

struct cc_case {
    const char *name;
    const char *lines;
    struct lcc_cc want;
};

/* clang-format off */
static const struct cc_case cases[] = {
    {"none", "A: b\n", {ABSENT_ALL}},
    {"present but empty", "Cache-Control:\n", {ABSENT_ALL, .present = true}},
    {"no-store, 5.2.2.5", "Cache-Control: no-store\n", {ABSENT_ALL, .present = true, .no_store = true}},
    {"names without case, 5.2", "cache-control: No-STORE\n", {ABSENT_ALL, .present = true, .no_store = true}},
    {"no-cache, 5.2.2.4", "Cache-Control: no-cache\n", {ABSENT_ALL, .present = true, .no_cache = true}},
    {"no-cache with fields, 5.2.2.4", "Cache-Control: no-cache=\"a, b\"\n", {ABSENT_ALL, .present = true, .no_cache_fields = true}},
    {"private, 5.2.2.7", "Cache-Control: private\n", {ABSENT_ALL, .present = true, .private_ = true}},
    {"private with fields, 5.2.2.7", "Cache-Control: private=\"set-cookie\"\n", {ABSENT_ALL, .present = true, .private_fields = true}},
    {"all flags", "Cache-Control: public, must-revalidate, must-understand, immutable, no-transform, only-if-cached\n",
     {ABSENT_ALL, .present = true, .public_ = true, .must_revalidate = true, .must_understand = true, .immutable = true, .no_transform = true, .only_if_cached = true}},
    {"a flag's argument changes nothing, RFC 8246 2", "Cache-Control: immutable=x\n", {ABSENT_ALL, .present = true, .immutable = true}},
    {"max-age, 5.2.2.1", "Cache-Control: max-age=60\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"quoted argument, 5.2", "Cache-Control: max-age=\"60\"\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"the first one wins, 4.2.1", "Cache-Control: max-age=60, max-age=5\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"across lines too, RFC 9110 5.3", "Cache-Control: max-age=60\nCache-Control: max-age=5, no-cache\n", {ABSENT_ALL, .present = true, .max_age_s = 60, .no_cache = true}},
    {"saturates, 1.2.2", "Cache-Control: max-age=99999999999999999999999\n", {ABSENT_ALL, .present = true, .max_age_s = 2147483648}},
    {"a negative number is stale, 4.2.1", "Cache-Control: max-age=-60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"text is stale, 4.2.1", "Cache-Control: max-age=abc\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"a fraction is stale", "Cache-Control: max-age=60.5\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"a unit is stale", "Cache-Control: max-age=60s\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"no number is stale", "Cache-Control: max-age\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"white space around = is no syntax: stale", "Cache-Control: max-age = 60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"s-maxage, 5.2.2.10", "Cache-Control: s-maxage=7\n", {ABSENT_ALL, .present = true, .s_maxage_s = 7}},
    {"min-fresh, 5.2.1.3", "Cache-Control: min-fresh=7\n", {ABSENT_ALL, .present = true, .min_fresh_s = 7}},
    {"max-stale, 5.2.1.2", "Cache-Control: max-stale=7\n", {ABSENT_ALL, .present = true, .max_stale_s = 7}},
    {"max-stale of any age, 5.2.1.2", "Cache-Control: max-stale\n", {ABSENT_ALL, .present = true, .max_stale_s = LCC_CC_ANY}},
    {"RFC 5861", "Cache-Control: stale-if-error=7, stale-while-revalidate=8\n", {ABSENT_ALL, .present = true, .stale_if_error_s = 7, .stale_while_revalidate_s = 8}},
    {"unknown ones are passed over, 5.2.3", "Cache-Control: x, max-agent=5, no-stores, y=\"max-age=9\"\n", {ABSENT_ALL, .present = true}},
    {"a directive inside quotes is none", "Cache-Control: ext=\", no-store, \", max-age=3\n", {ABSENT_ALL, .present = true, .max_age_s = 3}},
    {"folded, RFC 9112 5.2", "Cache-Control: max-age=5,\tno-store\n", {ABSENT_ALL, .present = true, .max_age_s = 5, .no_store = true}},
    {"leading zeros, 1.2.2", "Cache-Control: max-age=003600\n", {ABSENT_ALL, .present = true, .max_age_s = 3600}},
    {"the largest that is not cut, 1.2.2", "Cache-Control: max-age=2147483647\n", {ABSENT_ALL, .present = true, .max_age_s = 2147483647}},
    {"a fraction of nothing", "Cache-Control: max-age=3600.0\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"a sign", "Cache-Control: max-age=+60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"single quotes are no quotes", "Cache-Control: max-age='60'\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"half a quote", "Cache-Control: max-age=\"60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"text behind the quotes", "Cache-Control: max-age=\"60\"x\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"text before the number", "Cache-Control: max-age=a60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"nothing behind =", "Cache-Control: max-age=\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"an escaped digit, RFC 9110 5.6.4", "Cache-Control: max-age=\"6\\0\"\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"an escape without quotes", "Cache-Control: max-age=6\\0\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"an escaped letter", "Cache-Control: max-age=\"6\\a\"\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"empty quotes", "Cache-Control: max-age=\"\"\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"white space before =, 5.2", "Cache-Control: max-age =60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"white space behind =, 5.2", "Cache-Control: max-age= 60\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"white space around = takes no edge off", "Cache-Control: no-store =x\n", {ABSENT_ALL, .present = true, .no_store = true}},
    {"mixed case, 5.2", "Cache-Control: MaX-aGe=60\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"empty elements, RFC 9110 5.6.1", "Cache-Control: , ,max-age=60,,\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"the first wins even if it is shorter, 4.2.1", "Cache-Control: max-age=1, max-age=1800\n", {ABSENT_ALL, .present = true, .max_age_s = 1}},
    {"the first wins even if it is no number, 4.2.1", "Cache-Control: max-age=x, max-age=1800\n", {ABSENT_ALL, .present = true, .max_age_s = 0}},
    {"a quoted argument before", "Cache-Control: extension=\"max-age=3600\", max-age=1\n", {ABSENT_ALL, .present = true, .max_age_s = 1}},
    {"a quoted argument behind", "Cache-Control: max-age=1, extension=\"max-age=3600\"\n", {ABSENT_ALL, .present = true, .max_age_s = 1}},
    {"an escaped quote does not end it, RFC 9110 5.6.4", "Cache-Control: ext=\"a\\\", no-store\", max-age=2\n", {ABSENT_ALL, .present = true, .max_age_s = 2}},
    {"a quote that nobody closes hides nothing that forbids", "Cache-Control: ext=\"a, no-store, max-age=60\n", {ABSENT_ALL, .present = true, .no_store = true, .max_age_s = 0}},
    {"nor shows what allows", "Cache-Control: ext=\"a, public, must-understand, only-if-cached, immutable\n", {ABSENT_ALL, .present = true}},
    {"a quote inside a word opens nothing", "Cache-Control: a\"b, no-store, c\"d\n", {ABSENT_ALL, .present = true, .no_store = true}},
    {"a semicolon separates what forbids", "Cache-Control: no-cache; no-store; max-age=60\n", {ABSENT_ALL, .present = true, .no_cache = true, .no_store = true, .max_age_s = 0}},
    {"a semicolon behind a number", "Cache-Control: max-age=60; private\n", {ABSENT_ALL, .present = true, .max_age_s = 0, .private_ = true}},
    {"a semicolon inside quotes", "Cache-Control: ext=\"a;b\", max-age=60\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"the next line starts afresh", "Cache-Control: ext=\"a\nCache-Control: max-age=60\n", {ABSENT_ALL, .present = true, .max_age_s = 60}},
    {"min-fresh that is no number asks for the most, 5.2.1.3", "Cache-Control: min-fresh=x\n", {ABSENT_ALL, .present = true, .min_fresh_s = LCC_DELTA_MAX_S}},
    {"min-fresh without a number", "Cache-Control: min-fresh\n", {ABSENT_ALL, .present = true, .min_fresh_s = LCC_DELTA_MAX_S}},
    {"max-stale that is no number allows nothing, 5.2.1.2", "Cache-Control: max-stale=x\n", {ABSENT_ALL, .present = true, .max_stale_s = 0}},
    {"max-stale without a number behind =", "Cache-Control: max-stale=\n", {ABSENT_ALL, .present = true, .max_stale_s = 0}},
    {"windows that are no numbers, RFC 5861", "Cache-Control: stale-if-error, stale-while-revalidate=x\n", {ABSENT_ALL, .present = true, .stale_if_error_s = 0, .stale_while_revalidate_s = 0}},
    {"no-cache with and without fields, 5.2.2.4", "Cache-Control: no-cache=\"a\", no-cache\n", {ABSENT_ALL, .present = true, .no_cache = true, .no_cache_fields = true}},
    {"no-cache with a token, 5.2.2.4", "Cache-Control: no-cache=a\n", {ABSENT_ALL, .present = true, .no_cache_fields = true}},
    {"another field of a like name", "CDN-Cache-Control: no-store\nCache-Controls: no-store\n", {ABSENT_ALL}},
    {"Pragma, 5.4", "Pragma: no-cache\n", {ABSENT_ALL, .no_cache = true}},
    {"Pragma among others, 5.4", "Pragma: x, No-Cache\n", {ABSENT_ALL, .no_cache = true}},
    {"Pragma beside Cache-Control, 5.4", "Pragma: no-cache\nCache-Control: max-age=9\n", {ABSENT_ALL, .present = true, .max_age_s = 9}},
    {"another Pragma", "Pragma: no-caches\n", {ABSENT_ALL}},
};
/* clang-format on */

LCC_CASES(http_cc, directives, cases)
{
    const struct cc_case *c = &cases[*which];
    struct lcc_fields fields = message_fields(c->lines);
    struct lcc_cc got = lcc_http_cc_parse(&fields);

#define SAME(member)                                                           \
    cr_expect_eq(got.member, c->want.member, "%s: " #member, c->name)
    SAME(present);
    SAME(no_store);
    SAME(no_cache);
    SAME(no_cache_fields);
    SAME(private_);
    SAME(private_fields);
    SAME(public_);
    SAME(must_revalidate);
    SAME(must_understand);
    SAME(immutable);
    SAME(no_transform);
    SAME(only_if_cached);
    SAME(max_age_s);
    SAME(s_maxage_s);
    SAME(min_fresh_s);
    SAME(max_stale_s);
    SAME(stale_if_error_s);
    SAME(stale_while_revalidate_s);
#undef SAME
    lcc_fields_done(&fields);
}
