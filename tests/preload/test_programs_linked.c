/*
 * test_programs_linked.c - programs that are linked to libcurl, themselves or
 * through a library of theirs
 */
#include "tests/preload/programs.h"

struct linked_row {
    struct program_row program;
    const char *make; /* for sh, in the site's folder, before */
};

/* A repository of 60 objects, as a server without git's help has it. */
#define REPOSITORY                                                             \
    "git init -q $DIR/work; cd $DIR/work\n"                                    \
    "for i in $(seq 20); do echo text $i >file; git add file\n"                \
    "git -c user.name=t -c user.email=t@t.test commit -qm $i; done\n"          \
    "git clone -q --bare . $DIR/www/s/repo.git\n"                              \
    "git -C $DIR/www/s/repo.git update-server-info\n"
#define PULL "ostree --repo=$DIR/r "

/* clang-format off */
static const struct linked_row rows[] = {
    {{"curl -Z", "command -v curl",
      "curl -sS -Z --no-progress-meter --parallel-max 20 "
      "\"$AT/[1-100].html\" -o \"$DIR/got#1\" && cat $DIR/got* && rm $DIR/got*",
      100, 100, 0, false},
     "for i in $(seq 100); do echo page $i >$i.html; done"},
    /* git asks for HEAD and the refs, once for the clone and once for each of
     * two more, with no-cache. */
    {{"git", "command -v git",
      "rm -rf $DIR/got; git clone -q $AT/repo.git $DIR/got && "
      "cat $DIR/got/file && cd $DIR/got && git log --format=%s && "
      "git fetch -q && git ls-remote", 66, 66, 6, false},
     REPOSITORY},
    /* By several connections, as git does it by default. It lets libcurl decode
     * on the handles that have fetched refs, which then fetch objects too: who
     * fetches what, and so in which form, is a matter of luck each time. */
    {{"git again and again", "command -v git",
      "for i in 1 2 3 4 5 6; do for again in 1 2; do rm -rf $DIR/got; "
      "git clone -q $AT/repo$i.git $DIR/got && cat $DIR/got/file && "
      "git -C $DIR/got fsck --strict && git -C $DIR/got log --format=%s; "
      "done; done", 744, 384, 24, false},
     REPOSITORY "cd $DIR/www/s; for i in 1 2 3 4 5 6; do "
     "cp -r repo.git repo$i.git; done"},
    {{"cmake with a hash", "command -v cmake",
      "rm -f $DIR/got; cmake -P $DIR/get.cmake && cat $DIR/got",
      1, 1, 0, false},
     "sum=$(sha256sum <text | cut -d ' ' -f 1)\n"
     "echo 'file(DOWNLOAD $ENV{AT}/text $ENV{DIR}/got STATUS s "
     "EXPECTED_HASH SHA256='$sum')\nmessage(\"${s}\")' >$DIR/get.cmake"},
    {{"rapper", "command -v rapper",
      "rapper -q -i ntriples $AT/rdf.nt", 1, 1, 0, false},
     "echo '<http://a.test/s> <http://a.test/p> \"o\" .' >rdf.nt"},
    {{"html-xml-utils", "command -v hxnormalize",
      "hxnormalize $AT/page.html; hxextract p.x $AT/page.html", 2, 1, 0, false},
     "echo '<!DOCTYPE html><html><head><title>t</title></head>"
     "<body><p class=\"x\">para</p></body></html>' >page.html"},
    /* Through libhts, by ranges; two kinds of index are not there, a 404. */
    {{"samtools", "command -v samtools",
      "cd $DIR; samtools view $AT/a.sam; samtools view $AT/a.bam chr1:100-200; "
      "samtools head $AT/a.bam; rm -f a.bam.bai", 10, 5, 2, false},
     "printf '@HD\\tVN:1.6\\tSO:coordinate\\n@SQ\\tSN:chr1\\tLN:100000\\n'"
     " >a.sam\n"
     "for i in $(seq 100 50 99000); do printf "
     "'r%d\\t0\\tchr1\\t%d\\t60\\t4M\\t*\\t0\\t0\\tACGT\\tIIII\\n' $i $i; done"
     " >>a.sam\nsamtools view -b -o a.bam a.sam; samtools index a.bam"},
    /* The parts that are missing, by ranges. */
    {{"zckdl", "command -v zckdl && command -v zck",
      "cd $DIR; rm -f z.zck z; zckdl -q -s $DIR/none.zck $AT/z.zck && "
      "unzck z.zck && md5sum <z", 3, 3, 0, false},
     "head -c 300000 /dev/urandom >$DIR/raw; : >$DIR/none\n"
     "zck -o z.zck $DIR/raw; zck -o $DIR/none.zck $DIR/none"},
    /* Three files that are not there: a 404 is not kept. */
    {{"ostree", "command -v ostree",
      "rm -rf $DIR/r; " PULL "init --mode=bare-user && "
      PULL "remote add --no-gpg-verify o $AT/ostree && "
      PULL "pull o main >/dev/null; " PULL "cat o:main /f /d/g",
      11, 11, 3, true},
     "mkdir -p $DIR/tree/d; echo hello >$DIR/tree/f; echo two >$DIR/tree/d/g\n"
     "ostree --repo=ostree init --mode=archive\n"
     "ostree --repo=ostree commit -b main $DIR/tree\n"
     "ostree --repo=ostree summary -u"},
    /* repomd.xml is asked for with no-cache. */
    {{"librepo", "/usr/bin/python3 -c 'import librepo'",
      "/usr/bin/python3 $PROGRAMS/repository.py", 5, 5, 1, true},
     "mkdir -p yum/repodata; cd yum/repodata\n"
     "echo '<?xml version=\"1.0\"?><metadata packages=\"0\"/>' >primary.xml\n"
     "sum=$(sha256sum <primary.xml | cut -d ' ' -f 1)\n"
     "echo '<?xml version=\"1.0\"?><repomd xmlns="
     "\"http://linux.duke.edu/metadata/repo\"><revision>7</revision>"
     "<data type=\"primary\"><checksum type=\"sha256\">'$sum'</checksum>"
     "<location href=\"repodata/primary.xml\"/></data></repomd>' >repomd.xml"},
    /* By ranges and socket_action; it reads no message after its first call. */
    {{"qemu-img", "command -v qemu-img && "
      "ls /usr/lib/*/qemu/block-curl.so",
      "cd $DIR; qemu-img convert -O raw $AT/disk.qcow2 raw && md5sum <raw",
      4, 4, 0, true},
     "qemu-img create -q -f qcow2 disk.qcow2 1M\n"
     "qemu-io -c 'write -P 7 100k 300k' disk.qcow2"},
    {{"newsboat", "command -v newsboat",
      "cd $DIR; rm -f cache.db; echo $AT/feed.rss >urls\n"
      "for do in reload print-unread; do newsboat -C /dev/null -u urls "
      "-c cache.db -x $do </dev/null; done", 1, 1, 0, true},
     "echo '<rss version=\"2.0\"><channel><title>T</title><item><title>i"
     "</title><guid>1</guid></item></channel></rss>' >feed.rss"},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

ParameterizedTestParameters(programs_linked, ask_once)
{
    return program_indices(ROWS);
}

ParameterizedTest(size_t *which, programs_linked, ask_once, .timeout = 120)
{
    program_play(&rows[*which].program, rows[*which].make);
}
