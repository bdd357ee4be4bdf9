/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;

/** What code that is not the client's own throws: anything. */
final class Trouble {
    private Trouble() {}

    /** Thrown by code whose very words throw. */
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unspeakable() {
            super("", null, false, false);
        }

        @Override
        public String getMessage() {
            throw new IllegalStateException("The words of what was thrown");
        }

        @Override
        public String toString() {
            throw new AssertionError("The text of what was thrown");
        }
    }

    static Throwable draw(SplittableRandom random) {
        Throwable any = create(random);
        any.setStackTrace(new StackTraceElement[0]); // Where it comes from is known, and logs are long enough.
        return any;
    }

    private static Throwable create(SplittableRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> new NoSuchMethodError("Not this client's");
            case 1 -> new AssertionError("Not this client's");
            case 2 -> new StackOverflowError("Not this client's");
            case 3 -> new IOException("Not this client's");
            case 4 -> new CancellationException("Not this client's");
            case 5 -> new Unspeakable();
            default -> new IllegalStateException("Not this client's");
        };
    }

    /** To be thrown by what may throw nothing of its kind. */
    static RuntimeException sneak(Throwable any) {
        throw Trouble.<RuntimeException>unchecked(any);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable any) throws T {
        throw (T) any;
    }
}
