# common.sh - what the lint tests share; read by `. common.sh`
#
# Each test prints every finding and ends with their number as a sentence.

found=0
cd "$1" || exit 2

complain() {
    echo "$*"
    found=$((found + 1))
}

# The code of files without comments and text in quotes: `file:12:code`.
code_of() {
    awk 'FNR == 1 { inside = 0 }
    {
        line = $0
        out = ""
        while (line != "") {
            if (inside) {
                at = index(line, "*/")
                if (!at) { line = ""; break }
                line = substr(line, at + 2); inside = 0; continue
            }
            if (match(line, /^"([^"\\]|\\.)*"/)) {
                out = out "\"\""; line = substr(line, RLENGTH + 1); continue
            }
            if (match(line, /^\047([^\047\\]|\\.)\047/)) {
                out = out "0"; line = substr(line, RLENGTH + 1); continue
            }
            two = substr(line, 1, 2)
            if (two == "/*") { inside = 1; line = substr(line, 3); continue }
            if (two == "//") { break }
            out = out substr(line, 1, 1); line = substr(line, 2)
        }
        print FILENAME ":" FNR ":" out
    }' "$@"
}

finish() {
    if [ "$found" -gt 0 ]; then
        echo "$1: $found found"
        exit 1
    fi
    echo "$1: none found"
}
