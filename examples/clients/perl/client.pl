#!/usr/bin/perl
# Call Verdigris with SOAP::Lite: perl client.pl SERVICE-URL DOMAIN [1.1|1.2]
#
# SOAP::Lite's own reading of WSDL knows RPC services only, so elements are named here. Two things
# matter: autotype(0), or it guesses types from the look of a value, and a type for each text, or
# it does not escape it.
use strict;
use warnings;
use utf8;
use JSON::PP;
use SOAP::Lite;
use XML::Parser;

my ($url, $domain, $version) = (@ARGV, '1.1');

# The namespace of the service is the target namespace of its WSDL.
my $wsdl = SOAP::Schema->new(schema_url => "$url?wsdl")->access;
my $namespace;
XML::Parser->new(Handlers => {Start => sub {
    my (undef, undef, %attributes) = @_;
    $namespace //= $attributes{targetNamespace};
}})->parse($wsdl);

SOAP::Lite->soapversion($version);    # for all objects made from here on
my $bank = SOAP::Lite->proxy($url)->autotype(0)->readable(0)
    ->ns($namespace, 'bank')->on_action(sub { join ':', @_ })
    ->on_fault(sub { $_[1] });    # give faults back instead of dying

# element('Name', 'text') or element('Name', [element...])
sub element {
    my ($name, $value) = @_;
    my $data = SOAP::Data->name("bank:$name");
    return ref $value ? $data->value(\SOAP::Data->value(@$value)) : $data->type(string => $value)->attr({});
}
sub environment { element(environment => [element(@_)]) }

# The first error in a fault: its number and its text.
sub error_of {
    my ($answer) = @_;
    my ($error) = $answer->valueof('//error');
    return {id => $error->{id} + 0, text => $error->{text}};
}

my %said = (client => "SOAP::Lite $SOAP::Lite::VERSION", soap => $version);
my $search = element(customerSearchFilters => [element(LastName => 'MÜLLER')]);

# A search. The domain says which session servers may run it.
my $answer = $bank->call('bank:customerSearch', environment(DomainName => $domain), $search);
$said{rows} = [map { {%$_, Number => $_->{Number} + 0, Accounts => $_->{Accounts} + 0} }
    $answer->valueof('//customerSearchRow')];

# What goes wrong comes as a fault with a number.
$said{fault} = error_of($bank->call('bank:customerSearch', environment(DomainName => 'nowhere'), $search));

# The environment may also be a SOAP header.
my $header = SOAP::Header->name('environment')->attr({xmlns => $namespace})
    ->value(\SOAP::Data->name('DomainName')->type(string => 'nowhere')->attr({}));
$said{header} = error_of($bank->call('bank:customerSearch', $header, $search));

# A session of one's own: every call with its id runs in the same terminal.
my $session = $bank->call('bank:wsResourceCreate', environment(DomainName => $domain))->valueof('//SessionID');
my $mine = environment(SessionID => $session);
my $affected = $bank->call('bank:transfer', $mine,
    element(transferFilters => [element(FromAccount => 40000001)]),
    element(transferData => [element(ToAccount => 40000002), element(Amount => '0.01'), element(Reference => 'perl')]),
)->valueof('//affected');
my $order = $bank->call('bank:getModelVariables', $mine)->valueof('//lastOrder');
$bank->call('bank:wsResourceDestroy', $mine);
$said{session} = {id => $session, affected => $affected + 0, order => $order};
$said{gone} = error_of($bank->call('bank:getModelVariables', $mine));

print JSON::PP->new->ascii->canonical->encode(\%said), "\n";
