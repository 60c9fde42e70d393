package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.Coverage;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.StageTimings;
import io.github.funasrjava.engine.Transcript;
import java.util.List;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SideBySideTest {
    private final List<String> delivered = new ArrayList<>();

    @Test
    void theNextBeginsWhenTheOneBeforeHasBeenReadAndResultsKeepTheirOrder() {
        CountDownLatch secondIsDone = new CountDownLatch(1);
        try (SideBySide threads = new SideBySide(4, () -> { })) {
            threads.add(read -> {
                read.run();
                // Ends only when the second one has.
                await(secondIsDone);
                return transcript("first");
            }, result -> delivered.add(result.get().text()));
            threads.add(read -> {
                secondIsDone.countDown();
                return transcript("second");
            }, result -> delivered.add(result.get().text()));
            threads.finish();
        }
        assertEquals(List.of("first", "second"), delivered);
    }

    @Test
    void nothingBeginsBesideARecordingThatIsStillBeingRead() {
        AtomicBoolean reading = new AtomicBoolean();
        Function<Runnable, Transcript> work = read -> {
            assertFalse(reading.getAndSet(true), "two are read at once");
            pause();
            reading.set(false);
            read.run();
            pause();
            return transcript("");
        };
        try (SideBySide threads = new SideBySide(3, () -> { })) {
            for (int i = 0; i < 6; i++) {
                threads.add(work, result -> delivered.add(result.get().text()));
            }
            threads.finish();
        }
        assertEquals(6, delivered.size());
    }

    @Test
    void noMoreAreUnderWayThanAllowed() {
        AtomicInteger underWay = new AtomicInteger();
        try (SideBySide threads = new SideBySide(2, () -> { })) {
            for (int i = 0; i < 6; i++) {
                threads.add(read -> {
                    assertTrue(underWay.incrementAndGet() <= 2);
                    read.run();
                    pause();
                    underWay.decrementAndGet();
                    return transcript("");
                }, result -> delivered.add(result.get().text()));
            }
            threads.finish();
        }
        assertEquals(6, delivered.size());
    }

    @Test
    void aFailureIsDeliveredInItsPlace() {
        try (SideBySide threads = new SideBySide(2, () -> { })) {
            threads.add(read -> {
                throw new InputException("broken");
            }, result -> delivered.add(assertThrows(InputException.class, result::get).getMessage()));
            threads.add(read -> transcript("whole"), result -> delivered.add(result.get().text()));
            threads.finish();
        }
        assertEquals(List.of("broken", "whole"), delivered);
    }

    @Test
    void thePersonSeesSomethingSeveralTimesASecondWhileItWaits() {
        AtomicInteger ticks = new AtomicInteger();
        try (SideBySide threads = new SideBySide(1, ticks::incrementAndGet)) {
            threads.add(read -> {
                while (ticks.get() < 4) {
                    pause();
                }
                return transcript("");
            }, result -> delivered.add(result.get().text()));
            threads.finish();
        }
        assertEquals(1, delivered.size());
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Transcript transcript(String text) {
        return new Transcript(text, List.of(), List.of(), new ModelInfo("", "", "", ""), new StageTimings(0, 0, 0, 0, 0, 0, 0, 0),
                new Coverage(0, 0, 0), 0);
    }
}
