/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import org.jspecify.annotations.Nullable;

/** Why a run takes no more input; the first reason counts, but one that ends with an error counts more. Thread-safe. */
final class BulkStop {
    private volatile @Nullable Reason reason;

    /**
     * A reason.
     *
     * @param status what the process then ends with; 0 if that depends on the outcomes
     * @param message one sentence for people
     */
    record Reason(int status, String message) {}

    /** Whether this is the first reason. */
    synchronized boolean because(int status, String message) {
        Reason before = reason;
        if (before == null || (before.status() < ExitStatus.DATA && status >= ExitStatus.DATA)) {
            reason = new Reason(status, message);
        }
        return before == null;
    }

    boolean isStopped() {
        return reason != null;
    }

    @Nullable
    Reason reason() {
        return reason;
    }
}
