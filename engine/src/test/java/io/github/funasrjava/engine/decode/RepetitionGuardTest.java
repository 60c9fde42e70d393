package io.github.funasrjava.engine.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RepetitionGuardTest {
    private static TokenList list(int... ids) {
        TokenList list = new TokenList();
        for (int id : ids) {
            list.add(id);
        }
        return list;
    }

    @Test
    void row46KeepsOneRoundOfARepeatedPhrase() {
        TokenList tokens = list(1, 2, 3);
        for (int i = 0; i < 60; i++) {
            tokens.add(10 + i % 5);
        }
        assertEquals(OptionalInt.of(3 + 5), RepetitionGuard.keepBefore(tokens));
    }

    @Test
    void keepsOneOfARepeatedToken() {
        TokenList tokens = list(7, 8);
        for (int i = 0; i < 48; i++) {
            tokens.add(9);
        }
        assertEquals(OptionalInt.of(3), RepetitionGuard.keepBefore(tokens));
    }

    @Test
    void leavesAPhoneNumberOfNinesAlone() {
        TokenList tokens = list(7, 8);
        for (int i = 0; i < 40; i++) {
            tokens.add(9);
        }
        assertEquals(OptionalInt.empty(), RepetitionGuard.keepBefore(tokens));
    }

    @Test
    void leavesThreeRoundsOfALongSentenceAlone() {
        TokenList tokens = new TokenList();
        for (int i = 0; i < 3 * 20; i++) {
            tokens.add(100 + i % 20);
        }
        assertEquals(OptionalInt.empty(), RepetitionGuard.keepBefore(tokens));
    }

    @Test
    void row46NoticesALongStretchOfVeryFewTokensWithoutPeriod() {
        Random random = new Random(3);
        TokenList tokens = list(500, 501);
        for (int i = 0; i < 60; i++) {
            tokens.add(random.nextInt(3));
        }
        assertEquals(OptionalInt.of(2 + 3), RepetitionGuard.keepBefore(tokens));
    }

    @Test
    void leavesOrdinaryTextAlone() {
        Random random = new Random(4);
        TokenList tokens = new TokenList();
        for (int i = 0; i < 500; i++) {
            tokens.add(random.nextInt(50));
            assertEquals(OptionalInt.empty(), RepetitionGuard.keepBefore(tokens));
        }
    }
}
