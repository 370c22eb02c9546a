#!/usr/bin/python3
"""Makes libcurl's runtests.pl run each test several times.

Owned: the changes to runtests.pl, made in memory and written beside it, so
that nothing of libcurl's files is kept here. Each test runs once per variant
of LCC_VARIANTS, a Perl file that fills @lcc_variants with [name, command that
is run before, what is put before the program's command line]; the servers stay
up between them, so that the URLs are the same. What a run left in log/ is
copied to LCC_OUT/TEST/VARIANT. LCC_FLAGS: more flags for the curl tool.

usage: libcurl_variants.py RUNTESTS NEW_RUNTESTS
"""
import sys

# Each of these lines must be there exactly once.
EDITS = [
    # more flags for the curl tool
    ('$cmdargs = "$out$inc ";',
     '$cmdargs = "$out$inc " . ($ENV{LCC_FLAGS} || "") . " ";'),
    ('my $error = singletest(', 'my $error = lcc_test('),
    # the command alone is preloaded, no server, no curl that asks for one
    ('$cmdres = runclient("$CMDLINE");',
     '$cmdres = runclient("$lcc_prefix$CMDLINE");\n'
     '        lcc_note("status", $cmdres);'),
    ('sub singletest {', '''
our $lcc_prefix = "";
our @lcc_variants;

sub lcc_note {
    my ($name, $text) = @_;
    open(my $file, ">>", "$LOGDIR/lcc_$name");
    print $file "$text\\n";
    close($file);
}

sub lcc_test {
    my (@args) = @_;
    my ($testnum, $first) = ($args[1], undef);
    for my $variant (@lcc_variants) {
        my ($name, $before, $prefix) = @$variant;
        system("$before $testnum") if($before);
        $lcc_prefix = $prefix;
        my $error = singletest(@args);
        $lcc_prefix = "";
        return $error if($error < 0);
        lcc_note("verdict", $error);
        system("/bin/sh", "-c", 'mkdir -p "$2" && cp -r "$1"/* "$2"/ && ' .
               'rm -f "$2"/*.pid "$2"/*.lock "$2"/valgrind*', "sh",
               $LOGDIR, "$ENV{LCC_OUT}/$testnum/$name");
        $first = $error if(!defined $first);
    }
    return $first;
}

require "$ENV{LCC_VARIANTS}";

sub singletest {'''),
]


def main():
    source = open(sys.argv[1], encoding='latin-1').read()
    for old, new in EDITS:
        if source.count(old) != 1:
            sys.exit(f'{sys.argv[1]}: {source.count(old)} times: {old}')
        source = source.replace(old, new)
    with open(sys.argv[2], 'w', encoding='latin-1') as out:
        out.write(source)


main()
