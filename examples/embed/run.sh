#!/usr/bin/env bash
# Installs the engine as Maven does for any project (EMBED_REPOSITORY names another repository than the user's), builds
# this project against it, and runs it twice: on the class path and on the module path. Prints the demo sentence twice;
# fails if it is another one.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
repository="${EMBED_REPOSITORY:-$HOME/.m2/repository}"

"$root/mvnw" -f "$root/pom.xml" -q -B -ntp -Dmaven.repo.local="$repository" install -DskipTests -pl engine -am
output="$("$root/mvnw" -f "$here/pom.xml" -q -B -ntp -Dmaven.repo.local="$repository" clean verify \
  -Dmodel="$root/cli/src/main/resources/demo-model" -Daudio="$root/samples/en_20.wav")"
printf '%s\n' "$output"

if ls "$here/target/lib" | grep -iE 'cli|server|picocli|undertow|spark'; then
  echo "embed: the engine brought a command line or a server with it" >&2
  exit 1
fi
if [ "$(printf '%s\n' "$output" | grep -c '^Set a timer for 47 minutes\.$')" != 2 ]; then
  echo "embed: expected the sentence twice, once from the class path and once from the module path" >&2
  exit 1
fi
