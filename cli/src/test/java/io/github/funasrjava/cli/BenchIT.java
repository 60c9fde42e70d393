package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The measuring commands on the demo model: that they run and say what they promise, not how fast anything is. */
class BenchIT {
    @Test
    void profileListsTheOperationsOfEveryStage() {
        Outcome outcome = EngineJar.run("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "3", "--repeats", "1");
        assertEquals(0, outcome.exitCode(), outcome.err());
        for (String part : new String[] {"encoder: ", "adaptor: ", "prefill: ", "decode: ", "linear ", "argmaxLinear ", "causalAttention",
            "between operations", "were every call as short as its shortest", "all stages: "}) {
            assertTrue(outcome.out().contains(part), part + " in\n" + outcome.out());
        }
        Outcome json = EngineJar.run("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "1", "--repeats", "1", "--json");
        assertEquals(0, json.exitCode(), json.err());
        assertTrue(json.out().startsWith("{\"weights\":\"bf16\""), json.out());
        double[] millis = numbers(json.out(), "\"ms\":([^,]*),\"productShare\"");
        double[] shares = numbers(json.out(), "\"productShare\":([^,]*),");
        assertEquals(5, millis.length, "all, then the four stages: " + json.out());
        double products = 0;
        for (int stage = 1; stage < 5; stage++) {
            products += shares[stage] * millis[stage];
        }
        assertEquals(millis[0], millis[1] + millis[2] + millis[3] + millis[4], 1e-6 * millis[0]);
        assertEquals(products, shares[0] * millis[0], 1e-6 * millis[0]);
        assertTrue(shares[0] > 0 && shares[0] < 1, json.out());
    }

    private static double[] numbers(String json, String pattern) {
        return Pattern.compile(pattern).matcher(json).results().mapToDouble(match -> Double.parseDouble(match.group(1))).toArray();
    }

    @Test
    void profileTakesSeveralSequencesAndRowsThroughAStep() {
        // Arithmetic is counted from the operands: six rows take six times as much.
        assertEquals(6, argmaxGigaflop("--streams", "2", "--rows", "3") / argmaxGigaflop(), 1e-6);
        Outcome wrong = EngineJar.run("bench", "profile", "--model", "demo", "--rows", "17");
        assertEquals(2, wrong.exitCode(), wrong.err());
        assertTrue(wrong.err().contains("--rows"), wrong.err());
    }

    private static double argmaxGigaflop(String... options) {
        List<String> command = new ArrayList<>(List.of("bench", "profile", "--model", "demo", "--seconds", "1", "--tokens", "2", "--repeats",
                "1", "--json"));
        command.addAll(List.of(options));
        Outcome outcome = EngineJar.run(command.toArray(String[]::new));
        assertEquals(0, outcome.exitCode(), outcome.err());
        String decode = outcome.out().substring(outcome.out().indexOf("\"decode\""));
        Matcher entry = Pattern.compile("\"operation\":\"argmaxLinear[^}]*\"ms\":([^,]*),[^}]*\"gigaflops\":([^}]*)}").matcher(decode);
        assertTrue(entry.find(), decode);
        return Double.parseDouble(entry.group(1)) * Double.parseDouble(entry.group(2)) / 1000;
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
        assertTrue(Pattern.compile("\"stolenShare\":(null|0|[01]\\.\\d+)[,}]").matcher(outcome.out()).find(), outcome.out());
        Outcome wrong = EngineJar.run("bench", "rtf", "--model", "demo", "--disturb", "65");
        assertEquals(2, wrong.exitCode());
    }
}
