package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import org.junit.jupiter.api.Test;

/** The measuring commands on the demo model: that they run and say what they promise, not how fast anything is. */
class BenchIT {
    @Test
    void profileListsTheOperationsOfEveryStage() {
        Outcome outcome = EngineJar.run("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "3", "--repeats", "1");
        assertEquals(0, outcome.exitCode(), outcome.err());
        for (String part : new String[] {"encoder: ", "adaptor: ", "prefill: ", "decode: ", "linear ", "argmaxLinear ", "causalAttention",
            "between operations", "were every call as short as its shortest"}) {
            assertTrue(outcome.out().contains(part), part + " in\n" + outcome.out());
        }
        Outcome json = EngineJar.run("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "1", "--repeats", "1", "--json");
        assertEquals(0, json.exitCode(), json.err());
        assertTrue(json.out().startsWith("{\"weights\":\"bf16\"") && json.out().contains("\"productShare\":"), json.out());
    }

    @Test
    void profileTakesSeveralSequencesAndRowsThroughAStep() {
        Outcome outcome = EngineJar.run("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "2", "--streams", "2", "--rows",
                "3", "--repeats", "1");
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertTrue(outcome.out().contains("decode: "), outcome.out());
        Outcome wrong = EngineJar.run("bench", "profile", "--model", "demo", "--rows", "17");
        assertEquals(2, wrong.exitCode(), wrong.err());
        assertTrue(wrong.err().contains("--rows"), wrong.err());
    }

    @Test
    void ceilingsAreMeasuredOrSaidToBeMissing() {
        Outcome outcome = EngineJar.run("bench", "ceilings", "--threads", "1");
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertTrue(outcome.out().contains("GB/s") || outcome.out().contains("Not everything was measured: "), outcome.out());
    }

    @Test
    void rtfMeasuresOnceMoreBesideBusyThreads() {
        Outcome outcome = EngineJar.run("bench", "rtf", "--model", "demo", "--seconds", "1", "--tokens", "2", "--repeats", "1",
                "--disturb", "1", "--json");
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertTrue(outcome.out().contains("\"disturbedTotalMs\":"), outcome.out());
        Outcome wrong = EngineJar.run("bench", "rtf", "--model", "demo", "--disturb", "65");
        assertEquals(2, wrong.exitCode());
    }
}
