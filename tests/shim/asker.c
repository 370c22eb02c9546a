/*
 * asker.c - a program that was linked with no libcurl and asks for functions
 *
 * As foreign function interfaces do: dlopen() and dlsym(), one transfer that
 * is refused at once. Each argument says where it asks: the name of a library,
 * "main" (dlopen(NULL)), "default" (RTLD_DEFAULT), "next" (RTLD_NEXT);
 * "strange" asks that library for a function that no libcurl has, "newer" asks
 * everywhere for those that older ones lack. Prints a line for each.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_share_setopt

struct functions {
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_setopt) easy_setopt;
    __typeof__(&curl_easy_perform) easy_perform;
    __typeof__(&curl_easy_getinfo) easy_getinfo;
    __typeof__(&curl_easy_duphandle) easy_duphandle;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_share_init) share_init;
    __typeof__(&curl_share_setopt) share_setopt;
    __typeof__(&curl_share_cleanup) share_cleanup;
    __typeof__(&curl_version) version;
};

static int find(void *library, const char *name, void *out)
{
    void *symbol = dlsym(library, name);

    memcpy(out, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static int find_all(void *library, struct functions *f)
{
    return find(library, "curl_easy_init", &f->easy_init) &&
           find(library, "curl_easy_setopt", &f->easy_setopt) &&
           find(library, "curl_easy_perform", &f->easy_perform) &&
           find(library, "curl_easy_getinfo", &f->easy_getinfo) &&
           find(library, "curl_easy_duphandle", &f->easy_duphandle) &&
           find(library, "curl_easy_cleanup", &f->easy_cleanup) &&
           find(library, "curl_share_init", &f->share_init) &&
           find(library, "curl_share_setopt", &f->share_setopt) &&
           find(library, "curl_share_cleanup", &f->share_cleanup) &&
           find(library, "curl_version", &f->version);
}

/* A share of cookies, with the handle in it for a while. */
static int shares(const struct functions *f, CURL *curl)
{
    CURLSH *share = f->share_init();

    return share &&
           f->share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) ==
               CURLSHE_OK &&
           f->easy_setopt(curl, CURLOPT_SHARE, share) == CURLE_OK &&
           f->share_cleanup(share) == CURLSHE_IN_USE &&
           f->easy_setopt(curl, CURLOPT_SHARE, NULL) == CURLE_OK &&
           f->share_cleanup(share) == CURLSHE_OK;
}

static const char *transfer(const struct functions *f)
{
    CURL *first = f->easy_init();
    CURL *curl = first ? f->easy_duphandle(first) : NULL;
    const char *flavour = "failed";
    long code = -1;

    if (!curl) {
        return "no handle";
    }
    f->easy_setopt(curl, CURLOPT_URL, "http://127.0.0.1:1/");
    f->easy_setopt(curl, CURLOPT_PROXY, "");
    if (f->easy_perform(curl) == CURLE_COULDNT_CONNECT &&
        f->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK &&
        code == 0 && shares(f, curl)) {
        flavour = strstr(f->version(), "OpenSSL") ? "openssl" : "other";
        /* The handle's own library is the one that was asked. */
        if ((f->easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, NULL) ==
             CURLE_OK) != (flavour[1] == 'p')) {
            flavour = "mixed";
        }
    }
    f->easy_cleanup(curl);
    f->easy_cleanup(first);
    return flavour;
}

static const char *ask(void *library)
{
    struct functions functions;

    if (!find_all(library, &functions)) {
        return dlerror() ? "no function" : "no function and no error";
    }
    return transfer(&functions);
}

/* Whoever finds a function may call it. */
static const char *ask_for_newer(void)
{
    static const char *const names[] = {
        "curl_multi_get_handles", "curl_multi_waitfds", "curl_multi_get_offt"};
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_GLOBAL);
    void *everywhere = dlopen(NULL, RTLD_NOW);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int has = dlsym(library, names[i]) != NULL;

        if (has != (dlsym(RTLD_DEFAULT, names[i]) != NULL) ||
            has != (dlsym(everywhere, names[i]) != NULL) ||
            (!has && !dlerror())) {
            return names[i];
        }
    }
    return "as the library has it";
}

static const char *go(const char *where)
{
    void *library;

    if (strcmp(where, "default") == 0) {
        return ask(RTLD_DEFAULT);
    }
    if (strcmp(where, "next") == 0) {
        return dlsym(RTLD_NEXT, "curl_easy_init") ? "found" : "not found";
    }
    if (strcmp(where, "strange") == 0) {
        library = dlopen("libcurl.so.4", RTLD_NOW);
        return library && !dlsym(library, "curl_easy_strange") && dlerror()
                   ? "no such function"
                   : "what";
    }
    if (strcmp(where, "newer") == 0) {
        return ask_for_newer();
    }
    library = dlopen(strcmp(where, "main") == 0 ? NULL : where, RTLD_NOW);
    return library ? ask(library) : "no library";
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        puts(go(argv[i]));
    }
    return 0;
}
