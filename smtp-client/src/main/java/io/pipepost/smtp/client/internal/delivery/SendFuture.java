/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.mail.SendResult;
import java.util.concurrent.CompletableFuture;

/**
 * What a caller holds of a delivery. Cancelling it is a request: it is cancelled only if the message was kept from being
 * sent, so that nobody takes a message for unsent that was sent.
 */
final class SendFuture extends CompletableFuture<SendResult> {
    private final Delivery delivery;

    SendFuture(Delivery delivery) {
        this.delivery = delivery;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        delivery.cancel();
        return isCancelled();
    }

    void settleAsCancelled() {
        super.cancel(false);
    }

    /** Dependents are ordinary futures. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
