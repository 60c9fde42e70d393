package io.github.funasrjava.engine.decode;

import java.util.Arrays;

/** A growing list of token ids. */
public final class TokenList {
    private int[] ids = new int[64];
    private int size;

    /** Appends one id. */
    public void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
    }

    /** Number of ids. */
    public int size() {
        return size;
    }

    /** Id at {@code index}. */
    public int get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        return ids[index];
    }

    /** Forgets the ids from {@code newSize} on. */
    public void truncate(int newSize) {
        if (newSize > size) {
            throw new IndexOutOfBoundsException(newSize + " of " + size);
        }
        size = newSize;
    }

    /** A copy. */
    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
