/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Boundaries that stand nowhere in the parts of one message (R-2046-01, S-28): 128 random bits behind {@code =_}, which
 * neither quoted-printable nor base64 can hold. Parts that are sent as they are are searched.
 */
final class Boundaries {
    private static final int RANDOM_OCTETS = 16;

    private final RandomGenerator random;
    private final List<byte[]> asTheyAre;
    private final Set<String> used = new HashSet<>();

    Boundaries(RandomGenerator random, List<Body> bodies) {
        this.random = random;
        this.asTheyAre = bodies.stream()
                .filter(body -> body.encoding() == TransferEncoding.SEVEN_BIT)
                .map(body -> ((Body.Ready) body).octets())
                .toList();
    }

    String next() {
        byte[] octets = new byte[RANDOM_OCTETS];
        String boundary;
        do {
            random.nextBytes(octets);
            boundary = "=_" + HexFormat.of().formatHex(octets);
        } while (isInParts(boundary) || !used.add(boundary));
        return boundary;
    }

    private boolean isInParts(String boundary) {
        byte[] octets = boundary.getBytes(StandardCharsets.UTF_8);
        return asTheyAre.stream().anyMatch(part -> contains(part, octets));
    }

    private static boolean contains(byte[] text, byte[] searched) {
        for (int i = 0; i <= text.length - searched.length; i++) {
            if (text[i] == searched[0] && Arrays.equals(text, i, i + searched.length, searched, 0, searched.length)) {
                return true;
            }
        }
        return false;
    }
}
