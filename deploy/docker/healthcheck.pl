# healthcheck.pl PORT [PATH]: ends with 0 if the listener for operators on this machine answers 200. Perl
# is part of every Debian; nothing has to be installed for it.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $path) = (@ARGV, '/readyz');
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 2)
    or die "nothing listens on port $port\n";
local $SIG{ALRM} = sub { die "no answer from port $port\n" };
alarm 2;
print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
my $status = <$socket> // '';
print $status;
exit($status =~ m{^HTTP/1\.1 200 } ? 0 : 1);
