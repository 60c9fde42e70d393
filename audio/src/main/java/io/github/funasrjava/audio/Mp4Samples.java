package io.github.funasrjava.audio;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Where the samples of one MP4 track lie, in their order: first those of the tables, then those of the fragments. */
final class Mp4Samples {
    /** Samples of one fragment, all its runs together; a fragment of a browser has a second, of a server ten. */
    private static final int MAX_FRAGMENT_SAMPLES = 1 << 20;
    private static final int MAX_BOXES = 10_000_000;

    /**
     * @param offset its first byte in the file
     * @param duration in the track's time scale; -1 when not given
     */
    record Sample(long offset, int size, long duration) {}

    private final ByteInput input;
    private final Mp4Track track;
    private final Optional<Mp4Table> times;
    private final Optional<Mp4Table> chunks;
    private final Optional<Mp4Table> sizes;
    private final Mp4Table perChunk;
    private final int chunkEntryBytes;
    private final long fixedSize;
    private final long tableSamples;
    private long sample;
    private long chunk;
    private long chunkRow;
    private long leftInChunk;
    private long offset;
    private long timeRow;
    private long leftInTimeRow;

    private final Deque<Sample> run = new ArrayDeque<>();
    private long nextBox;
    private int boxes;
    private long defaultDuration = -1;
    private long defaultSize;

    /** @param afterMoov where fragments may follow */
    Mp4Samples(ByteInput input, Mp4Track track, Mp4Box moov) {
        this.input = input;
        this.track = track;
        Mp4Box stbl = track.table();
        times = table(stbl, "stts", 8);
        Mp4Box stsc = stbl.need(input, "stsc");
        perChunk = new Mp4Table(input, stsc, 8, EbmlReader.integer(stsc.bytes(input, 8), 4, 8), 12);
        Optional<Mp4Box> stsz = stbl.child(input, "stsz");
        if (stsz.isPresent()) {
            byte[] b = stsz.get().bytes(input, 12);
            fixedSize = EbmlReader.integer(b, 4, 8);
            tableSamples = EbmlReader.integer(b, 8, 12);
            sizes = fixedSize != 0 ? Optional.empty() : Optional.of(new Mp4Table(input, stsz.get(), 12, tableSamples, 4));
        } else if (stbl.child(input, "stz2").isPresent()) {
            throw AudioException.unsupported(input.name(), "MP4 with compact sample sizes");
        } else {
            throw AudioException.corrupt(input.name(), "the MP4 track has no table of sample sizes");
        }
        Optional<Mp4Table> narrow = table(stbl, "stco", 4);
        chunks = narrow.isPresent() ? narrow : table(stbl, "co64", 8);
        chunkEntryBytes = narrow.isPresent() ? 4 : 8;
        nextBox = moov.end();
        readDefaults(moov);
    }

    private Optional<Mp4Table> table(Mp4Box stbl, String type, int entryBytes) {
        return stbl.child(input, type)
                .map(b -> new Mp4Table(input, b, 8, EbmlReader.integer(b.bytes(input, 8), 4, 8), entryBytes));
    }

    private void readDefaults(Mp4Box moov) {
        Optional<Mp4Box> mvex = moov.child(input, "mvex");
        Optional<Mp4Box> trex = mvex.flatMap(m -> m.child(input, "trex"));
        while (trex.isPresent()) {
            byte[] b = trex.get().bytes(input, 24);
            if (EbmlReader.integer(b, 4, 8) == track.id()) {
                defaultDuration = EbmlReader.integer(b, 12, 16);
                defaultSize = EbmlReader.integer(b, 16, 20);
            }
            trex = mvex.get().childFrom(input, trex.get().end(), "trex");
        }
    }

    /** Samples that the tables list; those of fragments come on top. */
    long tableSamples() {
        return tableSamples;
    }

    /** The next sample; empty behind the last. */
    Optional<Sample> next() {
        if (sample < tableSamples) {
            return fromTables();
        }
        while (run.isEmpty()) {
            if (!nextFragment()) {
                return Optional.empty();
            }
        }
        return Optional.of(run.removeFirst());
    }

    private Optional<Sample> fromTables() {
        while (leftInChunk == 0) {
            if (chunks.isEmpty() || chunk >= chunks.get().count() || perChunk.count() == 0) {
                throw AudioException.corrupt(input.name(), "the MP4 tables list " + tableSamples + " samples and places for only " + sample);
            }
            offset = chunks.get().value(chunk, 0, chunkEntryBytes);
            while (chunkRow + 1 < perChunk.count() && perChunk.value(chunkRow + 1, 0, 4) <= chunk + 1) {
                chunkRow++;
            }
            leftInChunk = perChunk.value(chunkRow, 4, 4);
            chunk++;
        }
        long size = sizes.isPresent() ? sizes.get().value(sample, 0, 4) : fixedSize;
        Sample s = sample(offset, size, tableDuration());
        offset += size;
        leftInChunk--;
        sample++;
        return Optional.of(s);
    }

    private long tableDuration() {
        if (times.isEmpty()) {
            return -1;
        }
        while (leftInTimeRow == 0 && timeRow < times.get().count()) {
            leftInTimeRow = times.get().value(timeRow++, 0, 4);
        }
        if (leftInTimeRow == 0) {
            return -1;
        }
        leftInTimeRow--;
        return times.get().value(timeRow - 1, 4, 4);
    }

    private Sample sample(long at, long size, long duration) {
        if (at < 0 || size > Mp4Source.MAX_SAMPLE_BYTES) {
            throw AudioException.corrupt(input.name(), "an AAC frame of " + size + " bytes at byte " + at);
        }
        return new Sample(at, (int) size, duration);
    }

    private boolean nextFragment() {
        Mp4Box file = Mp4Box.file(input);
        while (boxes++ < MAX_BOXES) {
            Optional<Mp4Box> box = file.childAt(input, nextBox);
            if (box.isEmpty()) {
                return false;
            }
            nextBox = box.get().end();
            input.clock().check();
            if (box.get().type().equals("moof")) {
                fragment(box.get());
                return true;
            }
        }
        throw AudioException.limit(input.name(), "more than " + MAX_BOXES + " MP4 boxes");
    }

    private void fragment(Mp4Box moof) {
        for (Optional<Mp4Box> traf = moof.child(input, "traf"); traf.isPresent();
                traf = moof.childFrom(input, traf.get().end(), "traf")) {
            byte[] head = traf.get().need(input, "tfhd").bytes(input, 8);
            if (EbmlReader.integer(head, 4, 8) == track.id()) {
                runs(moof, traf.get());
            }
        }
    }

    private void runs(Mp4Box moof, Mp4Box traf) {
        Mp4Box box = traf.need(input, "tfhd");
        byte[] b = box.bytes(input, (int) Math.min(box.size(), 40));
        int flags = (int) EbmlReader.integer(b, 1, 4);
        int p = 8;
        long base = moof.start();
        if ((flags & 1) != 0 && b.length >= p + 8) {
            base = EbmlReader.integer(b, p, p + 8);
            p += 8;
        }
        p += (flags & 2) != 0 ? 4 : 0;
        long duration = defaultDuration;
        if ((flags & 8) != 0 && b.length >= p + 4) {
            duration = EbmlReader.integer(b, p, p + 4);
            p += 4;
        }
        long size = (flags & 16) != 0 && b.length >= p + 4 ? EbmlReader.integer(b, p, p + 4) : defaultSize;
        long at = base;
        for (Optional<Mp4Box> trun = traf.child(input, "trun"); trun.isPresent();
                trun = traf.childFrom(input, trun.get().end(), "trun")) {
            at = run(trun.get(), base, at, duration, size);
        }
    }

    private long run(Mp4Box trun, long base, long follow, long duration, long size) {
        byte[] b = trun.bytes(input, 8);
        int flags = (int) EbmlReader.integer(b, 1, 4);
        long count = EbmlReader.integer(b, 4, 8);
        int head = 8;
        long at = follow;
        if ((flags & 1) != 0) {
            byte[] withOffset = trun.bytes(input, 12);
            at = base + (int) EbmlReader.integer(withOffset, 8, 12);
            head = 12;
        }
        head += (flags & 4) != 0 ? 4 : 0;
        boolean durations = (flags & 0x100) != 0;
        boolean sizesGiven = (flags & 0x200) != 0;
        int entry = (durations ? 4 : 0) + (sizesGiven ? 4 : 0) + ((flags & 0x400) != 0 ? 4 : 0) + ((flags & 0x800) != 0 ? 4 : 0);
        if (count > MAX_FRAGMENT_SAMPLES - run.size() || (entry == 0 && count * size > input.size())) {
            throw AudioException.corrupt(input.name(), "the 'trun' box at byte " + trun.start() + " claims " + count + " samples");
        }
        if (entry == 0) {
            for (long i = 0; i < count; i++, at += size) {
                run.add(sample(at, size, duration));
            }
            return at;
        }
        Mp4Table table = new Mp4Table(input, trun, head, count, entry);
        for (long i = 0; i < count; i++) {
            long d = durations ? table.value(i, 0, 4) : duration;
            long n = sizesGiven ? table.value(i, durations ? 4 : 0, 4) : size;
            run.add(sample(at, n, d));
            at += n;
        }
        return at;
    }
}
