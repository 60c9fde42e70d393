package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class WeightOrderTest {
    private static final long PANEL_BYTES = new PanelLayout(DType.BF16, 32, 32).panelBytes();

    private final MemorySegment memory = Arena.ofAuto().allocate(4000 * PANEL_BYTES, 64);

    private PanelMatrix matrix(int firstPanel, int panels) {
        PanelLayout layout = new PanelLayout(DType.BF16, 32 * panels, 32);
        return new PanelMatrix(layout, memory.asSlice(firstPanel * PANEL_BYTES, layout.bytes()));
    }

    @Test
    void knowsThePlaceInTheNextMatrixOnceItHasSeenTheOrder() {
        WeightOrder order = new WeightOrder();
        PanelMatrix first = matrix(0, 4);
        PanelMatrix second = matrix(10, 6);
        order.use(first);
        assertEquals(0, order.bytesToNext(first, 0, 2));
        order.use(second);
        assertEquals(0, order.bytesToNext(second, 1, 2));
        order.use(first);
        assertEquals(10 * PANEL_BYTES, order.bytesToNext(first, 0, 2));
        assertEquals(13 * PANEL_BYTES, order.bytesToNext(first, 1, 2));
        order.use(second);
        assertEquals(-10 * PANEL_BYTES, order.bytesToNext(second, 0, 2));
        assertEquals(-8 * PANEL_BYTES, order.bytesToNext(second, 1, 2));
    }

    @Test
    void knowsTheStretchesOfHalfAMatrix() {
        WeightOrder order = new WeightOrder();
        PanelMatrix first = matrix(0, 4);
        PanelMatrix gateUp = matrix(10, 12);
        order.use(first);
        order.use(gateUp, 6);
        order.use(first);
        assertEquals(13 * PANEL_BYTES, order.bytesToNext(first, 1, 2));
    }

    @Test
    void followsAnOrderThatChanges() {
        WeightOrder order = new WeightOrder();
        PanelMatrix a = matrix(0, 1);
        PanelMatrix b = matrix(1, 1);
        PanelMatrix c = matrix(2, 1);
        for (PanelMatrix w : new PanelMatrix[] {a, b, c, a, c, a}) {
            order.use(w);
        }
        assertEquals(2 * PANEL_BYTES, order.bytesToNext(a, 0, 1));
    }

    @Test
    void staysHarmlessWithMoreMatricesThanItRemembers() {
        WeightOrder order = new WeightOrder();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 3000; i++) {
                PanelMatrix w = matrix(i, 1);
                order.use(w);
                if (round == 1) {
                    assertEquals(i < 1023 ? PANEL_BYTES : 0, order.bytesToNext(w, 0, 1), "matrix " + i);
                }
            }
        }
    }
}
