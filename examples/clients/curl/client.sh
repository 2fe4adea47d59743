#!/bin/sh
# Call Verdigris with curl and xmllint: sh client.sh SERVICE-URL DOMAIN [1.1|1.2]
# (Debian: apt-get install curl libxml2-utils)
set -eu
url=$1 domain=$2 version=${3:-1.1}

case $version in
1.1) soap=http://schemas.xmlsoap.org/soap/envelope/ media=text/xml ;;
*) soap=http://www.w3.org/2003/05/soap-envelope media=application/soap+xml ;;
esac
namespace=$(curl -sS "$url?wsdl" | xmllint --xpath 'string(/*/@targetNamespace)' -)
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call HEADER OPERATION CONTENT: the answer goes into the file $answer, a fault's too.
call() {
  curl -sS -o "$answer" -H "Content-Type: $media; charset=utf-8" --data-binary @- "$url" <<XML
<e:Envelope xmlns:e="$soap">
  <e:Header>$1</e:Header>
  <e:Body><$2 xmlns="$namespace">$3</$2></e:Body>
</e:Envelope>
XML
}
# text EXPRESSION: text of the answer, by XPath.
text() { xmllint --xpath "string($1)" "$answer"; }
quoted() { sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&"/'; }
# The first error in a fault: its number and its text.
error() { printf '{"id": %s, "text": %s}' "$(text '//error/id')" "$(text '//error/text' | quoted)"; }

here="<environment><DomainName>$domain</DomainName></environment>"
nowhere="<environment><DomainName>nowhere</DomainName></environment>"
search="<customerSearchFilters><LastName>MÜLLER</LastName></customerSearchFilters>"

# A search. The domain says which session servers may run it.
call '' customerSearch "$here$search"
rows='' number=0 many=$(xmllint --xpath 'count(//customerSearchRow)' "$answer")
while [ $number -lt "$many" ]; do
  number=$((number + 1)) row="//customerSearchRow[$((number))]"
  rows="$rows${rows:+, }{\"Number\": $(text "$row/Number"), \"LastName\": $(text "$row/LastName" | quoted),
    \"FirstName\": $(text "$row/FirstName" | quoted), \"City\": $(text "$row/City" | quoted),
    \"Accounts\": $(text "$row/Accounts")}"
done

# What goes wrong comes as a fault with a number.
call '' customerSearch "$nowhere$search"
fault=$(error)

# The environment may also be a SOAP header.
call "<environment xmlns=\"$namespace\"><DomainName>nowhere</DomainName></environment>" customerSearch "$search"
header=$(error)

# A session of one's own: every call with its id runs in the same terminal.
call '' wsResourceCreate "$here"
session=$(text '//SessionID')
mine="<environment><SessionID>$session</SessionID></environment>"
call '' transfer "$mine<transferFilters><FromAccount>40000001</FromAccount></transferFilters>
  <transferData><ToAccount>40000002</ToAccount><Amount>0.01</Amount><Reference>curl</Reference></transferData>"
affected=$(text '//affected')
call '' getModelVariables "$mine"
order=$(text '//lastOrder')
call '' wsResourceDestroy "$mine"
call '' getModelVariables "$mine"
gone=$(error)

curl=$(curl --version | cut -d' ' -f1,2 | head -n 1)
tr -d '\n' <<JSON
{"client": "$curl", "soap": "$version", "rows": [$rows],
 "fault": $fault, "header": $header,
 "session": {"id": "$session", "affected": $affected, "order": "$order"}, "gone": $gone}
JSON
echo
