#!/bin/sh
# Generate, compile and run the gSOAP client: sh run.sh SERVICE-URL DOMAIN [1.1|1.2]
# (Debian: apt-get install gsoap libgsoap-dev gcc libc6-dev)
#
# gSOAP speaks one SOAP version, chosen here: 1.2 where the WSDL offers both.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
url=$1 domain=$2 version=${3:-1.2}
build=${BUILD:-$(mktemp -d)}
cd "$build"
case $version in
1.1) wsdl="$url?wsdl&soap=1.1" ;;
*) wsdl="$url?wsdl" ;;
esac
{
  wsdl2h -c -o bank.h "$wsdl" # -c: plain C
  soapcpp2 -c -C -L -w -x bank.h # -C: a client only
  mv -- *.nsmap bank.nsmap
  gcc -O1 -I. -o client "$here/client.c" soapC.c soapClient.c -lgsoap
} >build.log 2>&1 || { cat build.log >&2 && exit 1; }
exec ./client "$url" "$domain" "$version"
