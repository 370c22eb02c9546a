/*
 * test_infos.c - the table of infos against libcurl's own header
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "hit.h"
#include "shim/infos.h"

static const char *const page[] = {"HTTP/1.1 200 OK\r\n",
                                   "Content-Type: text/plain\r\n",
                                   "Content-Length: 2\r\n", "\r\n", NULL};

static void serve(struct hit_side *side)
{
    struct hit_entry entry;

    hit_entry_make(&entry, page, "ok", 2);
    hit_text(side, CURLOPT_URL, "http://User:pw@Host.Example:80/a b?c#d");
    hit_long(side, CURLOPT_NOPROGRESS, 1);
    hit_pointer(side, CURLOPT_WRITEDATA, NULL);
    hit_long(side, CURLOPT_NOBODY, 1);
    hit_run(side, &entry);
    hit_entry_done(&entry);
}

/* Every number that this libcurl answers must have a row: a new libcurl
 * announces itself here. */
Test(infos, every_info_of_this_libcurl_has_a_row)
{
    static const unsigned int types[] = {CURLINFO_STRING, CURLINFO_LONG,
                                         CURLINFO_DOUBLE, CURLINFO_SLIST,
                                         CURLINFO_SOCKET, CURLINFO_OFF_T};
    CURL *curl = curl_easy_init();
    size_t found = 0;

    for (size_t type = 0; type < LCC_ARRAY_SIZE(types); type++) {
        for (unsigned int index = 1; index < 128; index++) {
            union {
                double real;
                curl_off_t offset;
                void *pointer;
            } out = {0};
            CURLINFO info = (CURLINFO)(types[type] + index);

            if (curl_easy_getinfo(curl, info, &out) != CURLE_OK) {
                continue;
            }
            found++;
            cr_expect_geq(lcc_info_row((unsigned int)info), 0,
                          "CURLINFO %#x has no row in infos.def",
                          (unsigned int)info);
            if (info == CURLINFO_COOKIELIST || info == CURLINFO_SSL_ENGINES) {
                curl_slist_free_all(out.pointer);
            }
        }
    }
    cr_expect_geq(found, 69, "curl.h of 7.88 has so many");
    curl_easy_cleanup(curl);
}

/* The names and numbers are those of the header we are built with. */
Test(infos, rows_agree_with_the_header)
{
    static const struct {
        const char *name;
        unsigned int number;
    } known[] = {
#define KNOWN(name) {#name, (unsigned int)CURLINFO_##name}
        KNOWN(EFFECTIVE_URL), KNOWN(RESPONSE_CODE),
        KNOWN(TOTAL_TIME),    KNOWN(SIZE_DOWNLOAD_T),
        KNOWN(HEADER_SIZE),   KNOWN(FILETIME_T),
        KNOWN(CONTENT_TYPE),  KNOWN(CONTENT_LENGTH_DOWNLOAD_T),
        KNOWN(REDIRECT_URL),  KNOWN(PRIMARY_IP),
        KNOWN(CERTINFO),      KNOWN(CONDITION_UNMET),
        KNOWN(ACTIVESOCKET),  KNOWN(TLS_SSL_PTR),
        KNOWN(HTTP_VERSION),  KNOWN(SCHEME),
        KNOWN(TOTAL_TIME_T),  KNOWN(APPCONNECT_TIME_T),
        KNOWN(RETRY_AFTER),   KNOWN(EFFECTIVE_METHOD),
        KNOWN(PROXY_ERROR),   KNOWN(REFERER),
        KNOWN(CAINFO),        KNOWN(CAPATH),
#undef KNOWN
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(known); i++) {
        int row = lcc_info_row(known[i].number);

        cr_assert_geq(row, 0, "%s", known[i].name);
        cr_expect_str_eq(lcc_info_at((enum lcc_info_row)row)->name,
                         known[i].name);
    }
}

/* No answer of a hit may be what an earlier, real transfer left behind. */
Test(infos, answers_of_an_earlier_transfer_are_gone)
{
    static const struct hit_answer answers[] = {
        {"/earlier",
         "HTTP/1.1 503 Busy\r\nRetry-After: 77\r\nContent-Type: x/y\r\n"
         "Location: /z\r\nContent-Length: 3\r\n\r\n",
         "bad", 3},
        {NULL, NULL, NULL, 0}};
    struct hit_side side;
    char url[128];
    char *text = NULL;
    long number = -1;
    curl_off_t offset = -1;

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/earlier",
             hit_server_start(answers));
    hit_side_init(&side, true);
    hit_text(&side, CURLOPT_URL, url);
    hit_pointer(&side, CURLOPT_WRITEDATA, fopen("/dev/null", "we"));
    cr_assert_eq(curl_easy_perform(side.handle.curl), CURLE_OK);
    fclose(lcc_shadow_pointer(&side.handle.shadow, LCC_OPT_WRITEDATA));
    serve(&side);
    hit_ask(&side, CURLINFO_RESPONSE_CODE, &number);
    cr_expect_eq(number, 200);
    hit_ask(&side, CURLINFO_NUM_CONNECTS, &number);
    cr_expect_eq(number, 0);
    hit_ask(&side, CURLINFO_RETRY_AFTER, &offset);
    cr_expect_eq(offset, 0);
    hit_ask(&side, CURLINFO_CONTENT_TYPE, &text);
    cr_expect_str_eq(text, "text/plain");
    hit_ask(&side, CURLINFO_PRIMARY_IP, &text);
    cr_expect_str_eq(text, "", "none was recorded");
    side.handle.state->served = lcc_served_free(side.handle.state->served);
    hit_ask(&side, CURLINFO_RESPONSE_CODE, &number);
    cr_expect_eq(number, 503, "dropped answers leave libcurl's");
    hit_side_done(&side);
}

Test(infos, handle_keeps_what_is_its_own)
{
    struct hit_side side;
    struct curl_tlssessioninfo *session = NULL;
    struct curl_certinfo *certificates = NULL;
    curl_socket_t socket = 0;
    char *text = NULL;
    int mine;

    hit_side_init(&side, true);
    hit_pointer(&side, CURLOPT_PRIVATE, &mine);
    serve(&side);
    hit_ask(&side, CURLINFO_PRIVATE, &text);
    cr_expect_eq((void *)text, &mine);
    hit_ask(&side, CURLINFO_CERTINFO, &certificates);
    cr_assert(certificates);
    cr_expect_eq(certificates->num_of_certs, 0);
    hit_ask(&side, CURLINFO_TLS_SSL_PTR, &session);
    cr_assert(session);
    cr_expect_null(session->internals);
    hit_ask(&side, CURLINFO_ACTIVESOCKET, &socket);
    cr_expect_eq(socket, CURL_SOCKET_BAD);
    hit_ask(&side, CURLINFO_EFFECTIVE_METHOD, &text);
    cr_expect_str_eq(text, "HEAD");
    hit_side_done(&side);
}

Test(infos, wrong_questions_get_libcurls_answers)
{
    struct hit_side side;
    CURLINFO none = (CURLINFO)(CURLINFO_LONG + 120);
    CURLINFO no_type = (CURLINFO)0x7f00001;
    CURLINFO newer = (CURLINFO)0x200042; /* USED_PROXY, 8.7 */
    long number = 5;

    hit_side_init(&side, true);
    serve(&side);
    cr_expect_eq(
        hit_ask(&side, CURLINFO_RESPONSE_CODE, NULL),
        curl_easy_getinfo(side.handle.curl, CURLINFO_RESPONSE_CODE, NULL));
    cr_expect_eq(hit_ask(&side, none, &number),
                 curl_easy_getinfo(side.handle.curl, none, &number));
    cr_expect_eq(hit_ask(&side, no_type, &number),
                 curl_easy_getinfo(side.handle.curl, no_type, &number));
    cr_expect_eq(hit_ask(&side, newer, &number),
                 curl_easy_getinfo(side.handle.curl, newer, &number));
    hit_side_done(&side);
}

/* libcurl shows a URL that was set since as it was set. */
Test(infos, url_set_after_the_transfer_is_shown_as_set)
{
    struct hit_side side;
    char *text = NULL;

    hit_side_init(&side, true);
    serve(&side);
    hit_ask(&side, CURLINFO_EFFECTIVE_URL, &text);
    cr_expect_str_eq(text, "http://User:pw@Host.Example:80/a b?c#d");
    hit_text(&side, CURLOPT_URL, "other");
    hit_ask(&side, CURLINFO_EFFECTIVE_URL, &text);
    cr_expect_str_eq(text, "other");
    hit_side_done(&side);
}

Test(infos, url_may_come_from_a_url_object)
{
    struct hit_side side;
    CURLU *url = curl_url();
    char *text = NULL;

    curl_url_set(url, CURLUPART_URL, "https://host/x?y", 0);
    hit_side_init(&side, true);
    hit_pointer(&side, CURLOPT_CURLU, url);
    hit_pointer(&side, CURLOPT_URL, NULL);
    struct hit_entry entry;

    hit_entry_make(&entry, page, "", 0);
    hit_run(&side, &entry);
    hit_ask(&side, CURLINFO_EFFECTIVE_URL, &text);
    cr_expect_str_eq(text, "https://host/x?y");
    hit_entry_done(&entry);
    hit_side_done(&side);
    curl_url_cleanup(url);
}

/* Stored bytes are never trusted. */
Test(infos, damaged_answers_are_empty)
{
    static const uint8_t bytes[] = {0, 0x10, 0, 0x20, 0, 0, 0, 3, 'a', 'b', 'c',
                                    0, 0x20, 0, 0x28, 0, 0, 0, 9, 1};

    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct lcc_span infos = lcc_span_of(bytes, size);

        cr_expect_str_eq(lcc_infos_text(infos, LCC_INFO_ROW_PRIMARY_IP), "");
        cr_expect_eq(lcc_infos_number(infos, LCC_INFO_ROW_PRIMARY_PORT), 0);
    }
}

/* A transfer that met no response, as in offline mode. */
Test(infos, answers_of_nothing_are_those_of_a_failed_connection)
{
    struct hit_side side;
    char *text = NULL;
    long number = -1;
    curl_off_t offset = 0;

    hit_side_init(&side, true);
    hit_text(&side, CURLOPT_URL, "http://h");
    cr_assert_eq(lcc_served_nothing(&side.handle), 0);
    for (int row = 0; row < LCC_INFO_ROW_MAX_; row++) {
        const struct lcc_info *info = lcc_info_at((enum lcc_info_row)row);
        char room[sizeof(void *)] = {0};
        CURLcode code;

        if (info->class_ != LCC_INFO_REAL) {
            lcc_served_getinfo(&side.handle, (CURLINFO)info->number, room,
                               &code);
        }
    }
    hit_ask(&side, CURLINFO_EFFECTIVE_URL, &text);
    cr_expect_str_eq(text, "http://h/");
    hit_ask(&side, CURLINFO_RESPONSE_CODE, &number);
    cr_expect_eq(number, 0);
    hit_ask(&side, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &offset);
    cr_expect_eq(offset, -1);
    hit_side_done(&side);
}
