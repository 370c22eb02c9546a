#!/bin/sh
# exports.sh SOURCE PRELOAD ENGINE - what the two objects show and need
. "$(dirname "$0")/common.sh"
preload=$2
engine=$3

named() { # the names in the global part of a version script
    sed -n '/^global:/,/^local:/p' "$1" | grep -o '[a-z_0-9]*;' | tr -d ';' |
        sort
}
shown() {
    nm -D --defined-only "$1" | awk '{ print $3 }' | sed 's/@.*//' | sort
}
needed() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

for pair in "$preload shim/exports.map" "$engine shim/engine.map"; do
    object=${pair% *}
    map=${pair#* }
    for name in $(shown "$object"); do
        named "$map" | grep -qx "$name" ||
            complain "$(basename "$object") shows $name, $map does not name it"
    done
    for name in $(named "$map"); do
        shown "$object" | grep -qx "$name" ||
            complain "$map names $name, $(basename "$object") has no such thing"
    done
    if nm -D "$object" | grep -q '@.*CURL'; then
        complain "$(basename "$object") has a version of libcurl's"
    fi
    for library in $(needed "$object"); do
        case $library in
        libc.so.* | libdl.so.* | libpthread.so.* | ld-linux*) ;;
        libasan.so.* | libtsan.so.* | libubsan.so.* | libgcc_s.so.* | \
            libm.so.* | librt.so.*) ;;
        *) complain "$(basename "$object") needs $library" ;;
        esac
    done
    if readelf -d "$object" | grep -q TEXTREL; then
        complain "$(basename "$object") has text relocations"
    fi
done
# A named version node would stand in for none of libcurl's versions.
grep -q '^{' shim/exports.map || complain 'exports.map: the node has a name'
finish 'wrong exports'
