#!/bin/sh
# layers.sh SOURCE - includes point one way only
#
#   tools/ ──┐
#   shim/  ──┴──> store/ persistence ──> store/ rules ──> store/ base
. "$(dirname "$0")/common.sh"

includes() { # the names in quotes or brackets that a file includes
    sed -n 's/^#[ ]*include [<"]\([^>"]*\)[>"].*/\1/p' "$1"
}

# The pure ones, as store/meson.build lists them.
rules=$(sed -n '/^rules_sources = files(/,/^)/p' store/meson.build |
        grep -o "'[a-z_]*\.c'" | tr -d "'" | sed 's/\.c$//')
[ -n "$rules" ] || complain 'store/meson.build lists no rules_sources'
# What reaches a disk, an environment or a clock.
persistence='ledger folder ctl pager pager_private journal db records body
             evict store store_private clock page signals libdb_stdio'

for file in store/*.[ch]; do
    for name in $(includes "$file"); do
        case $name in
        store/*) ;;
        */meson.build) ;;
        curl/*) complain "$file: <$name>: the store knows no libcurl" ;;
        db.h)
            case $file in
            store/db.c | store/pager*.c | store/libdb*.c | \
                store/*private.h) ;;
            *) complain "$file: <db.h> belongs to db.c and the pager" ;;
            esac
            ;;
        shim/* | tools/* | tests/*) complain "$file: $name: points back" ;;
        esac
    done
done

for rule in $rules; do
    for file in store/$rule.c store/$rule.h; do
        [ -e "$file" ] || continue
        for name in $(includes "$file"); do
            for far in $persistence; do
                if [ "$name" = "store/$far.h" ]; then
                    complain "$file: $name: a rule knows no persistence"
                fi
            done
            case $name in
            unistd.h | fcntl.h | sys/* | pthread.h | dlfcn.h)
                complain "$file: <$name>: a rule does no I/O" ;;
            esac
        done
    done
done

for file in shim/*.[ch] shim/*.S; do
    [ -e "$file" ] || continue
    for name in $(includes "$file"); do
        case $name in
        tools/* | tests/* | db.h) complain "$file: $name: points back" ;;
        esac
    done
done

for file in tools/*.[ch]; do
    for name in $(includes "$file"); do
        case $name in
        shim/* | tests/* | db.h) complain "$file: $name: points back" ;;
        esac
    done
done
finish 'wrong includes'
