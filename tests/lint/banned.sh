#!/bin/sh
# banned.sh SOURCE - names that library code may not call, and who may
. "$(dirname "$0")/common.sh"

code=$(mktemp)
trap 'rm -f "$code" "$code.found"' EXIT
code_of store/*.[ch] shim/*.[ch] >"$code"

# calls NAMES WHERE: `file:line: name` of every call of one of the names, in
# files whose name matches WHERE and none of the rest.
calls() {
    names=$1
    where=$2
    shift 2
    grep -E "^$where" "$code" |
        grep -E "^[^:]*:[0-9]*:(.*[^A-Za-z0-9_>.])?($names) *\(" |
        cut -d: -f1,2 >"$code.found"
    for file in "$@"; do
        sed -i "\\|^$file:|d" "$code.found"
    done
    cat "$code.found"
}

banned='strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|gmtime|localtime|ctime'
banned="$banned|asctime|mktime|strptime|alloca|setlocale|exit|_exit|abort"
banned="$banned|system|popen|signal|printf|puts|putchar|perror|getenv"
for place in $(calls "$banned" '(store|shim)/'); do
    complain "$place: a banned name: $(sed -n "s|^$place:||p" "$code")"
done

only() { # only NAME FILE…: nobody else may call it
    name=$1
    shift
    for place in $(calls "$name" '(store|shim)/' "$@"); do
        complain "$place: $name() belongs to $*"
    done
}
only time store/clock_real.c
only secure_getenv store/settings_sources.c shim/engine_load.c
only dlsym shim/real.c shim/engine_load.c shim/interpose_dl.c shim/dl_map.c \
    shim/dl_file.c shim/public_suffix.c

# libcurl is reached through the table of the handle alone.
for place in $(calls 'curl_(easy|multi|share|url|slist|global|mime|ws)_[a-z_]+' \
    'shim/[a-z_]*\.c:' shim/interpose_easy.c shim/interpose_multi.c \
    shim/interpose_share.c shim/interpose_newer.c shim/newer.h \
    shim/interpose_dl.c); do
    complain "$place: a direct call of libcurl; use real->"
done

# What is not done yet is not in the house.
for word in 'TODO' 'FIXME' 'XXX' 'not implemented'; do
    for file in $(grep -rlw "$word" store shim tools tests README.md \
        2>/dev/null | grep -v '^tests/lint/'); do
        complain "$file: $word"
    done
done
finish 'banned names'
