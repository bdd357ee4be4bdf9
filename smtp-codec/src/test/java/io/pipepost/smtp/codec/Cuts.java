/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Where octets are cut into segments: nowhere, everywhere, and at places that follow from the octets alone. */
final class Cuts {
    private Cuts() {}

    static List<int[]> of(byte[] octets) {
        Random random = new Random(Arrays.hashCode(octets));
        int few = random.nextInt(5);
        return List.of(
                new int[0],
                IntStream.range(0, octets.length).toArray(),
                random.ints(few, 0, octets.length + 1).sorted().toArray(),
                random.ints(octets.length / 3, 0, octets.length + 1).sorted().toArray());
    }
}
