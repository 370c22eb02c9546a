#!/bin/sh
# banned.sh SOURCE - names that library code may not call, and who may
. "$(dirname "$0")/common.sh"

banned='strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|gmtime|localtime|ctime'
banned="$banned|asctime|mktime|strptime|alloca|setlocale|exit|_exit|abort"
banned="$banned|system|popen|signal|printf|puts|putchar|perror|getenv"

call() { # a call of one of the names $1: after no letter, dot or arrow
    grep -nE "(^|[^A-Za-z0-9_>.])($1) *\(" | sed 's/^[0-9]*://'
}

for file in store/*.[ch] shim/*.[ch]; do
    code_of "$file" | call "$banned" | while read -r line; do
        echo "$file:$line"
    done
done >"${TMPDIR:-/tmp}/lint.$$"
while read -r line; do
    complain "$line"
done <"${TMPDIR:-/tmp}/lint.$$"
rm -f "${TMPDIR:-/tmp}/lint.$$"

only() { # only NAME FILE…: nobody else may call it
    name=$1
    shift
    for file in store/*.c shim/*.c; do
        case " $* " in
        *" $file "*) continue ;;
        esac
        for line in $(code_of "$file" | call "$name" | cut -d: -f1); do
            complain "$file:$line: $name() belongs to $*"
        done
    done
}
only time store/clock_real.c
only clock_gettime_real store/clock_real.c
only secure_getenv store/settings_sources.c shim/engine_load.c
only dlsym shim/real.c shim/engine_load.c shim/interpose_dl.c shim/dl_map.c \
    shim/dl_file.c

# libcurl is reached through the table of the handle alone.
for file in shim/*.c; do
    case $file in
    shim/interpose_*) continue ;;
    esac
    for line in $(code_of "$file" |
        call 'curl_(easy|multi|share|url|slist|global|mime|ws)_[a-z_]+' |
        cut -d: -f1); do
        complain "$file:$line: a direct call of libcurl; use real->"
    done
done

# What is not done yet is not in the house.
for word in 'TODO' 'FIXME' 'XXX' 'not implemented'; do
    for file in $(grep -rlw "$word" store shim tools tests README.md \
        2>/dev/null | grep -v '^tests/lint/'); do
        complain "$file: $word"
    done
done
finish 'banned names'
