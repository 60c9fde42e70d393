package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.kernels.cases.AttentionCases;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class KvCacheTest {
    @Test
    void growingKeepsEveryValidPositionOfEveryHead() {
        try (KvCache cache = filled(50)) {
            cache.reserve(300);
            assertEquals(320, cache.capacity());
            assertPositions(cache, 50);
        }
    }

    @Test
    void copiesAPrefixIntoACacheOfAnotherCapacity() {
        try (KvCache source = filled(70); KvCache copy = new KvCache(2, 3, 20, 1)) {
            copy.copyFrom(source, 41);
            assertEquals(41, copy.length());
            assertPositions(copy, 41);
            assertThrows(IllegalArgumentException.class, () -> copy.copyFrom(source, 1));
        }
    }

    @Test
    void refusesMovesOutsideItsPositions() {
        try (KvCache cache = filled(10); KvCache other = new KvCache(2, 3, 21, 1); KvCache empty = new KvCache(2, 3, 20, 1)) {
            assertThrows(IllegalArgumentException.class, () -> cache.advanceTo(65));
            assertThrows(IllegalArgumentException.class, () -> cache.advanceTo(9));
            assertThrows(IllegalArgumentException.class, () -> cache.truncate(11));
            assertThrows(IllegalArgumentException.class, () -> cache.truncate(-1));
            assertThrows(IllegalArgumentException.class, () -> other.copyFrom(cache, 1));
            assertThrows(IllegalArgumentException.class, () -> empty.copyFrom(cache, 11));
            cache.truncate(3);
            assertEquals(3, cache.length());
        }
    }

    @Test
    void givesTheSameViewsUntilItGrows() {
        try (KvCache cache = new KvCache(2, 3, 20, 1)) {
            assertSame(cache.keys(1, 2), cache.keys(1, 2));
            assertSame(cache.values(1, 2), cache.values(1, 2));
            assertEquals(64, cache.keys(0, 0).n());
            assertEquals(64, cache.values(0, 0).k());
        }
    }

    @Test
    void aCacheOfOneThreadGrowsAndRefusesOtherThreads() throws InterruptedException {
        try (KvCache source = filled(70); KvCache cache = KvCache.ofThisThread(2, 3, 20, 1)) {
            cache.copyFrom(source, 70);
            cache.reserve(300);
            assertPositions(cache, 70);
            for (Runnable use : List.<Runnable>of(cache::close, () -> cache.reserve(1000))) {
                AtomicReference<Throwable> refused = new AtomicReference<>();
                Thread other = new Thread(use);
                other.setUncaughtExceptionHandler((thread, thrown) -> refused.set(thrown));
                other.start();
                other.join();
                assertInstanceOf(WrongThreadException.class, refused.get());
                assertEquals(320, cache.capacity());
                assertPositions(cache, 70);
            }
        }
    }

    /** A cache that says that it has room which it has not would be written past its end. */
    @Test
    void staysAsItWasWhenThereIsNoMemoryToGrow() {
        try (KvCache cache = filled(50)) {
            PanelMatrix keys = cache.keys(1, 2);
            assertThrows(OutOfMemoryError.class, () -> cache.reserve(Integer.MAX_VALUE / 2));
            assertEquals(64, cache.capacity());
            assertSame(keys, cache.keys(1, 2));
            assertThrows(IllegalArgumentException.class, () -> cache.advanceTo(65));
            assertPositions(cache, 50);
            cache.reserve(100);
            assertEquals(128, cache.capacity());
            assertPositions(cache, 50);
        }
    }

    @Test
    void closingTwiceIsHarmlessAndEndsAccess() {
        KvCache cache = new KvCache(1, 1, 8, 1);
        cache.close();
        cache.close();
        assertThrows(IllegalStateException.class, () -> AttentionCases.key(cache.keys(0, 0), 0, 0));
    }

    private static KvCache filled(int positions) {
        KvCache cache = new KvCache(2, 3, 20, positions);
        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 3; head++) {
                for (int p = 0; p < positions; p++) {
                    for (int c = 0; c < 20; c++) {
                        AttentionCases.set(cache, layer, head, p, c, value(layer, head, p, c), -value(layer, head, p, c));
                    }
                }
            }
        }
        cache.advanceTo(positions);
        return cache;
    }

    private static void assertPositions(KvCache cache, int positions) {
        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 3; head++) {
                for (int p = 0; p < positions; p++) {
                    for (int c = 0; c < 20; c++) {
                        assertEquals(value(layer, head, p, c), AttentionCases.key(cache.keys(layer, head), p, c));
                        assertEquals(-value(layer, head, p, c), AttentionCases.value(cache.values(layer, head), p, c));
                    }
                }
            }
        }
    }

    private static float value(int layer, int head, int position, int c) {
        return ((layer * 3 + head) * 1000f + position) * 100f + c + 1;
    }
}
