#!/usr/bin/env perl
# First come, first served, as a command that muster asks: one line of JSON in, one line of JSON out.
#
#     muster run FILE.lua --target exec:'perl scenarios/schedulers/exec/fifo.pl'
#     muster run FILE.lua --target exec:'perl scenarios/schedulers/exec/fifo.pl --hold-and-wait'
#
# As many from the head of the queue as there is room for; who does not fit makes the others wait. A gang is launched whole or not at
# all, and nothing is held for anybody, so gangs cannot wait for each other. --hold-and-wait is the bug that everybody writes once:
# every gang takes what is free and holds it until the rest comes free.
#
# JSON::PP comes with Perl. What is not known is ignored: muster may say more one day.
use strict;
use warnings;
use JSON::PP;
use List::Util qw(min max sum0);

$| = 1;                                            # an answer must leave at once
my $json = JSON::PP->new->utf8->canonical;         # keys in order: the same answer is the same line
my $bug  = grep { $_ eq '--hold-and-wait' } @ARGV;
my @what = qw(cores memory gpu_milli);

sub fits {
    my ($gang, $executor, $most) = @_;
    return 0 unless $executor->{offered};
    for my $what (grep { $gang->{$_} > 0 } @what) {
        $most = min($most, int($executor->{$what} / $gang->{$what}));
    }
    return max($most, 0);
}

# One executor a task, at most so many, in the order of the executors; takes the room.
sub spread {
    my ($gang, $most, @executors) = @_;
    my @places;
    for my $executor (@executors) {
        my $tasks = fits($gang, $executor, $most - @places);
        $executor->{$_} -= $tasks * $gang->{$_} for @what;
        push @places, ($executor->{index}) x $tasks;
    }
    return @places;
}

sub about {
    my ($gang, $word, %more) = @_;
    return { do => $word, job_id => $gang->{job_id}, stage_id => $gang->{stage_id}, %more };
}

sub fifo {
    my ($view) = @_;
    my (@decisions, @executors);
    @executors = @{ $view->{executors} };
    for my $gang (@{ $view->{waiting} }) {
        my $missing = $gang->{missing};
        last if sum0(map { fits($gang, $_, $missing) } @executors) < $gang->{least};
        my @places = spread($gang, $missing, @executors);
        push @decisions, about($gang, 'launch', executors => \@places);
        last if @places < $missing;
    }
    return @decisions;
}

sub hold_and_wait {
    my ($view) = @_;
    my @decisions;
    for my $gang (@{ $view->{waiting} }) {
        my $is_gang = $gang->{kind} eq 'gang';
        # Half of what is missing, so that whoever comes later gets something, too.
        my $most   = $is_gang ? max(1, int($gang->{missing} / 2)) : $gang->{missing};
        my @places = spread($gang, min($most, $gang->{missing}), @{ $view->{executors} });
        push @decisions, about($gang, $is_gang ? 'hold' : 'launch', executors => \@places) if @places;
        push @decisions, about($gang, 'launch') if $is_gang && @places == $gang->{missing};
    }
    return @decisions;
}

while (my $line = <STDIN>) {
    my $message = $json->decode($line);
    my %answer  = (id => $message->{id});
    my $type    = $message->{type};
    if    ($type eq 'hello') { %answer = (%answer, type => 'hello', protocol => 1, name => 'fifo.pl', roles => ['placer']) }
    elsif ($type eq 'reset') { $answer{type} = 'ready' }    # there is nothing to forget
    elsif ($type eq 'plan') {
        my @decisions = $bug ? hold_and_wait($message) : fifo($message);
        %answer = (%answer, type => 'decisions', decisions => \@decisions);
    }
    else { %answer = (%answer, type => 'error', message => "no question $type") }
    print $json->encode(\%answer), "\n";
}
