/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.pipepost.smtp.protocol.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for an exception that quotes a peer, as those about certificates and names do, where what it quotes would act
 * upon a terminal or a log (S-49): loggers print the whole chain of causes.
 */
public final class EscapedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Chains may be circular. */
    private static final int MAX_DEPTH = 20;

    private EscapedException(Throwable original, @Nullable Throwable cause) {
        super(Printable.of(Words.of(original)), cause);
        setStackTrace(original.getStackTrace());
    }

    /**
     * An exception that may be shown with all its causes.
     *
     * @param peers an exception that may quote a peer
     * @return the same one if nothing in it has to be escaped
     */
    public static Throwable of(Throwable peers) {
        return isPrintable(peers, MAX_DEPTH) ? peers : escaped(peers, MAX_DEPTH);
    }

    private static boolean isPrintable(@Nullable Throwable link, int depth) {
        if (link == null) {
            return true;
        }
        if (depth == 0 || Words.of(link).codePoints().anyMatch(c -> !Printable.isPrintable(c))) {
            return false;
        }
        for (Throwable suppressed : link.getSuppressed()) {
            if (!isPrintable(suppressed, depth - 1)) {
                return false;
            }
        }
        return isPrintable(link.getCause(), depth - 1);
    }

    private static EscapedException escaped(Throwable link, int depth) {
        Throwable cause = link.getCause();
        return new EscapedException(link, cause == null || depth == 0 ? null : escaped(cause, depth - 1));
    }
}
