package io.github.funasrjava.engine.decode;

import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.kernels.KvCache;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Keys and values of prompt prefixes, which differ only by language, hotwords and text normalisation. A prefix is kept
 * when it comes for the second time: those with a segment's own hotwords rarely do, and each takes 230 kB a token.
 */
final class PrefixCache implements AutoCloseable {
    /** Prefixes kept; the least recently used goes first. */
    private static final int MAX_PREFIXES = 8;

    /** Prefixes of which is known that they came once. */
    private static final int MAX_SEEN = 64;

    private final Qwen3Decoder decoder;
    private final Set<List<Integer>> seen = new LinkedHashSet<>();
    private final Map<List<Integer>, KvCache> caches = new LinkedHashMap<>(16, 0.75f, true);

    PrefixCache(Qwen3Decoder decoder) {
        this.decoder = decoder;
    }

    /** The cache that holds exactly this prefix; it stays owned here and must not be changed. */
    Optional<KvCache> find(int[] prefixIds) {
        return Optional.ofNullable(caches.get(key(prefixIds)));
    }

    /** Keeps the first positions of a sequence that began with this prefix, if it is not the first one. */
    void remember(int[] prefixIds, KvCache sequence) {
        List<Integer> key = key(prefixIds);
        if (caches.containsKey(key)) {
            return;
        }
        if (!seen.remove(key)) {
            seen.add(key);
            if (seen.size() > MAX_SEEN) {
                seen.remove(seen.iterator().next());
            }
            return;
        }
        KvCache cache = decoder.newCache(prefixIds.length);
        cache.copyFrom(sequence, prefixIds.length);
        caches.put(key, cache);
        if (caches.size() > MAX_PREFIXES) {
            Iterator<KvCache> oldest = caches.values().iterator();
            oldest.next().close();
            oldest.remove();
        }
    }

    private static List<Integer> key(int[] prefixIds) {
        return IntStream.of(prefixIds).boxed().toList();
    }

    @Override
    public void close() {
        caches.values().forEach(KvCache::close);
        caches.clear();
    }
}
