#!/bin/sh
# Generate, compile and run the JAX-WS RI client: sh run.sh SERVICE-URL DOMAIN [1.1|1.2]
# (Debian: apt-get install default-jdk-headless libjaxws-java)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
url=$1 domain=$2 version=${3:-1.1}
build=${BUILD:-$(mktemp -d)}
jars=/usr/share/java/jaxws-rt.jar:/usr/share/java/jaxws-tools.jar # their manifests name the rest
cd "$build"
{
  # -extension keeps the SOAP 1.2 port.
  java -cp "$jars" com.sun.tools.ws.WsImport -extension -Xnocompile -p bank -s . "$url?wsdl"
  javac -encoding UTF-8 -nowarn -sourcepath . -cp "$jars" -d classes "$here/Client.java"
} >build.log 2>&1 || { cat build.log >&2 && exit 1; }
exec java -Dfile.encoding=UTF-8 -cp "classes:$jars" Client "$url" "$domain" "$version"
