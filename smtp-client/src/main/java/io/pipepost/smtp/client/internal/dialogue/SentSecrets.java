/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.protocol.Reply;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds what was sent as a secret on this connection in what the server says, and puts {@code ***} in its place (S-48):
 * the responses of SASL dialogues as they were sent, what they prove, and the bare password or token, also in base64;
 * each of them in the ways that {@link FoldedText} undoes, and broken over lines. Of a long one fifteen characters in a row
 * suffice. Secrets of one to three characters are not searched for: they would be found everywhere.
 *
 * <p>The secrets themselves are not kept (S-22), but hashes of windows of eight octets, one behind the other, with a key
 * that is drawn for each connection; what is shorter is hashed as a whole. Whoever finds them in memory has to guess the
 * octets. A filter in front of the hashes makes the usual reply cost one multiplication for each character, and one that
 * comes again, as those to MAIL do, next to nothing.
 */
@EventLoopConfined
public final class SentSecrets {
    private static final String STARS = "***";
    private static final int WINDOW = 8;
    private static final int SHORTEST = 4;

    /** Its power of two is the number of the filter's bits. */
    private static final int FILTER = 13;

    private static final int KNOWN = 4;
    private static final int LONGEST_KNOWN = 128;

    private final KeyedHash hash = new KeyedHash();
    private final long filterKey = hash.of(0, 0) | 1;

    /** Sorted. */
    private long[] hashes = {};

    /** A bit for each hash, in words; clear where there is none. */
    private final long[] filter = new long[1 << (FILTER - 6)];

    /** Bit n: there are windows of n octets. */
    private int widths;

    /** Replies found to hold nothing, in turn; the decoder gives the same object for what comes again. */
    private final @Nullable Reply[] known = new Reply[KNOWN];

    private int nextKnown;

    // ---- what is searched for

    /**
     * Adds what a response gives away. Nothing is kept of the arguments.
     *
     * @param response what the mechanism answers
     * @param sent the same in base64
     * @param credentials what it was made of
     */
    public void add(byte[] response, byte[] sent, Credentials credentials) {
        LongStream.Builder found = LongStream.builder();
        byte[] secret = credentials.secret();
        if (isLong(response, 0, response.length)) {
            addWindows(sent, 0, (response.length * 4 + 2) / 3, found);
        }
        if (isLong(secret, 0, secret.length)) {
            addWindows(secret, 0, secret.length, found);
            addBase64(secret, found);
        }
        if (indexOf(response, secret) < 0) {
            addProof(response, credentials.user().getBytes(UTF_8), found);
        }
        Arrays.fill(secret, (byte) 0);
        keep(found.build());
    }

    /** The number of octets in front of it, modulo 3, decides how it is written. */
    private void addBase64(byte[] secret, LongStream.Builder found) {
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + secret.length];
            System.arraycopy(secret, 0, shifted, before, secret.length);
            byte[] encoded = SaslBase64.encode(shifted);
            addWindows(encoded, before == 0 ? 0 : before + 1, shifted.length * 4 / 3, found);
            Arrays.fill(shifted, (byte) 0);
            Arrays.fill(encoded, (byte) 0);
        }
    }

    /** What shows knowledge of the secret without holding it; the user's name, which many replies repeat, is none. */
    private void addProof(byte[] response, byte[] user, LongStream.Builder found) {
        int at = indexOf(response, user);
        int behind = at < 0 ? 0 : at + user.length;
        if (isLong(response, 0, at)) {
            addWindows(response, 0, at, found);
        }
        if (isLong(response, behind, response.length)) {
            addWindows(response, behind, response.length, found);
        }
    }

    /** In characters of UTF-8. */
    private static boolean isLong(byte[] octets, int from, int to) {
        int characters = 0;
        for (int i = from; i < to; i++) {
            characters += (octets[i] & 0xC0) == 0x80 ? 0 : 1;
        }
        return characters >= SHORTEST;
    }

    private static int indexOf(byte[] octets, byte[] part) {
        for (int i = 0; i + part.length <= octets.length; i++) {
            if (Arrays.equals(octets, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        return -1;
    }

    private void addWindows(byte[] octets, int from, int to, LongStream.Builder found) {
        FoldedText folded = FoldedText.of(octets, from, to);
        int size = folded.size();
        if (size >= SHORTEST) {
            int width = Math.min(size, WINDOW);
            widths |= 1 << width;
            long window = 0;
            for (int i = 0; i < size; i++) {
                window = window << Byte.SIZE | folded.octet(i);
                if ((i + 1) % width == 0 || i == size - 1) {
                    long cut = cut(window, width);
                    int place = place(cut);
                    filter[place >>> 6] |= 1L << place;
                    found.add(hash.of(cut, width));
                }
            }
        }
        folded.wipe();
    }

    private static long cut(long window, int width) {
        return window & (-1L >>> (Long.SIZE - width * Byte.SIZE));
    }

    private int place(long window) {
        return (int) ((window * filterKey) >>> (Long.SIZE - FILTER));
    }

    private void keep(LongStream found) {
        hashes = LongStream.concat(Arrays.stream(hashes), found)
                .sorted()
                .distinct()
                .toArray();
        Arrays.fill(known, null);
    }

    // ---- the search

    /**
     * The reply that may be shown and kept.
     *
     * @param reply what the server said
     * @return the same object if it repeats nothing
     */
    Reply cleaned(Reply reply) {
        if (isKnown(reply)) {
            return reply;
        }
        String text = reply.text();
        if (repeats(text)) {
            return new Reply(reply.code(), List.of(starred(text).split("\n", -1)));
        }
        if (text.length() <= LONGEST_KNOWN) {
            known[nextKnown] = reply;
            nextKnown = (nextKnown + 1) % KNOWN;
        }
        return reply;
    }

    @SuppressWarnings("ReferenceEquality") // Comparing texts would cost what is to be saved.
    private boolean isKnown(Reply reply) {
        for (Reply each : known) {
            if (each == reply) {
                return true;
            }
        }
        return false;
    }

    /**
     * The same for other text of the server's.
     *
     * @param text what it said
     * @return the same object if it repeats nothing
     */
    public String cleaned(String text) {
        return repeats(text) ? starred(text) : text;
    }

    /** Most text can be looked through as it is. */
    private boolean repeats(String text) {
        long window = 0;
        int size = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!FoldedText.isPlain(c)) {
                return !repeated(text).isEmpty();
            }
            int octet = FoldedText.fold(c);
            if (!FoldedText.isDropped(octet)) {
                window = window << Byte.SIZE | octet;
                size++;
                if (widthAt(window, size) > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Octets of the longest window that ends a run of octets, or 0. */
    private int widthAt(long window, int size) {
        for (int left = widths; left != 0; left ^= Integer.highestOneBit(left)) {
            int width = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(left);
            if (size >= width && isKept(cut(window, width), width)) {
                return width;
            }
        }
        return 0;
    }

    private boolean isKept(long window, int width) {
        int place = place(window);
        return (filter[place >>> 6] >>> place & 1) != 0 && Arrays.binarySearch(hashes, hash.of(window, width)) >= 0;
    }

    /** The characters that repeat something. */
    private BitSet repeated(String text) {
        FoldedText folded = FoldedText.of(text);
        BitSet marks = new BitSet();
        long window = 0;
        for (int i = 0; i < folded.size(); i++) {
            window = window << Byte.SIZE | folded.octet(i);
            int width = widthAt(window, i + 1);
            if (width > 0) {
                marks.set(folded.first(i - width + 1), folded.last(i) + 1);
            }
        }
        return marks;
    }

    private String starred(String text) {
        BitSet marks = repeated(text);
        markRests(text, marks);
        clearLineStarts(text, marks);
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int end = marks.get(i) ? marks.nextClearBit(i) : marks.nextSetBit(i);
            if (marks.get(i)) {
                out.append(STARS);
            } else {
                end = end < 0 ? text.length() : end;
                out.append(text, i, end);
            }
            i = end;
        }
        return out.toString();
    }

    /** Where only a part is repeated, no window may end where it does; and there is padding behind base64. */
    private static void markRests(String text, BitSet marks) {
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (marks.get(i - 1) && (isWord(c) || c == '=')) {
                marks.set(i);
            }
        }
        for (int i = text.length() - 2; i >= 0; i--) {
            if (marks.get(i + 1) && isWord(text.charAt(i))) {
                marks.set(i);
            }
        }
    }

    /** A reply keeps its lines. */
    private static void clearLineStarts(String text, BitSet marks) {
        for (int i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) {
            marks.clear(i, i + 1 + FoldedText.statusLength(text, i + 1));
        }
    }

    /** Whether base64 may go on, escaped or not. */
    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "+/-_%\\".indexOf(c) >= 0;
    }
}
