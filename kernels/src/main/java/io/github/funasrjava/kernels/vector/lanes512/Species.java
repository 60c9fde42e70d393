package io.github.funasrjava.kernels.vector.lanes512;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one width of this package. C2 compiles vector code well only when the species is a constant, so there is a copy
 * of the package for each width: this one is the source, the build derives {@code lanes256} and {@code lanes128} from
 * it by replacing the number in the species and in the package name.
 */
final class Species {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    /** Floats of a vector. */
    static final int LANES = FLOATS.length();
    /** Bytes of a vector. */
    static final int BYTES = FLOATS.vectorByteSize();
    /** Bytes of a line of 32 floats: the columns of one panel. */
    static final long LINE = 32 * Float.BYTES;
    /** Vectors of a line. */
    static final int VECTORS = 32 / LANES;
    /** Packed weights are little-endian wherever they are read. */
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    /** Unaligned because C2 then need not check the alignment of every access; operands are aligned to 4 bytes. */
    static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

    private Species() {}
}
