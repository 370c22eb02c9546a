/*
 * fake_real.h - a libcurl that plays a script, for the tests of the shim
 *
 * Its handle keeps the five options that a recorder changes, and its perform
 * tells a script of pieces to the callbacks set at that moment, with libcurl
 * 7.88's rules: what comes after a pause is joined to what was held, by type.
 * The URL functions are libcurl's own.
 */
#ifndef LCC_TESTS_FAKE_REAL_H
#define LCC_TESTS_FAKE_REAL_H

#include "shim/engine.h"

enum fake_kind {
    FAKE_END, /* of the script */
    FAKE_HEADER,
    FAKE_TRAILER,
    FAKE_BODY,
    FAKE_RESUME, /* what a pause held is told again */
    FAKE_URL,    /* a redirect was followed: CURLINFO_EFFECTIVE_URL */
};

struct fake_step {
    enum fake_kind kind;
    const char *text;
    size_t repeat; /* told so many times; 0 is once */
};

struct fake_easy {
    /* Options of the real handle. */
    curl_write_callback write;
    void *write_data;
    curl_write_callback header;
    void *header_data;
    long header_option;
    char *error_buffer;
    struct curl_slist *fields; /* HTTPHEADER */
    /* The script, and what getinfo says afterwards. */
    const struct fake_step *script;
    CURLcode result;         /* when all was told */
    curl_off_t announced;    /* CONTENT_LENGTH_DOWNLOAD_T */
    curl_off_t arrived_more; /* SIZE_DOWNLOAD_T beyond what was told */
    /* What happened. */
    unsigned int performs;
    char asked[512]; /* HTTPHEADER of the last perform, each line ended */
    curl_off_t arrived;
    long status;
    long redirects;
    char effective[256];
    bool cleaned;
    bool busy;
};

extern const struct lcc_real fake_real;

/* A registered handle with a URL, as the preloaded object would have it. */
struct lcc_handle *fake_handle_new(const char *url);
/* curl_easy_cleanup() of the program. Accepts NULL. */
void fake_handle_free(struct lcc_handle *handle);
struct fake_easy *fake_of(const struct lcc_handle *handle);

/* The program's calls, as the preloaded object hands them on. */
void fake_setopt_long(struct lcc_handle *handle, CURLoption option, long value);
void fake_setopt_string(struct lcc_handle *handle, CURLoption option,
                        const char *value);
void fake_setopt_pointer(struct lcc_handle *handle, CURLoption option,
                         void *value);
void fake_setopt_function(struct lcc_handle *handle, CURLoption option,
                          curl_write_callback value);
void fake_reset(struct lcc_handle *handle);
struct lcc_handle *fake_duplicate(struct lcc_handle *handle);
CURLcode fake_perform(struct lcc_handle *handle);
long fake_status(struct lcc_handle *handle);

#endif
