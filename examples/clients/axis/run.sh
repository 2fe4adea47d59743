#!/bin/sh
# Generate, compile and run the Axis 1.4 client: sh run.sh SERVICE-URL DOMAIN
# (Debian: apt-get install default-jdk-headless libaxis-java)
#
# Axis takes the SOAP 1.1 port and leaves the other one out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
url=$1 domain=$2
build=${BUILD:-$(mktemp -d)}
jars=
for jar in axis axis-jaxrpc axis-saaj wsdl4j commons-logging commons-discovery javax.activation javax.mail; do
  jars=$jars:/usr/share/java/$jar.jar
done
cd "$build"
{
  java -cp "$jars" org.apache.axis.wsdl.WSDL2Java -o . -p bank "$url?wsdl"
  javac -encoding UTF-8 -nowarn -sourcepath . -cp "$jars" -d classes "$here/Client.java"
} >build.log 2>&1 || { cat build.log >&2 && exit 1; }
exec java -Dfile.encoding=UTF-8 -cp "classes$jars" Client "$url" "$domain"
