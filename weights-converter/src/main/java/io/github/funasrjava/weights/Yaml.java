package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads a small YAML file into maps, lists and plain values: no tags of other languages, no bombs of aliases. */
final class Yaml {
    private static final int MAX_BYTES = 1 << 20;

    private Yaml() {}

    /** The settings that {@code yaml} holds; {@code source} names it in messages. */
    static Settings settings(byte[] yaml, String source) {
        if (yaml.length > MAX_BYTES) {
            throw new WeightsException(Kind.LIMIT, source + " is " + Messages.bytes(yaml.length) + " long; the limit is "
                    + Messages.bytes(MAX_BYTES) + ".");
        }
        ForeignFiles.refuse(yaml, source, "a configuration file");
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source)
                .setAllowDuplicateKeys(false)
                .setAllowRecursiveKeys(false)
                .setMaxAliasesForCollections(16)
                .setCodePointLimit(MAX_BYTES)
                .build();
        Object root;
        try {
            root = new Load(settings).loadFromString(utf8(yaml, source));
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark().map(mark -> " in line " + (mark.getLine() + 1)).orElse("");
            throw new WeightsException(Kind.MALFORMED, source + " is not acceptable YAML" + line + ": "
                    + Messages.plain(String.valueOf(e.getProblem())) + ".");
        } catch (YamlEngineException e) {
            throw new WeightsException(Kind.MALFORMED, source + " is not acceptable YAML: "
                    + Messages.plain(String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable")) + ".");
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            // The library lets these out of its scanner, for instance at a \\u without digits.
            throw new WeightsException(Kind.MALFORMED, source + " is not acceptable YAML: a broken text or number.", e);
        } catch (StackOverflowError e) {
            throw new WeightsException(Kind.LIMIT, source + " is nested too deeply.");
        }
        if (!(root instanceof Map<?, ?> map)) {
            throw new WeightsException(Kind.MALFORMED, source + " does not hold settings.");
        }
        return Settings.of(source, map);
    }

    private static String utf8(byte[] bytes, String source) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new WeightsException(Kind.MALFORMED, source + " is not UTF-8 text.");
        }
    }
}
