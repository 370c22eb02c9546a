/*
 * test_methods.c - what methods do to the cache, and the cache to methods
 *
 * curl under the preload against an origin that counts. RFC 9111, sections
 * 4.4 and 5.2.1.7; RFC 9110, section 9; RFC 9211.
 */
#include "tests/preload/steps.h"
#include "tests/support/cases.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define TTL "CURLCACHE_TTL=1h"
#define RFC "CURLCACHE_FALLBACK_TTL=0"
#define NAMED TTL " CURLCACHE_METHODS=GET,HEAD,POST,QUERY"
#define GET "curl -sS $URL/page"
#define HEAD "curl -sSI -o $DIR/head $URL/page"
#define DROP "-o /dev/null "

static const struct origin_response answers[] = {
    {.path = "/page", .content = ORIGIN_NUMBERED},
    {.path = "/other", .content = ORIGIN_NUMBERED},
    {.path = "/made", .status = 201, .fields = "Location: /page\r\n"},
    {.path = "/saved", .fields = "Content-Location: /page\r\n"},
    {.path = "/both",
     .status = 201,
     .fields = "Location: /other\r\nContent-Location: page\r\n"},
    {.path = "/away",
     .status = 201,
     .fields = "Location: http://localhost:1/page\r\n"},
    {.path = "/refused", .status = 403},
    {.path = "/broken", .status = 500},
    {.path = "/see", .status = 303, .fields = "Location: /page\r\n"},
    {.path = "/found", .status = 302, .fields = "Location: /other\r\n"},
    {.path = "/keep", .status = 307, .fields = "Location: /page\r\n"},
    {.path = "/keep-made", .status = 307, .fields = "Location: /made\r\n"},
    {.path = "/see-saved", .status = 303, .fields = "Location: /saved\r\n"},
    {.path = "/answers",
     .fields = "Cache-Control: max-age=600\r\nContent-Location: /answers\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/answers-late",
     .fields = "Content-Location: /answers-late\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/answers-else",
     .fields = "Cache-Control: max-age=600\r\nContent-Location: /page\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/answers-private",
     .fields = "Cache-Control: max-age=600, no-store\r\n"
               "Content-Location: /answers-private\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/answers-created",
     .status = 201,
     .fields = "Cache-Control: max-age=600\r\n"
               "Content-Location: /answers-created\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/checked",
     .fields = "Cache-Control: no-cache\r\n",
     .body = "ask each time\n"},
    {.path = "/to-get", .status = 302, .fields = "Location: /page\r\n"},
};

/* clang-format off */
static const struct story stories[] = {
    /* --- invalidation, RFC 9111 4.4 --- */
    {"PUT drops its own URL", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X PUT -d x $URL/page", 1, NULL, 0, NULL}, {GET, 1, "answer 3\n", 0, NULL}}},
    {"an upload drops its own URL", TTL, {{GET, 1, NULL, 0, NULL}, {"echo x >$DIR/f; curl -sS " DROP "-T $DIR/f $URL/page", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"DELETE drops its own URL", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X DELETE $URL/page", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"an unknown method drops its own URL", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X PURGE $URL/page", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"names have case, 9110 9.1: get is unknown", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X get $URL/page", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"every variant goes", TTL, {{GET, 1, NULL, 0, NULL}, {GET " -H 'X-Key: 1'", 1, NULL, 0, NULL}, {HEAD, 0, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/page", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {GET " -H 'X-Key: 1'", 1, NULL, 0, NULL}}},
    {"OPTIONS is safe", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X OPTIONS $URL/page", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"TRACE is safe", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X TRACE $URL/page", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"PROPFIND is safe, RFC 4918 9.1", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X PROPFIND $URL/page", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"REPORT is safe, RFC 3253 3.6", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X REPORT -d x $URL/page", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"a 403 drops nothing", TTL, {{"curl -sS $URL/refused -H 'X: 1'", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/refused", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"a 500 drops nothing", TTL " CURLCACHE_CODES=all", {{"curl -sS $URL/broken", 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/broken", 1, NULL, 0, NULL}, {"curl -sS $URL/broken", 0, NULL, 0, NULL}}},
    {"Location", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/made", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"Content-Location", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-X PUT -d x $URL/saved", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"both", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS $URL/other", 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/both", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {"curl -sS $URL/other", 1, NULL, 0, NULL}}},
    {"a GET's Content-Location drops nothing", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS $URL/saved", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"another origin's Location drops nothing there", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/away", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"a 303 not followed drops its Location", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sS " DROP "-d x $URL/see", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"a 303 that is followed", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sSL -d x $URL/see", 2, "answer 3\n", 0, NULL}, {GET, 1, "answer 4\n", 0, NULL}}},
    {"after a 303 the GET's answer names nothing", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sSL " DROP "-d x $URL/see-saved", 2, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"a 307 that is followed drops there", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sSL " DROP "-d x $URL/keep", 2, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"a 307 and what its end names", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sSL " DROP "-d x $URL/keep-made", 2, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"an upload through a 307", TTL, {{GET, 1, NULL, 0, NULL}, {"echo x >$DIR/f; curl -sSL " DROP "-T $DIR/f $URL/keep", 2, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"a named method stays through a 303", TTL, {{GET, 1, NULL, 0, NULL}, {"curl -sSL " DROP "-X DELETE $URL/see-saved", 2, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},

    /* --- an answer to POST for the GET, RFC 9110 9.3.3 --- */
    {"POST that answers the GET", RFC, {{"curl -sS -d x $URL/answers", 1, "answer 1\n", 0, NULL}, {"curl -sS $URL/answers", 0, "answer 1\n", 0, NULL}, {"curl -sS -d x $URL/answers", 1, "answer 2\n", 0, NULL}, {"curl -sS $URL/answers", 0, "answer 2\n", 0, NULL}, {"curl -sSI -o /dev/null $URL/answers", 0, NULL, 0, NULL}}},
    {"POST of JSON that answers the GET", RFC, {{"curl -sS -H 'Content-Type: application/json' -d '{}' $URL/answers", 1, NULL, 0, NULL}, {"curl -sS $URL/answers", 0, "answer 1\n", 0, NULL}}},
    {"a form that answers the GET", RFC, {{"curl -sS -F a=b $URL/answers", 1, NULL, 0, NULL}, {"curl -sS $URL/answers", 0, "answer 1\n", 0, NULL}}},
    {"it must state its freshness", TTL, {{"curl -sS -d x $URL/answers-late", 1, NULL, 0, NULL}, {"curl -sS $URL/answers-late", 1, NULL, 0, NULL}}},
    {"it must name its own URL", RFC, {{"curl -sS -d x $URL/answers-else", 1, NULL, 0, NULL}, {"curl -sS $URL/answers-else", 1, NULL, 0, NULL}}},
    {"no-store is kept", RFC, {{"curl -sS -d x $URL/answers-private", 1, NULL, 0, NULL}, {"curl -sS $URL/answers-private", 1, NULL, 0, NULL}}},
    {"a 201 is no answer to a GET", RFC, {{"curl -sS -d x $URL/answers-created", 1, NULL, 0, NULL}, {"curl -sS $URL/answers-created", 1, NULL, 0, NULL}}},
    {"PUT answers are not cacheable, 9.3.4", RFC, {{"curl -sS -X PUT -d x $URL/answers", 1, NULL, 0, NULL}, {"curl -sS $URL/answers", 1, NULL, 0, NULL}}},
    {"another login's GET is another", RFC, {{"curl -sS -u joe:pw -d x $URL/answers", 1, NULL, 0, NULL}, {"curl -sS $URL/answers", 1, NULL, 0, NULL}, {"curl -sS -u joe:pw $URL/answers", 0, "answer 1\n", 0, NULL}}},

    /* --- POST and QUERY, named --- */
    {"POST, named", NAMED, {{GET " -d a=1", 1, "answer 1\n", 0, NULL}, {GET " -d a=1", 0, "answer 1\n", 0, NULL}, {GET " -d a=2", 1, "answer 2\n", 0, NULL}, {GET " -d a=1", 0, "answer 1\n", 0, NULL}, {GET " -d a=2 -H 'Content-Type: text/plain'", 1, NULL, 0, NULL}}},
    {"POST, not named", TTL, {{GET " -d a=1", 1, NULL, 0, NULL}, {GET " -d a=1", 1, NULL, 0, NULL}}},
    {"a POST is no answer to a GET", NAMED, {{GET " -d ''", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {GET, 0, "answer 2\n", 0, NULL}}},
    {"a POST that is fetched drops the GET, 9111 4.4", NAMED, {{GET, 1, NULL, 0, NULL}, {GET " -d a=1", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}}},
    {"and a hit drops nothing", NAMED, {{GET " -d a=1", 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {GET " -d a=1", 0, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"PUT drops what POST stored", NAMED, {{GET " -d a=1", 1, NULL, 0, NULL}, {"curl -sS " DROP "-X PUT -d x $URL/page", 1, NULL, 0, NULL}, {GET " -d a=1", 1, NULL, 0, NULL}}},
    {"a form is no body at hand", NAMED, {{GET " -F a=1", 1, NULL, 0, NULL}, {GET " -F a=1", 1, NULL, 0, NULL}}},
    {"nor is an upload with the method POST", NAMED, {{"echo x >$DIR/f; " GET " -X POST -T $DIR/f", 1, NULL, 0, NULL}, {GET " -X POST -T $DIR/f", 1, NULL, 0, NULL}}},
    {"a POST that waits for 100", NAMED, {{GET " -d a=1 -H 'Expect: 100-continue' --expect100-timeout 0.05", 1, NULL, 0, NULL}, {GET " -d a=1", 0, NULL, 0, NULL}}},
    {"POST that becomes GET by a 302", NAMED, {{"curl -sSL -d a=1 -w %{method},%{url_effective} $URL/to-get | sed s,//[^/]*/,//,", 2, NULL, 0, NULL}, {"curl -sSL -d a=1 -w '%{method} %{num_redirects}' $URL/to-get", 0, "answer 2\nGET 1", 0, NULL}}},
    {"POST that stays POST", NAMED, {{"curl -sSL --post302 -d a=1 -w %{method} $URL/to-get", 2, NULL, 0, NULL}, {"curl -sSL --post302 -d a=1 -w %{method} $URL/to-get", 0, "answer 2\nPOST", 0, NULL}, {"curl -sSL -d a=1 $URL/to-get", 2, NULL, 0, NULL}}},
    {"what was sent is told", NAMED, {{GET " -d abc -w %{size_upload}", 1, "answer 1\n3", 0, NULL}, {GET " -d abc -w %{size_upload}", 0, "answer 1\n3", 0, NULL}}},
    {"QUERY, named", NAMED, {{GET " -X QUERY -d a=1", 1, NULL, 0, NULL}, {GET " -X QUERY -d a=1", 0, NULL, 0, NULL}, {GET " -X QUERY -d a=2", 1, NULL, 0, NULL}, {GET " -d a=1", 1, NULL, 0, NULL}}},
    {"QUERY is safe", NAMED, {{GET, 1, NULL, 0, NULL}, {GET " -X QUERY -d a=1", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},
    {"QUERY, not named", TTL, {{GET, 1, NULL, 0, NULL}, {GET " -X QUERY -d a=1", 1, NULL, 0, NULL}, {GET " -X QUERY -d a=1", 1, NULL, 0, NULL}, {GET, 0, NULL, 0, NULL}}},

    /* --- HEAD, RFC 9110 9.3.2 --- */
    {"HEAD is answered by a stored GET", TTL, {{"curl -sS -D $DIR/a " DROP "$URL/page", 1, NULL, 0, NULL}, {"curl -sSI $URL/page >$DIR/b; cmp $DIR/a $DIR/b && echo same", 0, "same\n", 0, NULL}, {GET " -w '%{size_download} %{method}'", 0, "answer 1\n9 GET", 0, NULL}, {"curl -sSI -o /dev/null -w '%{size_download} %{method}' $URL/page", 0, "0 HEAD", 0, NULL}}},
    {"a stored HEAD never answers a GET", TTL, {{HEAD, 1, NULL, 0, NULL}, {HEAD, 0, NULL, 0, NULL}, {GET, 1, "answer 2\n", 0, NULL}}},
    {"the later of the two answers", TTL, {{HEAD, 1, NULL, 0, NULL}, {GET, 1, NULL, 0, NULL}, {HEAD, 0, NULL, 0, NULL}}},
    {"HEAD of a chain", TTL, {{"curl -sSL -w x $URL/hop1", 3, NULL, 0, NULL}, {"curl -sSIL -o /dev/null -w '%{num_redirects} %{response_code}' $URL/hop1", 0, "2 200", 0, NULL}, {"curl -sSI -o /dev/null $URL/hop1", 1, NULL, 0, NULL}}},
    {"HEAD without trailers", TTL, {{"curl -sS " DROP "$URL/trailers", 1, NULL, 0, NULL}, {"curl -sSI $URL/trailers | grep -c X-Sum:", 0, "0\n", 1, NULL}}},
    {"HEAD of another login", TTL, {{GET, 1, NULL, 0, NULL}, {HEAD " -u joe:pw", 1, NULL, 0, NULL}}},
    {"HEAD selects by Vary", TTL, {{"curl -sS " DROP "-H 'Accept-Language: de' $URL/vary", 1, NULL, 0, NULL}, {"curl -sSI " DROP "-H 'Accept-Language: de' $URL/vary", 0, NULL, 0, NULL}, {"curl -sSI " DROP "-H 'Accept-Language: fr' $URL/vary", 1, NULL, 0, NULL}}},

    /* --- only-if-cached, RFC 9111 5.2.1.7 --- */
    {"only-if-cached and nothing stored", TTL, {{GET " -H 'Cache-Control: only-if-cached' -w %{response_code}", 0, "504", 0, NULL}, {GET " -f -H 'Cache-Control: only-if-cached'", 0, "", 22, NULL}, {GET, 1, NULL, 0, NULL}, {GET " -H 'Cache-Control: only-if-cached'", 0, "answer 1\n", 0, NULL}}},
    {"only-if-cached and stale", RFC, {{"curl -sS $URL/expired", 1, NULL, 0, NULL}, {"curl -sS -H 'Cache-Control: only-if-cached' -w %{response_code} $URL/expired", 0, "504", 0, NULL}, {"curl -sS -H 'Cache-Control: only-if-cached, max-stale' $URL/expired", 0, "old at once\n", 0, NULL}}},
    {"only-if-cached with HEAD", TTL, {{HEAD " -w %{response_code} -H 'Cache-Control: only-if-cached'", 0, "504", 0, NULL}}},
    {"only-if-cached is overruled by CACHE_CONTROL=0", TTL " CURLCACHE_CACHE_CONTROL=0", {{GET " -H 'Cache-Control: only-if-cached'", 1, "answer 1\n", 0, NULL}}},
    {"the 504 has a Date and no body", TTL, {{"curl -sSi -H 'Cache-Control: only-if-cached' $URL/page | tr -d '\\r' | sed 's/^Date: .*/Date/'", 0, "HTTP/1.1 504 Gateway Timeout\nDate\nContent-Length: 0\n\n", 0, NULL}}},

    /* --- Age, Cache-Status, Warning --- */
    {"Cache-Status of misses and hits, RFC 9211", "CURLCACHE_STATUS_HEADER=1", {{"curl -sS " DROP "-D - $URL/maxage | tr -d '\\r' | grep -i cache-status", 1, "Cache-Status: curlcache; fwd=miss; fwd-status=200; stored; ttl=600\n", 0, NULL}, {"curl -sS " DROP "-D - $URL/maxage | tr -d '\\r' | grep -ic 'cache-status: curlcache; hit; ttl='", 0, "1\n", 0, NULL}, {"curl -sSI $URL/maxage | grep -ic 'cache-status: curlcache; hit'", 0, "1\n", 0, NULL}}},
    {"Cache-Status where nothing may be stored", "CURLCACHE_STATUS_HEADER=1", {{"curl -sS " DROP "-D - $URL/nostore | tr -d '\\r' | grep -i cache-status", 1, "Cache-Status: curlcache; fwd=miss; fwd-status=200\n", 0, NULL}}},
    {"Cache-Status of what was checked first", "CURLCACHE_STATUS_HEADER=1", {{"curl -sS " DROP "$URL/checked", 1, NULL, 0, NULL}, {"curl -sSi $URL/checked | grep -c -e '^HTTP/1.1 200' -e '^Cache-Status: curlcache; fwd=stale; fwd-status=304'", 1, "2\n", 0, NULL}}},
    {"Cache-Status of a POST", "CURLCACHE_STATUS_HEADER=1", {{"curl -sS " DROP "-d x -D - $URL/page | tr -d '\\r' | grep -i cache-status", 1, "Cache-Status: curlcache; fwd=method; fwd-status=200\n", 0, NULL}}},
    {"Cache-Status of each response of a chain", "CURLCACHE_STATUS_HEADER=1", {{"curl -sSL " DROP "-D - $URL/hop1 | grep -c 'Cache-Status: curlcache; fwd=miss; fwd-status='", 3, "3\n", 0, NULL}}},
    {"Cache-Status of our own 504", TTL " CURLCACHE_STATUS_HEADER=1", {{"curl -sSi -H 'Cache-Control: only-if-cached' $URL/page | grep -c 'Cache-Status: curlcache; detail=only-if-cached'", 0, "1\n", 0, NULL}}},
    {"Cache-Status goes to the body with --include", "CURLCACHE_STATUS_HEADER=1", {{"curl -sSi $URL/maxage | grep -c '^Cache-Status: curlcache; fwd=miss'", 1, "1\n", 0, NULL}}},
    {"and nowhere when it is not asked for", TTL, {{"curl -sSi $URL/maxage | grep -c Cache-Status", 1, "0\n", 1, NULL}, {"curl -sSi $URL/maxage | grep -c Cache-Status", 0, "0\n", 1, NULL}}},
    {"no Warning is made, 9111 5.5", RFC, {{"curl -sS " DROP "$URL/expired", 1, NULL, 0, NULL}, {"curl -sSi -H 'Cache-Control: max-stale' $URL/expired | grep -ci '^Warning:'", 0, "0\n", 1, NULL}}},
};
/* clang-format on */

LCC_CASES(methods, stories, stories)
{
    stage_need("curl");
    story_play(&stories[*which], answers, LCC_ARRAY_SIZE(answers));
}
