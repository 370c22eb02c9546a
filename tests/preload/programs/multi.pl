# WWW::Curl, easy and multi: perform alone, with naps between
use strict;
use warnings;
use WWW::Curl::Easy;
use WWW::Curl::Multi;

my $easy = WWW::Curl::Easy->new;
my $text = "";
$easy->setopt(CURLOPT_URL, "$ENV{AT}/text");
$easy->setopt(CURLOPT_WRITEDATA, \$text);
print $easy->perform, " ", $easy->getinfo(CURLINFO_HTTP_CODE), " $text";

my $multi = WWW::Curl::Multi->new;
my (%easies, %bodies);
for my $i (1 .. 5) {
    my $one = WWW::Curl::Easy->new;
    $easies{$i} = $one;
    $bodies{$i} = "";
    $one->setopt(CURLOPT_PRIVATE, $i);
    $one->setopt(CURLOPT_URL, "$ENV{AT}/n$i");
    $one->setopt(CURLOPT_WRITEDATA, \$bodies{$i});
    $multi->add_handle($one);
}
my $active = 5;
for (my $turn = 0; $active && $turn < 5000; $turn++) {
    if ($multi->perform != $active) {
        while (my ($i, $result) = $multi->info_read) {
            last unless $i;
            print "$result\n";
            delete $easies{$i};
            $active--;
        }
    }
    select(undef, undef, undef, 0.002);
}
print map { $bodies{$_} } sort keys %bodies;
