package io.github.funasrjava.kernels.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

class PtxInterpreterTest {
    @ParameterizedTest
    @ValueSource(ints = {75, 80, 90})
    void readsEveryKernel(int architecture) throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/io/github/funasrjava/kernels/cuda/kernels.sm_" + architecture + ".ptx")) {
            assertTrue(PtxParser.parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).size() >= 20);
        }
    }
}
