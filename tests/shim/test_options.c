/*
 * test_options.c - the table of options against the libcurl found here
 */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <string.h>

#include "shim/options.h"
#include "store/base.h"

static enum lcc_option_kind kind_of(curl_easytype type)
{
    switch (type) {
    case CURLOT_LONG:
    case CURLOT_VALUES:
        return LCC_KIND_LONG;
    case CURLOT_OFF_T:
        return LCC_KIND_OFF;
    case CURLOT_STRING:
        return LCC_KIND_STRING;
    case CURLOT_SLIST:
        return LCC_KIND_SLIST;
    case CURLOT_OBJECT:
    case CURLOT_CBPTR:
        return LCC_KIND_POINTER;
    case CURLOT_BLOB:
        return LCC_KIND_BLOB;
    case CURLOT_FUNCTION:
        return LCC_KIND_FUNCTION;
    }
    return LCC_KIND_POINTER;
}

Test(options, every_option_of_this_libcurl_has_a_row_of_its_kind)
{
    const struct curl_easyoption *option = NULL;
    size_t seen = 0;

    while ((option = curl_easy_option_next(option))) {
        int row = lcc_option_row(option->id);

        seen++;
        cr_expect(row >= 0, "CURLOPT_%s (%d) has no row", option->name,
                  (int)option->id);
        if (row >= 0) {
            cr_expect(lcc_option_at((enum lcc_option_row)row)->kind ==
                          kind_of(option->type),
                      "CURLOPT_%s has another kind", option->name);
        }
    }
    cr_assert(seen > 250, "libcurl listed %zu options only", seen);
}

Test(options, every_row_that_this_libcurl_knows_bears_its_name)
{
    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        const struct lcc_option *ours = lcc_option_at((enum lcc_option_row)row);
        const struct curl_easyoption *theirs =
            curl_easy_option_by_id(ours->number);

        cr_expect(lcc_option_row(ours->number) == row, "%s", ours->name);
        cr_expect(!theirs || strcmp(theirs->name, ours->name) == 0, "%s is %s",
                  ours->name, theirs ? theirs->name : "");
    }
}

Test(options, numbers_without_a_row_have_none)
{
    static const int numbers[] = {-1,    0,     1,     9999, 10003,
                                  20002, 90000, 40001, 59999};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(numbers); i++) {
        cr_expect(lcc_option_row((CURLoption)numbers[i]) == -1, "%d",
                  numbers[i]);
    }
    cr_expect(lcc_option_at((enum lcc_option_row)LCC_OPT_MAX_) == NULL);
}

/* Rows whose class keeps a promise of the contract: a change must be meant. */
static const struct {
    enum lcc_option_row row;
    enum lcc_option_class class_;
} promised[] = {
    {LCC_OPT_OPENSOCKETFUNCTION, LCC_OPTION_REFUSE},
    {LCC_OPT_PREREQFUNCTION, LCC_OPTION_REFUSE},
    {LCC_OPT_RESOLVER_START_FUNCTION, LCC_OPTION_REFUSE},
    {LCC_OPT_SSL_CTX_FUNCTION, LCC_OPTION_REFUSE},
    {LCC_OPT_HTTP09_ALLOWED, LCC_OPTION_REFUSE},
    {LCC_OPT_CONNECT_ONLY, LCC_OPTION_REFUSE},
    {LCC_OPT_RANGE, LCC_OPTION_REQUEST},
    {LCC_OPT_SSL_VERIFYPEER, LCC_OPTION_SCOPE},
    {LCC_OPT_SSL_VERIFYHOST, LCC_OPTION_SCOPE},
    {LCC_OPT_CAINFO, LCC_OPTION_SCOPE},
    {LCC_OPT_CAINFO_BLOB, LCC_OPTION_SCOPE},
    {LCC_OPT_PINNEDPUBLICKEY, LCC_OPTION_SCOPE},
    {LCC_OPT_SSLCERT, LCC_OPTION_SCOPE},
    {LCC_OPT_PROXY, LCC_OPTION_SCOPE},
    {LCC_OPT_PROXY_SSL_VERIFYPEER, LCC_OPTION_SCOPE},
    {LCC_OPT_UNIX_SOCKET_PATH, LCC_OPTION_SCOPE},
    {LCC_OPT_ABSTRACT_UNIX_SOCKET, LCC_OPTION_SCOPE},
    {LCC_OPT_CONNECT_TO, LCC_OPTION_SCOPE},
    {LCC_OPT_DOH_URL, LCC_OPTION_SCOPE},
    {LCC_OPT_INTERFACE, LCC_OPTION_SCOPE},
    {LCC_OPT_PORT, LCC_OPTION_SCOPE},
    {LCC_OPT_PROTOCOLS_STR, LCC_OPTION_SCOPE},
    {LCC_OPT_XOAUTH2_BEARER, LCC_OPTION_SCOPE},
};

Test(options, what_the_contract_promises_is_in_its_class)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(promised); i++) {
        const struct lcc_option *option = lcc_option_at(promised[i].row);

        cr_expect(option->class_ == promised[i].class_, "%s", option->name);
    }
}

Test(options, everything_that_speaks_of_tls_takes_part_in_the_key)
{
    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        const struct lcc_option *option =
            lcc_option_at((enum lcc_option_row)row);
        bool tls = strstr(option->name, "SSL") || strstr(option->name, "TLS") ||
                   strstr(option->name, "CERT");
        bool other_protocol =
            strstr(option->name, "FTP") || option->kind == LCC_KIND_POINTER;

        /* It asks only what is told of a connection, and a hit has none. */
        bool told = row == (int)LCC_OPT_CERTINFO;

        if (tls && !other_protocol && !told) {
            cr_expect(option->class_ != LCC_OPTION_TRANSPORT &&
                          option->class_ != LCC_OPTION_DELIVERY,
                      "%s", option->name);
        }
    }
}
