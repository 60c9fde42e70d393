package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the first bytes of an input say it is. Names of files are never looked at. */
enum ContentType {
    WAV("WAV", true),
    MP3("MP3", true),
    FLAC("FLAC", true),
    OGG("Ogg", true),
    MP4("MP4", true),
    WEBM("WebM/Matroska", true),
    ADTS("AAC (ADTS)", true),
    RIFX("RIFX (big-endian WAV)", true),
    WAVE64("Wave64", true),
    AIFF("AIFF", true),
    AU("Sun/NeXT AU", true),
    CAF("Core Audio CAF", true),
    AMR("AMR", true),
    ASF("Windows Media (ASF)", true),
    AVI("AVI video", true),
    FLASH_VIDEO("Flash video", true),
    MPEG_PS("MPEG program stream", true),
    MPEG_TS("MPEG transport stream", true),
    WAVPACK("WavPack", true),
    APE("Monkey's Audio", true),
    TTA("True Audio", true),
    MUSEPACK("Musepack", true),
    AC3("AC-3", true),
    DTS("DTS", true),
    REAL_MEDIA("RealMedia", true),
    VOC("Creative VOC", true),
    NIST_SPHERE("NIST SPHERE", true),
    MIDI("MIDI (notes, not sound)", false),
    PDF("a PDF document", false),
    ZIP("a zip archive", false),
    GZIP("a gzip archive", false),
    SEVEN_ZIP("a 7z archive", false),
    RAR("a RAR archive", false),
    BZIP2("a bzip2 archive", false),
    XZ("an xz archive", false),
    PNG("a PNG picture", false),
    JPEG("a JPEG picture", false),
    GIF("a GIF picture", false),
    RIFF_OTHER("a RIFF file that is not WAVE", false),
    ELF("a program (ELF)", false),
    WINDOWS_PROGRAM("a Windows program", false),
    SQLITE("an SQLite database", false),
    LFS_POINTER("a Git LFS pointer; fetch the file itself with 'git lfs pull'", false),
    HTML("an HTML page (a failed download?)", false),
    XML("an XML document", false),
    JSON("a JSON document", false),
    SUBTITLES("subtitles", false),
    TEXT("text", false),
    ZEROS("nothing but zero bytes", false),
    UNKNOWN("data of an unknown format", false);

    private final String label;
    private final boolean audio;

    ContentType(String label, boolean audio) {
        this.label = label;
        this.audio = audio;
    }

    /** The name for messages. */
    String label() {
        return label;
    }

    /** Whether sound may be in it. */
    boolean audio() {
        return audio;
    }

    /** The optional artifact that holds the decoder. */
    String library() {
        return switch (this) {
            case MP3 -> "the artifact com.googlecode.soundlibs:jlayer:1.0.1.4";
            case OGG, WEBM -> "the artifacts com.googlecode.soundlibs:jorbis:0.0.17.4 (Vorbis) and io.github.jaredmdobson:concentus:1.0.2 (Opus)";
            case MP4, ADTS -> "the artifact com.tianscar.javasound:javasound-aac:0.9.8";
            default -> "the artifact that its documentation names";
        };
    }

    /** The kind of the input that begins with {@code head}; a few kilobytes are enough. */
    static ContentType detect(byte[] head) {
        if (head.length >= 12 && (at(head, 0, "RIFF") || at(head, 0, "RF64") || at(head, 0, "BW64"))) {
            return at(head, 8, "WAVE") ? WAV : at(head, 8, "AVI ") ? AVI : RIFF_OTHER;
        }
        ContentType byMagic = byMagic(head);
        if (byMagic != UNKNOWN) {
            return byMagic;
        }
        return text(head);
    }

    private static ContentType byMagic(byte[] h) {
        if (at(h, 0, "fLaC")) {
            return FLAC;
        }
        if (at(h, 0, "OggS")) {
            return OGG;
        }
        if (at(h, 4, "ftyp") || at(h, 4, "moov") || at(h, 4, "mdat") || at(h, 4, "styp") || at(h, 4, "moof")
                || at(h, 4, "wide") || (at(h, 4, "free") && h[0] == 0) || (at(h, 4, "skip") && h[0] == 0)) {
            return MP4;
        }
        if (at(h, 0, 0x1a, 0x45, 0xdf, 0xa3)) {
            return WEBM;
        }
        if (at(h, 0, "RIFX") && at(h, 8, "WAVE")) {
            return RIFX;
        }
        if (at(h, 0, "riff") && at(h, 4, 0x2e, 0x91, 0xcf, 0x11)) {
            return WAVE64;
        }
        if (at(h, 0, "FORM") && (at(h, 8, "AIFF") || at(h, 8, "AIFC"))) {
            return AIFF;
        }
        if (at(h, 0, ".snd")) {
            return AU;
        }
        if (at(h, 0, "caff")) {
            return CAF;
        }
        if (at(h, 0, "#!AMR")) {
            return AMR;
        }
        if (at(h, 0, 0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11)) {
            return ASF;
        }
        if (at(h, 0, "FLV\u0001")) {
            return FLASH_VIDEO;
        }
        if (at(h, 0, 0, 0, 1, 0xba) || at(h, 0, 0, 0, 1, 0xb3)) {
            return MPEG_PS;
        }
        if (h.length > 376 && h[0] == 0x47 && h[188] == 0x47 && h[376] == 0x47) {
            return MPEG_TS;
        }
        if (at(h, 0, "wvpk")) {
            return WAVPACK;
        }
        if (at(h, 0, "MAC ")) {
            return APE;
        }
        if (at(h, 0, "TTA1")) {
            return TTA;
        }
        if (at(h, 0, "MPCK") || at(h, 0, "MP+")) {
            return MUSEPACK;
        }
        if (at(h, 0, 0x0b, 0x77)) {
            return AC3;
        }
        if (at(h, 0, 0x7f, 0xfe, 0x80, 0x01)) {
            return DTS;
        }
        if (at(h, 0, ".RMF")) {
            return REAL_MEDIA;
        }
        if (at(h, 0, "NIST_1A")) {
            return NIST_SPHERE;
        }
        if (at(h, 0, "Creative Voice File")) {
            return VOC;
        }
        return notAudioByMagic(h);
    }

    private static ContentType notAudioByMagic(byte[] h) {
        if (at(h, 0, "MThd")) {
            return MIDI;
        }
        if (at(h, 0, "%PDF")) {
            return PDF;
        }
        if (at(h, 0, 'P', 'K', 3, 4) || at(h, 0, 'P', 'K', 5, 6)) {
            return ZIP;
        }
        if (at(h, 0, 0x1f, 0x8b)) {
            return GZIP;
        }
        if (at(h, 0, '7', 'z', 0xbc, 0xaf)) {
            return SEVEN_ZIP;
        }
        if (at(h, 0, "Rar!")) {
            return RAR;
        }
        if (at(h, 0, "BZh") && at(h, 4, 0x31, 0x41, 0x59, 0x26)) {
            return BZIP2;
        }
        if (at(h, 0, 0xfd, '7', 'z', 'X', 'Z')) {
            return XZ;
        }
        if (at(h, 0, 0x89, 'P', 'N', 'G')) {
            return PNG;
        }
        if (at(h, 0, 0xff, 0xd8, 0xff) && h.length > 3 && (h[3] & 0xf0) >= 0xc0) {
            return JPEG;
        }
        if (at(h, 0, "GIF8")) {
            return GIF;
        }
        if (at(h, 0, 0x7f, 'E', 'L', 'F')) {
            return ELF;
        }
        if (at(h, 0, "MZ") && h.length > 63 && h[2] != ' ') {
            return WINDOWS_PROGRAM;
        }
        return at(h, 0, "SQLite format 3") ? SQLITE : UNKNOWN;
    }

    private static ContentType text(byte[] head) {
        int zeros = 0;
        int controls = 0;
        for (byte b : head) {
            if (b == 0) {
                zeros++;
            } else if ((b & 0xff) < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 27) {
                controls++;
            }
        }
        if (zeros == head.length) {
            return ZEROS;
        }
        boolean utf16 = at(head, 0, 0xff, 0xfe) && head.length > 3 && head[2] != 0 || at(head, 0, 0xfe, 0xff);
        if (utf16 && zeros >= head.length / 4) {
            return TEXT;
        }
        if (zeros > 0 || controls > 0) {
            return UNKNOWN;
        }
        return textKind(head);
    }

    private static ContentType textKind(byte[] head) {
        String s = new String(head, StandardCharsets.UTF_8);
        long wrong = s.substring(0, Math.max(0, s.length() - 1)).chars().filter(c -> c == 0xfffd).count();
        if (wrong * 20 > s.length()) {
            return UNKNOWN;
        }
        String t = (s.startsWith("\ufeff") ? s.substring(1) : s).stripLeading();
        String lower = t.substring(0, Math.min(t.length(), 200)).toLowerCase(Locale.ROOT);
        if (lower.startsWith("version https://git-lfs")) {
            return LFS_POINTER;
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html") || lower.startsWith("<head") || lower.startsWith("<body")) {
            return HTML;
        }
        if (lower.startsWith("<?xml") || lower.startsWith("<!--")) {
            return lower.contains("<html") ? HTML : XML;
        }
        if (lower.startsWith("webvtt") || lower.matches("(?s)1\\r?\\n\\d\\d:\\d\\d:\\d\\d,\\d.*")) {
            return SUBTITLES;
        }
        return lower.startsWith("{") || lower.startsWith("[") ? JSON : TEXT;
    }

    private static boolean at(byte[] h, int p, String ascii) {
        if (h.length < p + ascii.length()) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (h[p + i] != (byte) ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean at(byte[] h, int p, int... bytes) {
        if (h.length < p + bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (h[p + i] != (byte) bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
