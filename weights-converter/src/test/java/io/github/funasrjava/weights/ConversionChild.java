package io.github.funasrjava.weights;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** Converts or opens in a process of its own: to be killed, to meet another one, to run out of something. */
final class ConversionChild {
    private ConversionChild() {}

    /** {@code convert SOURCE TARGET}, {@code convert-bytes SOURCE PATH-OF-URI}, {@code open SOURCE CACHE}, {@code die SOURCE CACHE} or {@code lock FILE WHAT}; prints messages and the outcome. */
    public static void main(String[] arguments) {
        ProgressListener listener = new ProgressListener() {
            @Override
            public void message(String sentence) {
                System.out.println(sentence);
            }

            @Override
            public void progress(Progress progress) {
                if (arguments[0].equals("die")) {
                    Runtime.getRuntime().halt(137); // as kill -9 would: no handler, no finally
                }
            }
        };
        if (arguments[0].equals("lock")) {
            lock(Path.of(arguments[1]), arguments[2]);
            return;
        }
        Path source = Path.of(arguments[1]);
        Path target = Path.of(arguments[2]);
        try {
            if (arguments[0].equals("convert-bytes")) {
                Converter.convert(source, Path.of(URI.create("file://" + arguments[2])), ConvertOptions.defaults().withListener(listener));
            } else if (arguments[0].equals("convert")) {
                Converter.convert(source, target, ConvertOptions.defaults().withListener(listener));
            } else {
                ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(target).withListener(listener)).close();
            }
            System.out.println("done");
        } catch (WeightsException e) {
            System.out.println(e.kind() + " " + e.getMessage());
        }
    }

    private static void lock(Path file, String what) {
        try (ConversionLock _ = ConversionLock.acquire(file, what, Duration.ofMillis(200), ProgressListener.SILENT)) {
            System.out.println("done");
        } catch (WeightsException e) {
            System.out.println(e.kind() + " " + e.getMessage());
        }
    }
}
