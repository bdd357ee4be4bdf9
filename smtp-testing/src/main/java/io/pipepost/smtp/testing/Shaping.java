/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When the held octets of one direction may pass, and how many of them at a time. */
final class Shaping {
    private final Map<Shape.Kind, Shape> shapes = new EnumMap<>(Shape.Kind.class);
    private long lastPassed;
    private boolean anyPassed;

    Shaping(Direction direction, List<Fault> faults) {
        for (Fault fault : faults) {
            if (fault instanceof Shape shape && shape.direction() == direction) {
                shapes.put(shape.kind(), shape);
            }
        }
    }

    boolean merges() {
        return shapes.containsKey(Shape.Kind.MERGE);
    }

    /** {@code last} tells that nothing more will come to wait for. */
    long nanosToWait(HeldOctets held, boolean last, long now) {
        long wait = 0;
        Shape delay = shapes.get(Shape.Kind.DELAY);
        if (delay != null) {
            wait = held.oldest() + delay.time().toNanos() - now;
        }
        Shape merge = shapes.get(Shape.Kind.MERGE);
        if (merge != null && !last && held.octets() < merge.octets()) {
            wait = Math.max(wait, held.oldest() + merge.time().toNanos() - now);
        }
        Shape drip = shapes.get(Shape.Kind.DRIP);
        if (drip != null && anyPassed) {
            wait = Math.max(wait, lastPassed + drip.time().toNanos() - now);
        }
        return wait;
    }

    int piece() {
        return Math.min(octets(shapes.get(Shape.Kind.SPLIT)), octets(shapes.get(Shape.Kind.DRIP)));
    }

    private static int octets(@Nullable Shape shape) {
        return shape == null ? Integer.MAX_VALUE : shape.octets();
    }

    void passed(long now) {
        lastPassed = now;
        anyPassed = true;
    }
}
