package embed;

import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import java.nio.file.Path;

public final class Embed {
    public static void main(String[] args) {
        try (Transcriber transcriber = Transcriber.open(Path.of(args[0]), EngineOptions.DEFAULT)) {
            TranscribeOptions options = TranscribeOptions.DEFAULT.withLanguage("auto");
            System.out.println(transcriber.transcribe(Path.of(args[1]), options).text());
        }
    }
}
