/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A fault that happens once, when so much has passed. {@code time} is null for what lasts. */
record Stop(
        Kind kind,
        Direction direction,
        Unit unit,
        long count,
        @Nullable Duration time) implements Fault {
    enum Kind {
        CUT,
        RESET,
        HALF_CLOSE,
        STALL,
        SWALLOW,
        SAY_421,
        LEAVE
    }

    enum Unit {
        OCTETS,
        REPLIES,
        RECORDS
    }

    Stop {
        Bounds.atLeast(0, word(unit), count);
    }

    @Override
    public String toString() {
        String lasting = time == null ? "" : " for " + time.toMillis() + " ms";
        return word(kind) + " after " + count + " " + word(unit) + " " + direction + lasting;
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
