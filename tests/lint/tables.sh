#!/bin/sh
# tables.sh SOURCE - what is a list is a table, and the documents agree with it
. "$(dirname "$0")/common.sh"

rows() { # rows TABLE MACRO: the first column
    sed -n "s/^$2( *\([A-Za-z0-9_]*\).*/\1/p" "$1"
}
mentions() { # mentions FILE WORD: a roff page may write its dashes as \-
    sed 's/\\-/-/g' "$1" | grep -qwF -- "$2"
}

for name in $(rows store/settings.def LCC_SETTING); do
    for page in README.md tools/libcurlcache.7; do
        mentions "$page" "CURLCACHE_$name" ||
            complain "$page does not speak of CURLCACHE_$name"
    done
done
for page in README.md tools/libcurlcache.7 tools/curlcache.1; do
    for name in $(sed 's/\\-/-/g' "$page" | grep -o 'CURLCACHE_[A-Z_]*[A-Z]' |
        sort -u); do
        case $name in
        CURLCACHE_CONFIG | CURLCACHE_PATH) continue ;;
        esac
        rows store/settings.def LCC_SETTING | grep -qx "${name#CURLCACHE_}" ||
            complain "$page speaks of $name, which is no setting"
    done
done

sed -n 's/^LCC_REASON([^"]*"\([^"]*\)".*/\1/p' store/reason.def |
    grep -vx none >"${TMPDIR:-/tmp}/lint.$$"
while read -r name; do
    mentions tools/libcurlcache.7 "$name" ||
        complain "tools/libcurlcache.7 does not speak of the reason $name"
done <"${TMPDIR:-/tmp}/lint.$$"
sort "${TMPDIR:-/tmp}/lint.$$" | uniq -d >"${TMPDIR:-/tmp}/lint2.$$"
while read -r name; do
    complain "store/reason.def has the name $name twice"
done <"${TMPDIR:-/tmp}/lint2.$$"
rm -f "${TMPDIR:-/tmp}/lint.$$" "${TMPDIR:-/tmp}/lint2.$$"

for table in store/settings.def store/reason.def shim/options.def \
    shim/infos.def; do
    macro=$(grep -o '^LCC_[A-Z]*' "$table" | sort -u | head -n 1)
    for name in $(rows "$table" "$macro" | sort | uniq -d); do
        complain "$table has the row $name twice"
    done
done

# Every option and info of the libcurl we are built with has a row.
header=$(echo '#include <curl/curl.h>' | cc -E -M -x c - 2>/dev/null |
    tr ' \\' '\n\n' | grep '/curl/curl.h$' | head -n 1)
if [ -n "$header" ]; then
    for name in $(sed -n 's/^ *CURLOPT\(DEPRECATED\)\{0,1\}(CURLOPT_\([A-Z0-9_]*\),.*/\2/p' \
        "$header"); do
        case $name in
        OBSOLETE*) continue ;;
        esac
        rows shim/options.def LCC_OPTION | grep -qx "$name" ||
            complain "shim/options.def has no row for CURLOPT_$name"
    done
    for name in $(sed -n 's/^ *CURLINFO_\([A-Z0-9_]*\) .*= *CURLINFO_[A-Z]* *+.*/\1/p' \
        "$header"); do
        rows shim/infos.def LCC_INFO | grep -qx "$name" ||
            complain "shim/infos.def has no row for CURLINFO_$name"
    done
fi
finish 'rows without a word, or words without a row'
