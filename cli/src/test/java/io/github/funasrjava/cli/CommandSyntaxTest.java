package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.UsageException;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CommandSyntaxTest {
    private final CommandSyntax syntax = new CommandSyntax(new TranscribeCommand().description());

    @Property(tries = 3000)
    void plainParsingNeverDiffersFromPicocli(@ForAll("commandLines") List<String> args) {
        Optional<Arguments> plain = syntax.plain(args);
        if (plain.isPresent()) {
            assertEquals(syntax.byPicocli(args), plain.get(), args.toString());
        }
    }

    @Provide
    Arbitrary<List<String>> commandLines() {
        return Arbitraries.of("--model", "--model=x", "--model=", "--quiet", "--quiet=true", "--format", "json", "a.wav", "--", "-", "-x", "--unknown",
                "", "x=y", "--threads", "2", "-1", "--no-itn", "--hotwords", "a,b", "@list", "--help", "-h", "--debug", "\"q\"", "--mod")
                .list().ofMaxSize(7);
    }

    @Test
    void ordinaryCommandLinesNeedNoPicocli() {
        assertTrue(syntax.plain(List.of("--model", "demo", "--format=json", "--quiet", "a.wav")).isPresent());
        assertTrue(syntax.plain(List.of("--", "-odd.wav")).isPresent());
    }

    @Test
    void everyCommandLineThatIsNotPlainGetsPicocliToSayWhy() {
        for (List<String> args : List.of(List.of("--modl", "x"), List.of("--quiet", "--quiet"), List.of("--model"))) {
            assertTrue(syntax.plain(args).isEmpty(), args.toString());
            org.junit.jupiter.api.Assertions.assertThrows(UsageException.class, () -> syntax.parse(args));
        }
    }
}
