package io.github.funasrjava.audio;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Formats without a decoder here, through {@code ffmpeg} as a child process: no shell, no network, no formats that name other
 * files, one thread, bounded allocations, killed when it makes no progress. It writes WAV to a pipe, which our own reader reads.
 */
final class FfmpegSource implements PcmSource {
    /** Demuxers that read nothing but the file they are given (play lists and image sequences are not among them). */
    private static final String FORMATS = "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,"
            + "mpeg,mpegts,mpegvideo,nistsphere,ogg,rm,tta,voc,w64,wav,wv";
    private static final String MAX_ALLOCATION_BYTES = Integer.toString(256 << 20);
    private static final int MAX_STDERR_BYTES = 4096;
    /** The longest time without a byte from ffmpeg; decoding a block takes it milliseconds. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long WATCH_MILLIS = 500;

    private final String name;
    private final String format;
    private final Process process;
    private final ByteInput output;
    private final StringBuilder complaint = new StringBuilder();
    private final Thread complaintReader;
    private final WarningLog warnings;
    private final AtomicLong waitingSince = new AtomicLong(Long.MAX_VALUE);
    private final long stallNanos;
    private PcmSource wav;
    private volatile boolean stalled;

    private FfmpegSource(ByteInput input, ContentType type, Process process, AudioLimits limits, WarningLog warnings) {
        this.name = input.name();
        this.format = type.label() + ", decoded by ffmpeg";
        this.process = process;
        this.warnings = warnings;
        this.stallNanos = Math.min(STALL_NANOS, limits.maxDecodeTime().toNanos());
        AudioLimits unbounded = limits.withMaxFileBytes(Long.MAX_VALUE);
        output = ByteInput.of(process.getInputStream(), name, unbounded);
        complaintReader = Thread.ofVirtual().start(this::readComplaint);
        Thread.ofVirtual().start(this::watch);
    }

    /** The first {@code ffmpeg} in an absolute directory of {@code path}, as in the variable PATH. */
    static Optional<Path> find(String path) {
        String program = File.separatorChar == '\\' ? "ffmpeg.exe" : "ffmpeg";
        for (String dir : path.split(File.pathSeparator)) {
            try {
                Path candidate = Path.of(dir, program);
                if (candidate.isAbsolute() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return Optional.of(candidate);
                }
            } catch (InvalidPathException e) {
                // A directory that the file system cannot express holds no program either.
                continue;
            }
        }
        return Optional.empty();
    }

    /**
     * @param reason why the input cannot be decoded here; becomes the message when ffmpeg cannot either
     * @param path the directories in which to look for ffmpeg
     */
    static PcmSource open(ByteInput input, ContentType type, AudioOptions options, WarningLog warnings, AudioException reason, String path) {
        Optional<Path> program = options.externalDecoder() ? find(path) : Optional.empty();
        if (program.isEmpty()) {
            throw new AudioException(reason.kind(), reason.getMessage() + instead(reason.kind(), options.externalDecoder()), reason);
        }
        if (!input.rewind()) {
            throw new AudioException(reason.kind(), reason.getMessage()
                    + ", which cannot be decoded here; ffmpeg could, but not from a pipe of which so much was read: save it to a file", reason);
        }
        Optional<Path> file = input.path().filter(FfmpegSource::expressible);
        Process process = start(program.get(), file, options.limits(), input.name());
        FfmpegSource source = new FfmpegSource(input, type, process, options.limits(), warnings);
        try {
            source.feed(input, file.isPresent());
            source.openWav(options.limits());
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        warnings.add(AudioWarning.Code.EXTERNAL_DECODER, input.name() + ": decoded by " + program.get());
        return source;
    }

    private static String instead(AudioException.Kind kind, boolean ffmpegAllowed) {
        if (kind == AudioException.Kind.DECODER_MISSING) {
            return ffmpegAllowed ? ", or install ffmpeg" : "";
        }
        return ", which cannot be decoded here; " + (ffmpegAllowed ? "install ffmpeg, which can, or convert it to WAV" : "convert it to WAV");
    }

    /** Whether a name survives the way to a child process; one that is not valid in the locale's charset does not. */
    private static boolean expressible(Path file) {
        return Path.of(file.toString()).equals(file);
    }

    private static Process start(Path program, Optional<Path> file, AudioLimits limits, String name) {
        List<String> command = new ArrayList<>(List.of(program.toString(), "-nostdin", "-hide_banner", "-v", "error", "-threads", "1",
                "-max_alloc", MAX_ALLOCATION_BYTES, "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i",
                file.map(f -> "file:" + f.toAbsolutePath()).orElse("pipe:0"), "-map", "0:a:0", "-vn", "-sn", "-dn",
                "-t", Long.toString(limits.maxDecodedSeconds() + 1),
                // Gaps and a late start of the sound in a video become silence, so that times stay those of the video.
                "-af", "aresample=async=1:first_pts=0", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        try {
            return builder.start();
        } catch (IOException e) {
            throw new AudioException(AudioException.Kind.DECODER_MISSING, name + ": " + program + " cannot be started: " + e.getMessage(), e);
        }
    }

    private void feed(ByteInput input, boolean byName) {
        if (byName) {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                throw AudioException.of(name, e);
            }
            return;
        }
        Thread.ofVirtual().start(() -> {
            try (OutputStream to = process.getOutputStream()) {
                input.transferTo(to, () -> waitingSince.updateAndGet(t -> t == Long.MAX_VALUE ? t : System.nanoTime()));
            } catch (IOException | AudioException e) {
                // ffmpeg has closed its end, or the input broke off: what it has decoded until then is what there is.
                complain("input ended: " + e.getMessage());
            }
        });
    }

    private void openWav(AudioLimits limits) {
        if (!waiting(() -> output.ensure(1))) {
            throw failure();
        }
        if (ContentType.detect(output.peek(12)) != ContentType.WAV) {
            throw failure();
        }
        // The sizes in the header of a piped WAV are open, which is no news to anybody here.
        wav = WavHeader.open(output, limits, new WarningLog(false));
    }

    private AudioException failure() {
        awaitEnd();
        String said = said();
        if (stalled) {
            return new AudioException(AudioException.Kind.TIME_LIMIT, name + ": ffmpeg made no progress for "
                    + TimeUnit.NANOSECONDS.toSeconds(stallNanos) + " s and was stopped");
        }
        if (said.contains("matches no streams")) {
            return new AudioException(AudioException.Kind.NO_AUDIO_STREAM, name + ": no audio stream in this file (" + format + ")");
        }
        return AudioException.corrupt(name, "ffmpeg cannot decode it" + (said.isEmpty() ? "" : ": " + said));
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public int sampleRateHz() {
        return wav.sampleRateHz();
    }

    @Override
    public int channels() {
        return wav.channels();
    }

    @Override
    public int read(float[] interleaved, int maxFrames) {
        int[] n = new int[1];
        waiting(() -> {
            n[0] = wav.read(interleaved, maxFrames);
            return true;
        });
        if (n[0] < 0) {
            awaitEnd();
            if (stalled) {
                throw failure();
            }
            if (process.exitValue() != 0 || !said().isEmpty()) {
                warnings.add(AudioWarning.Code.LOST_FRAMES, name + ": ffmpeg reports damage: " + said());
            }
        }
        return n[0];
    }

    private boolean waiting(BooleanSupplier step) {
        waitingSince.set(System.nanoTime());
        try {
            return step.getAsBoolean();
        } finally {
            waitingSince.set(Long.MAX_VALUE);
        }
    }

    private void watch() {
        try {
            while (!process.waitFor(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
                long since = waitingSince.get();
                if (since != Long.MAX_VALUE && System.nanoTime() - since > stallNanos) {
                    stalled = true;
                    // Not process.destroyForcibly(), which also closes the pipe under the thread that reads it.
                    process.toHandle().destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor();
            }
            complaintReader.join(1000);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AudioException(AudioException.Kind.INTERRUPTED, name + ": reading was interrupted", e);
        }
    }

    private void readComplaint() {
        byte[] block = new byte[1024];
        try (InputStream errors = process.getErrorStream()) {
            int n;
            while ((n = errors.read(block)) >= 0) {
                complain(new String(block, 0, n, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            complain(e.toString());
        }
    }

    private void complain(String text) {
        synchronized (complaint) {
            if (complaint.length() < MAX_STDERR_BYTES) {
                complaint.append(text);
            }
        }
    }

    /** The first line that ffmpeg wrote, in printable characters and without the path. */
    private String said() {
        synchronized (complaint) {
            String first = complaint.toString().strip().split("\\R")[0].replace("file:", "").replace(name, "").replaceAll("\\p{Cntrl}", " ");
            String text = first.replaceFirst("^[\\s:]+", "").strip();
            return text.substring(0, Math.min(text.length(), 160));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        output.close();
    }
}
