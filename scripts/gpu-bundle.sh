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
# 10 s of 16-bit mono at 16 kHz: the samples one after the other, behind a header of their own.
{
    printf 'RIFF\044\342\004\000WAVEfmt \020\000\000\000\001\000\001\000\200\076\000\000\000\175\000\000\002\000\020\000data\000\342\004\000'
    for i in 1 2; do for wav in samples/*.wav; do tail -c +45 "$wav"; done; done | head -c 320000
} > "$out/ten-seconds.wav"
# The same products with PyTorch, where a machine has it: its decoder step is the products of 28 layers and the head as one graph.
cat > "$out/torch-compare.py" <<'TORCH'
import torch

def milliseconds(work, runs=50):
    for _ in range(3):
        work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    times = []
    for _ in range(runs):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times)[runs // 2]

def weights(n, k):
    return torch.randn(n, k, device="cuda", dtype=torch.bfloat16)

print("PyTorch", torch.__version__, "on", torch.cuda.get_device_name())
source, target = (torch.empty(1 << 30, device="cuda", dtype=torch.uint8).random_() for _ in range(2))
print(f"copy: {2 * 2**30 / milliseconds(lambda: target.copy_(source)) / 1e6:.0f} GB/s")
square = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
print(f"bf16 product of 8192^3: {2 * 8192**3 / milliseconds(lambda: square @ square, 20) / 1e9:.0f} TFLOP/s")
layers = [[weights(4096, 1024), weights(1024, 2048), weights(6144, 1024), weights(1024, 3072)] for _ in range(28)]
head = weights(151936, 1024)
rows = {k: torch.randn(1, k, device="cuda", dtype=torch.bfloat16) for k in (1024, 2048, 3072)}

def step():
    for layer in layers:
        for w in layer:
            rows[w.shape[1]] @ w.T
    rows[1024] @ head.T

ms = milliseconds(step)
print(f"products of a decoding step, bf16, one row: {ms:.3f} ms, {1000 / ms:.0f} steps/s")
encoder = [[weights(1536, 512), weights(512, 512), weights(2048, 512), weights(512, 2048)] for _ in range(70)]
clip = {k: torch.randn(167, k, device="cuda", dtype=torch.bfloat16) for k in (512, 2048)}

def encode():
    for layer in encoder:
        for w in layer:
            clip[w.shape[1]] @ w.T

print(f"products of an encoding of 10 s, bf16, one term: {milliseconds(encode):.3f} ms")
TORCH
cat > "$out/gpu-check" <<'CHECK'
#!/bin/sh
# gpu-check [MODEL_DIRECTORY [GPU_NUMBER]]: cases of every kernel, texts of the demo model on GPU and CPU, and benchmarks, each
# beside its bar; one report in gpu-report.txt beside this file. The bars are for the full-size model: give its directory.
# Exit code 0: all cases passed and texts are the same (bars do not count); 1: not so; 6: there is no GPU to use.
model=${1:-demo}
case $model in demo | /*) ;; *) model=$PWD/$model ;; esac
cd "$(dirname "$0")" || exit 1
gpu=${2:-0}
java="runtime/bin/java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
check="$java -Xmx4g -cp engine.jar:lib/* io.github.funasrjava.kernels.cuda.GpuCheck"
set -f # the class path's star is for Java
found=$($check find "$gpu" 2> .stderr) || { code=$?; { echo "$found"; cat .stderr; } | grep -v '^WARNING: Using incubator' | tee gpu-report.txt; exit "$code"; }
set +f
field() { sed -n "s/.*\"$1\":\([0-9.eE+-]*\).*/\1/p" "$2"; }
bench() { # name, arguments: one line of JSON into .NAME, shown as well
    name=$1
    shift
    $java -jar engine.jar bench "$@" --device "cuda:$gpu" --model "$model" --json > ".$name" 2> .stderr || { status=$?; cat .stderr; }
    echo "bench $*"; cat ".$name"
}
bar() { # what, unit, measured, bar, stretch, 1 where more is better
    awk -v what="$1" -v unit="$2" -v v="$3" -v bar="$4" -v stretch="$5" -v more="$6" 'BEGIN {
        verdict = v == "" ? "not measured" : (more ? v >= stretch : v <= stretch) ? "stretch reached" : (more ? v >= bar : v <= bar) ? "bar reached" : "MISSED"
        printf "%-48s %10s %-8s bar %7s  stretch %7s  %s\n", what, v == "" ? "-" : sprintf("%.2f", v), unit, bar, stretch, verdict }'
}
status=0
{
    date -u
    echo "$found"
    nvidia-smi 2>&1
    $java -jar engine.jar doctor || status=$?
    echo; echo "== kernels"
    set -f
    $check check "$gpu" || status=$?
    set +f
    echo; echo "== texts, GPU beside CPU"
    for wav in samples/*.wav; do
        on_gpu=$($java -jar engine.jar transcribe --model demo --device "cuda:$gpu" "$wav" 2> .stderr) || { status=$?; cat .stderr; }
        on_cpu=$($java -jar engine.jar transcribe --model demo --device cpu "$wav" 2> .stderr) || { status=$?; cat .stderr; }
        if [ "$on_gpu" = "$on_cpu" ]; then echo "same    $wav: $on_gpu"; else status=1; echo "DIFFERS $wav: $on_gpu | $on_cpu"; fi
    done
    echo; echo "== speed, model $model"
    for time in first second; do # the first compiles the PTX where the driver has not kept it
        begin=$(date +%s%N)
        $java -jar engine.jar transcribe --model "$model" --device "cuda:$gpu" ten-seconds.wav > .text 2> .stderr || { status=$?; cat .stderr; }
        echo "process start to text of 10 s, $time time: $((($(date +%s%N) - begin) / 1000000)) ms: $(head -c 300 .text)"
    done
    bench rtf5 rtf --seconds 5 --tokens 20 --repeats 11
    bench rtf10 rtf --seconds 10 --tokens 35 --repeats 11
    bench decode1 decode --streams 1
    bench decode16 decode --streams 16
    bench files files --copies 64 --batch-size 64 --max-new-tokens 35 ten-seconds.wav
    $java -jar engine.jar bench kernels --model "$model" --device "cuda:$gpu" || status=$?
    echo; echo "== PyTorch on the same machine: products alone, without norms, attention and samples, so faster than a whole model"
    if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
        CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES:-$gpu} python3 torch-compare.py || status=$?
    else
        echo "left out: there is no PyTorch with CUDA on this machine"
    fi
    echo; echo "== bars, which are for an H200 and the full-size model in bf16, medians"
    [ "$model" != demo ] || echo "the demo model was measured, whose figures say nothing about the bars; give the directory of a full-size model"
    bar "decode, 1 stream" tok/s "$(field rowsPerSecond .decode1)" 1800 2800 1
    bar "5 s clip, 20 tokens, whole way" ms "$(field totalMs .rtf5)" 30 18 0
    bar "10 s clip, encoder + adaptor" ms "$(awk -v a="$(field encoder .rtf10)" -v b="$(field adaptor .rtf10)" 'BEGIN { if (a != "") print a + b }')" 6 3 0
    bar "10 s clips, 64 at a time, up to 35 tokens" "x real" "$(awk -v r="$(field atOnceRtf .files)" 'BEGIN { if (r > 0) print 1 / r }')" 1500 4000 1
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
