/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.client.SmtpException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for what must come; what does not come in time is a difference in the books. */
record Patience(Books books, Supplier<String> state) {

    /** Null if it failed, which is fine, or did not end, which is not. */
    <T> @Nullable T await(String what, CompletableFuture<T> future, Duration patience) {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | InterruptedException e) {
            books.differ("Not within " + patience + ": " + what + "; " + state.get());
            return null;
        } catch (CancellationException e) {
            return null;
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof SmtpException)) {
                books.differ(what + " failed of " + e.getCause());
            }
            return null;
        }
    }

    void expect(BooleanSupplier condition, Supplier<String> otherwise) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(5)) {
                books.differ(otherwise.get());
                return;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
