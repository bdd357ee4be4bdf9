/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An exchange that knows its challenges by their position and answers at once. Holds no octets of its own, only the
 * credentials, until it fails or is closed.
 */
abstract class StepwiseExchange implements SaslExchange {
    private final String mechanism;
    private final int required;
    private @Nullable Credentials credentials;
    private int answered;
    private boolean failed;

    /** Satisfied by exactly {@code required} answers: one more is an answer to a failure. */
    StepwiseExchange(String mechanism, int required, Credentials credentials) {
        this.mechanism = mechanism;
        this.required = required;
        this.credentials = credentials;
    }

    /** Answers the challenge at {@code step}, from 0; {@link #unexpected} beyond the last one. */
    abstract byte[] answer(int step, Credentials credentials, byte[] challenge) throws GeneralSecurityException;

    final IllegalStateException unexpected(int step) {
        return new IllegalStateException("%s expects no challenge after response %d".formatted(mechanism, step));
    }

    @Override
    public final CompletionStage<byte[]> respond(byte[] challenge) {
        Credentials who = credentials;
        if (who == null) {
            return CompletableFuture.failedFuture(new IllegalStateException(mechanism + " exchange is closed"));
        }
        try {
            byte[] response = answer(answered, who, challenge);
            answered++;
            return CompletableFuture.completedFuture(response);
        } catch (GeneralSecurityException | RuntimeException e) {
            failed = true;
            close();
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public final boolean isComplete() {
        return !failed && answered == required;
    }

    @Override
    public @Nullable String failureDetail() {
        return null;
    }

    @Override
    public final void close() {
        credentials = null;
    }
}
