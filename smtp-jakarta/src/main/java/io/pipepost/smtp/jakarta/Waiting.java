/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.SendResult;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for an outcome; a thread that is interrupted asks for the message to be kept back. */
final class Waiting {
    /** How long an interrupted thread waits to hear whether it came in time. */
    private static final long GRACE_SECONDS = 2;

    private static final String KEPT_BACK = "Interrupted: the message was not sent";

    private Waiting() {}

    static Report.Outcome outcome(CompletableFuture<SendResult> future) {
        try {
            return Report.Outcome.of(future.get());
        } catch (ExecutionException e) {
            return failed(e);
        } catch (CancellationException e) {
            return Report.Outcome.notSent(KEPT_BACK);
        } catch (InterruptedException e) {
            try {
                return interrupted(future);
            } finally {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Report.Outcome failed(ExecutionException e) {
        if (e.getCause() instanceof SmtpException known) {
            return Report.Outcome.of(known);
        }
        throw new IllegalStateException("Not a failure of this library", e.getCause());
    }

    private static Report.Outcome interrupted(CompletableFuture<SendResult> future) {
        if (future.cancel(true)) {
            return Report.Outcome.notSent(KEPT_BACK);
        }
        try {
            return Report.Outcome.of(future.get(GRACE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return failed(e).prefixed("Interrupted: ");
        } catch (CancellationException e) {
            return Report.Outcome.notSent(KEPT_BACK);
        } catch (TimeoutException | InterruptedException e) {
            return Report.Outcome.unknown("Interrupted while the message was under way");
        }
    }
}
