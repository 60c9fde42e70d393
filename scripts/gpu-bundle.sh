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
        on_gpu=$($java -jar engine.jar transcribe --model demo --device "cuda:$gpu" "$wav" 2> .stderr) || { status=$?; cat .stderr; }
        on_cpu=$($java -jar engine.jar transcribe --model demo --device cpu "$wav" 2> .stderr) || { status=$?; cat .stderr; }
        if [ "$on_gpu" = "$on_cpu" ]; then echo "same    $wav: $on_gpu"; else status=1; echo "DIFFERS $wav: $on_gpu | $on_cpu"; fi
    done
    echo; echo "== speed"
    for seconds in 5 10; do
        $java -jar engine.jar bench rtf --model "$model" --device "cuda:$gpu" --seconds $seconds --tokens 20 || status=$?
    done
    for streams in 1 16; do
        $java -jar engine.jar bench decode --model "$model" --device "cuda:$gpu" --streams $streams || status=$?
    done
    $java -jar engine.jar bench kernels --model "$model" --device "cuda:$gpu" || status=$?
    echo; echo "== PyTorch on the same machine"
    if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
        CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES:-$gpu} python3 torch-compare.py || status=$?
    else
        echo "left out: there is no PyTorch with CUDA on this machine"
    fi
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
