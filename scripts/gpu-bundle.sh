#!/bin/sh
# Makes target/gpu-bundle.tar.xz: a Java runtime, engine.jar with the binding of NVIDIA's driver, the kernels' case tables and
# gpu-check, for a Linux x86-64 machine with a GPU and its driver but without JDK and network. Needs a built tree
# (./mvnw package) and a JDK 25 in JAVA_HOME.
set -eu
cd "$(dirname "$0")/.."
jar=cli/target/engine.jar
cases=$(ls kernels/target/funasr-kernels-*-tests.jar | head -1)
[ -f "$jar" ] && [ -f "$cases" ] || { echo "build first: ./mvnw package -DskipTests" >&2; exit 1; }
out=target/gpu-bundle
rm -rf "$out" && mkdir -p "$out/lib"
# zip-0 and xz together are a third smaller than a compressed image.
"$JAVA_HOME/bin/jlink" --add-modules java.base,java.desktop,java.logging,java.management,java.net.http,jdk.incubator.vector,jdk.unsupported \
    --strip-debug --no-header-files --no-man-pages --compress zip-0 --output "$out/runtime"
cp "$jar" "$out/engine.jar"
cp "$cases" "$out/lib/kernels-tests.jar"
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
version() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" pom.xml; }
junit=$(version junit.version)
for artifact in org/junit/jupiter/junit-jupiter-api/$junit org/junit/jupiter/junit-jupiter-params/$junit \
    org/opentest4j/opentest4j/1.3.0 org/apiguardian/apiguardian-api/1.1.2 \
    "$(cd "$repository" && ls -d org/junit/platform/junit-platform-commons/1."${junit#5.}")"; do
    cp "$repository/$artifact/"*[0-9].jar "$out/lib/"
done
mkdir "$out/samples" && cp samples/*.wav "$out/samples/"
cat > "$out/gpu-check" <<'CHECK'
#!/bin/sh
# gpu-check [MODEL_DIRECTORY [GPU_NUMBER]]: cases of every kernel, texts of the demo model on GPU and CPU, and benchmarks;
# one report in gpu-report.txt beside this file. With a model directory its speed is measured too.
cd "$(dirname "$0")" || exit 1
model=${1:-demo}
gpu=${2:-0}
java="runtime/bin/java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
status=0
{
    date -u
    nvidia-smi 2>&1
    $java -jar engine.jar doctor || status=$?
    echo; echo "== kernels"
    $java -Xmx4g -cp "engine.jar:lib/*" io.github.funasrjava.kernels.cuda.GpuCheck "$gpu" || status=$?
    echo; echo "== texts, GPU beside CPU"
    for wav in samples/*.wav; do
        on_gpu=$($java -jar engine.jar transcribe --model demo --device "cuda:$gpu" "$wav" 2>&1) || status=$?
        on_cpu=$($java -jar engine.jar transcribe --model demo --device cpu "$wav" 2>&1) || status=$?
        if [ "$on_gpu" = "$on_cpu" ]; then echo "same    $wav: $on_gpu"; else status=1; echo "DIFFERS $wav: $on_gpu | $on_cpu"; fi
    done
    echo; echo "== speed"
    for seconds in 5 10; do
        $java -jar engine.jar bench rtf --model "$model" --device "cuda:$gpu" --seconds $seconds --tokens 20 || status=$?
    done
    $java -jar engine.jar bench decode --model "$model" --device "cuda:$gpu" || status=$?
    echo "status $status"
    echo "$status" > .status
} > gpu-report.txt 2>&1
cat gpu-report.txt
exit "$(cat .status)"
CHECK
chmod +x "$out/gpu-check"
tar -C target -cJf target/gpu-bundle.tar.xz gpu-bundle
size=$(wc -c < target/gpu-bundle.tar.xz)
echo "target/gpu-bundle.tar.xz: $size bytes"
[ "$size" -lt 62914560 ] || { echo "larger than 60 MiB" >&2; exit 1; }
