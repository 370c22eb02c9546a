/*
 * plan_range.c - which part of the answer is asked for
 *
 * CURLOPT_RANGE, CURLOPT_RESUME_FROM(_LARGE) and a Range line of
 * CURLOPT_HTTPHEADER are one thing on the wire (RFC 9110, section 14.2). The
 * part is no part of the key: a whole and its parts are one stored response.
 */
#include "shim/plan_parts.h"

#include <string.h>

static int64_t resume_from(const struct lcc_shadow *shadow)
{
    return lcc_shadow_off(shadow, LCC_OPT_RESUME_FROM_LARGE);
}

/* As libcurl: where to resume counts before the range (lib/url.c). */
int lcc_plan_range_field(struct lcc_plan_work *work)
{
    const char *range = lcc_shadow_string(work->shadow, LCC_OPT_RANGE);
    int64_t resume = resume_from(work->shadow);
    struct lcc_buf text LCC_CLEANUP(lcc_buf_done) =
        LCC_BUF_INIT(LCC_PLAN_FIELDS_MAX);
    int r = 0;

    if (resume) {
        r = lcc_buf_printf(&text, "bytes=%lld-", (long long)resume);
    } else if (range) {
        r = lcc_buf_printf(&text, "bytes=%s", range);
    }
    if (r == 0 && text.size) {
        r = lcc_buf_put_u8(&text, 0);
    }
    return r == 0 ? lcc_plan_add_own(work, "Range", (const char *)text.data)
                  : r;
}

/* With its line end; a line of HTTPHEADER is sent as it stands. */
static long line_bytes(const struct lcc_shadow *shadow, struct lcc_span value)
{
    const char *custom = lcc_plan_custom(shadow, "Range");
    size_t name = strlen("Range:");

    return (long)(custom ? name + strlen(custom) + 2
                         : name + 1 + value.size + 2);
}

/* Servers differ in what they make of a range they cannot read, of two Range
 * fields, and of one beside another method than GET: let them speak. */
int lcc_plan_range(struct lcc_plan_work *work)
{
    struct lcc_plan *plan = work->plan;
    const struct lcc_field *field =
        lcc_fields_find(&plan->request.fields, "Range");

    plan->resume_from = resume_from(work->shadow);
    if (!field) {
        return 0;
    }
    plan->range_line_bytes = line_bytes(work->shadow, field->value);
    if (!lcc_span_equal(plan->request.method, lcc_span_str("GET")) ||
        plan->no_body ||
        lcc_fields_next(&plan->request.fields, lcc_span_str("Range"), field) ||
        !lcc_range_parse(field->value, &plan->range)) {
        return LCC_REASON_RANGE;
    }
    return 0;
}
