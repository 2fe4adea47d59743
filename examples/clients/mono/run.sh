#!/bin/sh
# Generate, compile and run the Mono client: sh run.sh SERVICE-URL DOMAIN
# (Debian: apt-get install mono-devel mono-mcs)
#
# .NET Framework's wsdl.exe takes the same arguments, csc those of mcs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
url=$1 domain=$2
build=${BUILD:-$(mktemp -d)}
cd "$build"
{
  wsdl -language:CS -out:Bank.cs "$url?wsdl"
  mcs -nologo -codepage:utf8 -r:System.Web.Services -out:client.exe "$here/Client.cs" Bank.cs
} >build.log 2>&1 || { cat build.log >&2 && exit 1; }
exec mono client.exe "$url" "$domain"
