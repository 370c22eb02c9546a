/*
 * Recording a miss: what the program sees while it is recorded, what is kept
 * of it, and what the real handle holds afterwards.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"

#define URL "http://origin.test/page"

static const struct fake_step page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "Content-Type: text/plain\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "first piece, ", 0},
    {FAKE_BODY, "second piece", 0},
    {FAKE_END, NULL, 0},
};
#define PAGE_BODY "first piece, second piece"

static struct program program;

static void begin(void)
{
    process_begin();
    memset(&program, 0, sizeof(program));
    program_attach(&program, fake_handle_new(URL));
}

static void end(void)
{
    fake_handle_free(program.handle);
    process_end();
}

TestSuite(recorder, .init = begin, .fini = end);

static void expect_callbacks_are_the_programs(const struct lcc_handle *handle)
{
    const struct fake_easy *easy = fake_of(handle);

    cr_expect(easy->write == program_write);
    cr_expect(easy->write_data == &program);
    cr_expect(easy->header == program_header);
    cr_expect(easy->header_data == &program);
}

/* What is served next must be what a plain transfer tells. */
static void expect_hit_tells(const char *expected)
{
    unsigned int before = fake_of(program.handle)->performs;

    program_forget(&program);
    cr_assert_eq(program_perform(&program, NULL), CURLE_OK);
    cr_expect_eq(fake_of(program.handle)->performs, before,
                 "the origin was asked again");
    cr_expect_str_eq(program.seen, expected);
}

#define PAGE_TOLD                                                              \
    "H:HTTP/1.1 200 OK\r\nH:Content-Type: text/plain\r\nH:\r\n"                \
    "W:first piece, W:second piece"
/* The cache joins the pieces of a body. */
#define PAGE_REPLAYED                                                          \
    "H:HTTP/1.1 200 OK\r\nH:Content-Type: text/plain\r\nH:\r\n"                \
    "W:" PAGE_BODY

Test(recorder, a_miss_is_told_and_stored)
{
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_str_eq(program.seen, PAGE_TOLD);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
    expect_callbacks_are_the_programs(program.handle);
    expect_hit_tells(PAGE_REPLAYED);
    cr_expect_eq(process_counted(LCC_REASON_HIT), 1);
}

static size_t edit(struct program *self, char *data, size_t size)
{
    (void)self;
    memset(data, 'x', size);
    return size;
}

struct edit_case {
    const char *name;
    unsigned int at;
};

static const struct edit_case edits[] = {
    {"a status line", 1},   {"a field", 2},        {"the empty line", 3},
    {"the first piece", 4}, {"the last piece", 5},
};

ParameterizedTestParameters(recorder,
                            a_piece_edited_in_place_is_kept_as_it_came)
{
    static size_t rows[LCC_ARRAY_SIZE(edits)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, recorder,
                  a_piece_edited_in_place_is_kept_as_it_came)
{
    program.act = edit;
    program.at = edits[*which].at;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1, "%s",
                 edits[*which].name);
    expect_hit_tells(PAGE_REPLAYED);
}

/* --- pauses -------------------------------------------------------------- */

static size_t pause_now(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    (void)size;
    return CURL_WRITEFUNC_PAUSE;
}

static size_t edit_and_pause(struct program *self, char *data, size_t size)
{
    memset(data, 'x', size);
    return pause_now(self, data, size);
}

static const struct fake_step paused_body[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "Content-Type: text/plain\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "first piece, ", 0},
    {FAKE_BODY, "second", 0},
    {FAKE_RESUME, NULL, 0},
    {FAKE_BODY, " piece", 0},
    {FAKE_END, NULL, 0},
};

Test(recorder, a_piece_that_a_pause_delivers_again_is_kept_once)
{
    program.act = pause_now;
    program.at = 4;
    cr_assert_eq(program_perform(&program, paused_body), CURLE_OK);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
    expect_hit_tells(PAGE_REPLAYED);
}

Test(recorder, what_was_edited_before_a_pause_is_kept_as_it_came)
{
    program.act = edit_and_pause;
    program.at = 4;
    cr_assert_eq(program_perform(&program, paused_body), CURLE_OK);
    expect_hit_tells(PAGE_REPLAYED);
}

static const struct fake_step paused_head[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "Content-Type: text/plain\r\n", 0},
    {FAKE_HEADER, "X-More: 1\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_RESUME, NULL, 0},
    {FAKE_BODY, PAGE_BODY, 0},
    {FAKE_END, NULL, 0},
};

Test(recorder, header_lines_joined_by_a_pause_are_kept_line_by_line)
{
    program.act = pause_now;
    program.at = 2;
    cr_assert_eq(program_perform(&program, paused_head), CURLE_OK);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
    expect_hit_tells("H:HTTP/1.1 200 OK\r\nH:Content-Type: text/plain\r\n"
                     "H:X-More: 1\r\nH:\r\nW:" PAGE_BODY);
}

Test(recorder, a_transfer_paused_for_good_is_not_stored)
{
    program.act = pause_now;
    program.at = 5;
    cr_expect_eq(program_perform(&program, page), CURLE_OPERATION_TIMEDOUT);
    cr_expect_eq(process_stored(), 0);
    cr_expect_eq(process_counted(LCC_REASON_FAILED), 1);
    expect_callbacks_are_the_programs(program.handle);
}

/* --- what must not be stored --------------------------------------------- */

static size_t take_less(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    return size - 1;
}

struct refusal {
    const char *name;
    unsigned int at;
    bool header_option;
    const char *error;
};

static const struct refusal refusals[] = {
    {"a header line", 2, false, "Failed writing header"},
    {"a body piece", 4, false, "Failure writing output to destination"},
    {"the last body piece", 5, false, "Failure writing output to destination"},
    {"a header line as body", 3, true, "Failure writing output to destination"},
    {"a header line after that", 4, true, "Failed writing header"},
};

ParameterizedTestParameters(recorder, a_short_write_ends_it_and_nothing_is_kept)
{
    static size_t rows[LCC_ARRAY_SIZE(refusals)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, recorder,
                  a_short_write_ends_it_and_nothing_is_kept)
{
    const struct refusal *row = &refusals[*which];
    char error[CURL_ERROR_SIZE] = "";

    fake_setopt_pointer(program.handle, CURLOPT_ERRORBUFFER, error);
    fake_setopt_long(program.handle, CURLOPT_HEADER, row->header_option);
    program.act = take_less;
    program.at = row->at;
    cr_expect_eq(program_perform(&program, page), CURLE_WRITE_ERROR, "%s",
                 row->name);
    cr_expect_str_eq(error, row->error, "%s: %s", row->name, error);
    cr_expect_eq(process_stored(), 0, "%s", row->name);
    cr_expect_eq(process_counted(LCC_REASON_ABORTED), 1, "%s", row->name);
}

struct failure {
    const char *name;
    CURLcode result;
    curl_off_t announced;
    curl_off_t arrived_more;
    enum lcc_reason reason;
};

static const struct failure failures[] = {
    {"the progress callback stopped it", CURLE_ABORTED_BY_CALLBACK, -1, 0,
     LCC_REASON_ABORTED},
    {"the connection broke", CURLE_PARTIAL_FILE, -1, 0, LCC_REASON_FAILED},
    {"FAILONERROR", CURLE_HTTP_RETURNED_ERROR, -1, 0, LCC_REASON_FAILED},
    {"more announced than came", CURLE_OK, 1000, 0, LCC_REASON_INCOMPLETE},
    {"more came than was announced", CURLE_OK, 25, 1, LCC_REASON_INCOMPLETE},
    {"what was announced came", CURLE_OK, 25, 0, LCC_REASON_STORED},
    {"nothing was announced", CURLE_OK, -1, 0, LCC_REASON_STORED},
};

ParameterizedTestParameters(recorder, only_a_whole_response_is_stored)
{
    static size_t rows[LCC_ARRAY_SIZE(failures)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, recorder, only_a_whole_response_is_stored)
{
    const struct failure *row = &failures[*which];
    struct fake_easy *easy = fake_of(program.handle);

    easy->result = row->result;
    easy->announced = row->announced;
    easy->arrived_more = row->arrived_more;
    cr_expect_eq(program_perform(&program, page), row->result, "%s", row->name);
    cr_expect_eq(process_counted(row->reason), 1, "%s", row->name);
    cr_expect_eq(process_stored(), row->reason == LCC_REASON_STORED, "%s",
                 row->name);
}

Test(recorder, an_ignored_content_length_is_compared_all_the_same)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "Content-Length: 30\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, PAGE_BODY, 0},
        {FAKE_END, NULL, 0},
    };

    cr_expect_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_eq(process_counted(LCC_REASON_INCOMPLETE), 1);
    cr_expect_eq(process_stored(), 0);
}

Test(recorder, a_head_without_its_end_is_not_stored)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "X: 1\r\n", 0},
        {FAKE_END, NULL, 0},
    };

    cr_expect_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_eq(process_stored(), 0);
}

Test(recorder, an_answer_that_is_not_http_is_delivered_and_not_stored)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "ICY 200 OK\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, "music", 0},
        {FAKE_END, NULL, 0},
    };

    fake_setopt_long(program.handle, CURLOPT_HEADER, 1);
    cr_expect_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_str_eq(program.seen, "W:ICY 200 OK\r\nH:ICY 200 OK\r\n"
                                   "W:\r\nH:\r\nW:music");
    cr_expect_eq(process_counted(LCC_REASON_NOT_STORABLE), 1);
}

Test(recorder, a_response_too_large_is_delivered_whole_and_not_stored)
{
    static const char piece[] = "sixteen bytes!!!";
    const size_t count = 128 * 1024;
    const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, piece, count},
        {FAKE_END, NULL, 0},
    };

    program.quiet = true;
    cr_expect_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_eq(program.body_bytes, count * strlen(piece));
    cr_expect_eq(process_counted(LCC_REASON_TOO_LARGE), 1);
    cr_expect_eq(process_stored(), 0);
}

/* --- CURLOPT_HEADER ------------------------------------------------------ */

static const struct fake_step trailed[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "body", 0},
    {FAKE_TRAILER, "X-Trailer: 1\r\n", 0},
    {FAKE_END, NULL, 0},
};
#define TRAILED_TOLD                                                           \
    "W:HTTP/1.1 200 OK\r\nH:HTTP/1.1 200 OK\r\nW:\r\nH:\r\nW:body"             \
    "H:X-Trailer: 1\r\n"

Test(recorder, the_header_option_gives_each_line_to_both_callbacks)
{
    fake_setopt_long(program.handle, CURLOPT_HEADER, 1);
    cr_assert_eq(program_perform(&program, trailed), CURLE_OK);
    cr_expect_str_eq(program.seen, TRAILED_TOLD);
    cr_expect_eq(fake_of(program.handle)->header_option, 1);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
    expect_hit_tells(TRAILED_TOLD);
}

/* Each place a pause can come, against the same program without the cache. */
ParameterizedTestParameters(recorder,
                            a_pause_under_the_header_option_is_libcurls)
{
    static unsigned int rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    return cr_make_param_array(unsigned int, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(unsigned int *at, recorder,
                  a_pause_under_the_header_option_is_libcurls)
{
    static struct program plain;
    CURLcode result;

    program_attach(&plain, fake_handle_new(URL));
    fake_setopt_long(plain.handle, CURLOPT_HEADER, 1);
    plain.act = pause_now;
    plain.at = *at;
    fake_of(plain.handle)->script = paused_head;
    result = fake_real.easy_perform(plain.handle->curl);

    fake_setopt_long(program.handle, CURLOPT_HEADER, 1);
    program.act = pause_now;
    program.at = *at;
    cr_expect_eq(program_perform(&program, paused_head), result, "call %u",
                 *at);
    cr_expect_str_eq(program.seen, plain.seen, "call %u", *at);
    cr_expect_eq(process_stored(), result == CURLE_OK, "call %u", *at);
    fake_handle_free(plain.handle);
}

Test(recorder, the_header_option_still_works_when_nothing_is_stored)
{
    static const struct fake_step script[] = {
        {FAKE_HEADER, "HTTP/1.1 401 Unauthorized\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_HEADER, "HTTP/1.1 404 Not Found\r\n", 0},
        {FAKE_HEADER, "Cache-Control: no-store\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_BODY, "gone", 0},
        {FAKE_TRAILER, "X: 1\r\n", 0},
        {FAKE_END, NULL, 0},
    };
    static struct program plain;

    program_attach(&plain, fake_handle_new(URL));
    fake_setopt_long(plain.handle, CURLOPT_HEADER, 1);
    fake_of(plain.handle)->script = script;
    fake_real.easy_perform(plain.handle->curl);

    fake_setopt_long(program.handle, CURLOPT_HEADER, 1);
    cr_assert_eq(program_perform(&program, script), CURLE_OK);
    cr_expect_str_eq(program.seen, plain.seen);
    cr_expect_eq(process_stored(), 0);
    fake_handle_free(plain.handle);
}

/* --- the program's hands on the handle, inside a callback ---------------- */

static struct program second;

static size_t set_another_write_data(struct program *self, char *data,
                                     size_t size)
{
    (void)data;
    fake_setopt_pointer(self->handle, CURLOPT_WRITEDATA, &second);
    return size;
}

Test(recorder, an_option_set_inside_a_callback_counts_from_the_next_piece)
{
    program.act = set_another_write_data;
    program.at = 4;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_str_eq(second.seen, "W:second piece");
    cr_expect(fake_of(program.handle)->write_data == &second);
    cr_expect(fake_of(program.handle)->write == program_write);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);
}

static size_t duplicate(struct program *self, char *data, size_t size)
{
    (void)data;
    self->other = fake_duplicate(self->handle);
    return size;
}

Test(recorder, a_duplicate_made_inside_a_callback_has_the_programs_callbacks)
{
    program.act = duplicate;
    program.at = 2;
    fake_setopt_long(program.handle, CURLOPT_HEADER, 1);
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    expect_callbacks_are_the_programs(program.other);
    cr_expect_eq(fake_of(program.other)->header_option, 1);
    fake_handle_free(program.other);
}

static size_t reset(struct program *self, char *data, size_t size)
{
    (void)data;
    fake_reset(self->handle);
    return size;
}

Test(recorder, a_reset_inside_a_callback_leaves_a_handle_as_reset)
{
    const struct fake_easy *easy = fake_of(program.handle);

    program.act = reset;
    program.at = 3;
    cr_expect_eq(program_perform(&program, page), CURLE_OK);
    cr_expect(easy->write == NULL);
    cr_expect(easy->write_data == stdout);
    cr_expect(easy->header == NULL);
    cr_expect(easy->header_data == NULL);
    cr_expect_eq(process_stored(), 0);
    cr_expect_eq(process_counted(LCC_REASON_ABORTED), 1);
}

static size_t reset_and_set(struct program *self, char *data, size_t size)
{
    fake_reset(self->handle);
    fake_setopt_function(self->handle, CURLOPT_WRITEFUNCTION, program_write);
    fake_setopt_pointer(self->handle, CURLOPT_WRITEDATA, &second);
    (void)data;
    return size;
}

Test(recorder, options_set_after_a_reset_inside_a_callback_reach_libcurl)
{
    program.act = reset_and_set;
    program.at = 3;
    cr_expect_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_str_eq(second.seen, "W:first piece, W:second piece");
    cr_expect_eq(process_stored(), 0);
}

static const struct fake_step small[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "nested", 0},
    {FAKE_END, NULL, 0},
};

static size_t perform_other(struct program *self, char *data, size_t size)
{
    (void)data;
    self->nested = fake_perform(self->other);
    return size;
}

Test(recorder, a_transfer_inside_a_callback_is_recorded_by_itself)
{
    program.other = fake_handle_new("http://origin.test/nested");
    program_attach(&second, program.other);
    fake_of(program.other)->script = small;
    program.act = perform_other;
    program.at = 4;
    program.nested = CURLE_FAILED_INIT;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_eq(program.nested, CURLE_OK);
    cr_expect_str_eq(second.seen, "H:HTTP/1.1 200 OK\r\nH:\r\nW:nested");
    cr_expect_eq(process_counted(LCC_REASON_STORED), 2);
    expect_hit_tells(PAGE_REPLAYED);
    fake_handle_free(program.other);
}

static size_t perform_same(struct program *self, char *data, size_t size)
{
    (void)data;
    self->nested = fake_perform(self->handle);
    return size;
}

Test(recorder, a_transfer_of_the_same_handle_inside_a_callback_is_refused)
{
    program.act = perform_same;
    program.at = 4;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_eq(program.nested, CURLE_FAILED_INIT);
    cr_expect_eq(process_counted(LCC_REASON_STORED), 1);

    program_forget(&program);
    program.act = perform_same;
    program.at = 4;
    program.nested = CURLE_OK;
    cr_assert_eq(program_perform(&program, NULL), CURLE_OK);
    cr_expect_eq(program.nested, CURLE_FAILED_INIT, "while a hit is told");
    cr_expect_eq(fake_of(program.handle)->performs, 1);
}

static size_t look_at_status(struct program *self, char *data, size_t size)
{
    (void)data;
    cr_expect_eq(fake_status(self->handle), 200);
    return size;
}

Test(recorder, getinfo_inside_a_callback_is_the_real_handles)
{
    program.act = look_at_status;
    program.at = 5;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_eq(program.calls, 5);
}

static size_t change_method(struct program *self, char *data, size_t size)
{
    (void)data;
    fake_setopt_string(self->handle, CURLOPT_CUSTOMREQUEST, "BREW");
    fake_setopt_string(self->handle, CURLOPT_URL, "http://other.test/");
    return size;
}

Test(recorder, a_request_changed_inside_a_callback_is_stored_as_it_was_sent)
{
    program.act = change_method;
    program.at = 4;
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, "GET");
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, "GET");
    fake_setopt_string(program.handle, CURLOPT_URL, URL);
    expect_hit_tells(PAGE_REPLAYED);
}
