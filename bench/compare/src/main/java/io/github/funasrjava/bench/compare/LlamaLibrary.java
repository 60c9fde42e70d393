package io.github.funasrjava.bench.compare;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.funasrjava.engine.UsageException;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * The functions of llama.cpp's shared libraries that the comparison calls. The libraries stay loaded until the program
 * ends.
 *
 * <p>Structures of parameters change from version to version, so their layout is not repeated here: the library fills
 * {@link #PARAMETERS_BYTES} with its defaults, the first four numbers of a context's parameters are replaced, and the
 * context is asked what it understood. A structure of this size goes by value as a copy on the stack, and that it is
 * larger than the library's own harms nobody, because nothing comes behind it.
 */
final class LlamaLibrary {
    /** llama.cpp could not do what it was asked for. */
    static final class LlamaFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LlamaFailure(String sentence) {
            super(sentence);
        }

        LlamaFailure(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** A bound function. Some microseconds a call, which does not show beside a pass through a model. */
    static final class Function {
        private final String name;
        private final MethodHandle handle;

        private Function(String name, MethodHandle handle) {
            this.name = name;
            this.handle = handle;
        }

        Object call(Object... arguments) {
            try {
                return handle.invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new LlamaFailure("llama.cpp's " + name + " could not be called: " + e.getMessage(), e);
            }
        }

        int integer(Object... arguments) {
            return (int) call(arguments);
        }

        MemorySegment pointer(Object... arguments) {
            return (MemorySegment) call(arguments);
        }
    }

    /** More than any version's structures of parameters take. */
    static final int PARAMETERS_BYTES = 512;
    private static final MemoryLayout PARAMETERS = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(PARAMETERS_BYTES / Long.BYTES, java.lang.foreign.ValueLayout.JAVA_LONG));
    /** n_tokens, then token, embd, pos, n_seq_id, seq_id, logits. */
    static final MemoryLayout BATCH = MemoryLayout.structLayout(JAVA_INT, MemoryLayout.paddingLayout(4),
            ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final AddressLayout TEXT = ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(1 << 16, JAVA_BYTE));

    final Function modelDefaultParams;
    final Function contextDefaultParams;
    final Function loadModel;
    final Function freeModel;
    final Function initContext;
    final Function freeContext;
    final Function vocabulary;
    final Function vocabularySize;
    final Function memory;
    final Function memoryClear;
    final Function memoryRemove;
    final Function decode;
    final Function logits;
    final Function setThreads;
    final Function attachPool;
    final List<Function> sizes;
    final Function threads;
    final Function threadsBatch;
    final Function poolParams;
    final Function newPool;
    final Function freePool;
    final Function pausePool;
    final Function resumePool;
    private final String systemInfo;
    private final String name;
    private final String processor;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();

    /**
     * Loads llama.cpp and the backend that it finds best for this processor.
     *
     * @param directory where {@code libllama}, {@code libggml}, {@code libggml-base} and {@code libggml-cpu-*} lie
     * @throws UsageException if they are not there
     * @throws LlamaFailure if they are not what is expected
     */
    LlamaLibrary(Path directory) {
        Path llamaFile = find(directory, "libllama(\\.v[0-9.]+)?\\.so");
        Path ggmlFile = find(directory, "libggml(\\.v[0-9.]+)?\\.so");
        SymbolLookup base = load(find(directory, "libggml-base\\.so"));
        SymbolLookup ggml = load(ggmlFile);
        SymbolLookup llama = load(llamaFile);
        this.name = llamaFile.getFileName().toString().replaceAll("^lib|\\.so$", "");
        listen(bind(llama, "llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)));
        try (Arena arena = Arena.ofConfined()) {
            bind(ggml, "ggml_backend_load_all_from_path", FunctionDescriptor.ofVoid(ADDRESS))
                    .call(arena.allocateFrom(directory.toAbsolutePath().toString()));
        }
        bind(llama, "llama_backend_init", FunctionDescriptor.ofVoid()).call();
        Path processorFile = loadedProcessorBackend(directory);
        this.processor = processorFile.getFileName().toString().replaceAll("^lib|\\.so$", "");
        SymbolLookup cpu = load(processorFile);
        FunctionDescriptor sizeOf = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        this.modelDefaultParams = bind(llama, "llama_model_default_params", FunctionDescriptor.of(PARAMETERS));
        this.contextDefaultParams = bind(llama, "llama_context_default_params", FunctionDescriptor.of(PARAMETERS));
        this.loadModel = bind(llama, "llama_model_load_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS));
        this.freeModel = bind(llama, "llama_model_free", FunctionDescriptor.ofVoid(ADDRESS));
        this.initContext = bind(llama, "llama_init_from_model", FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS));
        this.freeContext = bind(llama, "llama_free", FunctionDescriptor.ofVoid(ADDRESS));
        this.vocabulary = bind(llama, "llama_model_get_vocab", FunctionDescriptor.of(ADDRESS, ADDRESS));
        this.vocabularySize = bind(llama, "llama_vocab_n_tokens", sizeOf);
        this.memory = bind(llama, "llama_get_memory", FunctionDescriptor.of(ADDRESS, ADDRESS));
        this.memoryClear = bind(llama, "llama_memory_clear", FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN));
        this.memoryRemove = bind(llama, "llama_memory_seq_rm", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
        this.decode = bind(llama, "llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH));
        this.logits = bind(llama, "llama_get_logits_ith", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        this.setThreads = bind(llama, "llama_set_n_threads", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT));
        this.attachPool = bind(llama, "llama_attach_threadpool", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
        this.sizes = Stream.of("llama_n_ctx", "llama_n_batch", "llama_n_ubatch", "llama_n_seq_max").map(f -> bind(llama, f, sizeOf)).toList();
        this.threads = bind(llama, "llama_n_threads", sizeOf);
        this.threadsBatch = bind(llama, "llama_n_threads_batch", sizeOf);
        this.poolParams = bind(base, "ggml_threadpool_params_init", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
        this.newPool = bind(cpu, "ggml_threadpool_new", FunctionDescriptor.of(ADDRESS, ADDRESS));
        this.freePool = bind(cpu, "ggml_threadpool_free", FunctionDescriptor.ofVoid(ADDRESS));
        this.pausePool = bind(cpu, "ggml_threadpool_pause", FunctionDescriptor.ofVoid(ADDRESS));
        this.resumePool = bind(cpu, "ggml_threadpool_resume", FunctionDescriptor.ofVoid(ADDRESS));
        this.systemInfo = bind(llama, "llama_print_system_info", FunctionDescriptor.of(TEXT)).pointer().getString(0);
    }

    /** The library's file without its ending, which names the version. */
    String name() {
        return name;
    }

    /** The file of the processor backend that llama.cpp chose, without its ending. */
    String processor() {
        return processor;
    }

    /** What llama.cpp says of the instructions that it uses. */
    String systemInfo() {
        return systemInfo;
    }

    /** What llama.cpp logged since the last call, one line each. */
    List<String> takeLog() {
        StringBuilder text = new StringBuilder();
        for (String piece = log.poll(); piece != null; piece = log.poll()) {
            text.append(piece);
        }
        return text.toString().lines().filter(line -> !line.isBlank()).toList();
    }

    private static Path find(Path directory, String pattern) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern)).findFirst().orElseThrow(() -> new UsageException(
                    "There is no " + pattern.replaceAll("\\(.*?\\)\\?|\\\\", "") + " in " + directory
                            + "; --llama names the directory with llama.cpp's shared libraries."));
        } catch (IOException e) {
            throw new UsageException("--llama names no readable directory: " + directory + ".", e);
        }
    }

    private static SymbolLookup load(Path file) {
        try {
            return SymbolLookup.libraryLookup(file.toAbsolutePath(), Arena.global());
        } catch (IllegalArgumentException e) {
            throw new LlamaFailure(file + " cannot be loaded: " + e.getMessage() + ".", e);
        }
    }

    private static Function bind(SymbolLookup library, String function, FunctionDescriptor type) {
        MemorySegment address = library.find(function).orElseThrow(() -> new LlamaFailure(
                "llama.cpp's libraries have no " + function + "; CONTRIBUTING.md names the version that is compared with."));
        return new Function(function, Linker.nativeLinker().downcallHandle(address, type));
    }

    /** llama.cpp loads one of many files; which one only the process itself knows. */
    private static Path loadedProcessorBackend(Path directory) {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("/libggml-cpu")).map(line -> Path.of(line.substring(line.indexOf('/')))).findFirst()
                    .orElseThrow(() -> new LlamaFailure("llama.cpp found no processor backend, libggml-cpu-*.so, in " + directory + "."));
        } catch (IOException e) {
            throw new LlamaFailure("Which processor backend llama.cpp loaded cannot be read from /proc/self/maps; compare on Linux.", e);
        }
    }

    private void listen(Function logSet) {
        try {
            MethodHandle handler = MethodHandles.lookup().bind(this, "logged",
                    MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            logSet.call(Linker.nativeLinker().upcallStub(handler, FunctionDescriptor.ofVoid(JAVA_INT, TEXT, ADDRESS), Arena.global()),
                    MemorySegment.NULL);
        } catch (ReflectiveOperationException e) {
            throw new LlamaFailure("llama.cpp's log cannot be listened to: " + e.getMessage(), e);
        }
    }

    /** Called by llama.cpp, on any thread, with a piece of a line. */
    private void logged(int level, MemorySegment text, MemorySegment data) {
        log.add(text.getString(0, StandardCharsets.UTF_8));
    }
}
