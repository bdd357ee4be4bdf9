/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the tests of whole clients share: small numbered messages, and outcomes that are read the same way. */
final class Mails {
    private Mails() {}

    /** A client without TLS for a server on this machine that is known to read chunks which it refuses. */
    static SmtpClient.Builder client(int port) {
        return SmtpClient.builder(Relay.of("127.0.0.1", port).withTrust(Trust.FLIGHT))
                .security(Security.of(TlsMode.NONE))
                .ehloName("client.test");
    }

    static String from(int number) {
        return "a" + number + "@a.test";
    }

    static String to(int number) {
        return "b" + number + "@b.test";
    }

    static String text(int number) {
        return "Subject: " + number + "\r\n\r\n.number " + number + "\r\n";
    }

    /** A message whose envelope and content name its number. */
    static Message message(int number) {
        return Message.of(from(number), List.of(to(number)), Content.of(text(number)));
    }

    static List<CompletableFuture<SendResult>> sendAll(SmtpClient client, int count) {
        List<CompletableFuture<SendResult>> futures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            futures.add(client.send(message(i)));
        }
        return futures;
    }

    /**
     * What became of a message.
     *
     * @param recipients each recipient's result
     * @param result the result, if the future completed normally
     * @param failure what the future failed of, if it did
     */
    record Outcome(
            List<RecipientResult> recipients,
            @Nullable SendResult result,
            @Nullable Failure failure) {
        Disposition disposition() {
            return recipients.get(0).disposition();
        }

        List<Disposition> dispositions() {
            return recipients.stream().map(RecipientResult::disposition).toList();
        }

        boolean isAccepted() {
            return disposition() == Disposition.ACCEPTED;
        }
    }

    static Outcome outcome(CompletableFuture<SendResult> future) {
        return outcome(future, Duration.ofSeconds(20));
    }

    /** Waits for the end, which must be a result or an {@link SmtpException}. */
    static Outcome outcome(CompletableFuture<SendResult> future, Duration timeout) {
        try {
            SendResult result = future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Outcome(result.recipients(), result, null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SmtpException known) {
                return new Outcome(known.recipients(), null, known.failure());
            }
            throw new AssertionError("A future failed of something else than SmtpException", e);
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("A future did not complete within " + timeout, e);
        }
    }

    static List<Outcome> outcomes(List<CompletableFuture<SendResult>> futures) {
        return futures.stream().map(Mails::outcome).toList();
    }

    /** All octets of a content, or its failure. */
    static CompletableFuture<byte[]> octets(Content content, Executor blocking) {
        CompletableFuture<byte[]> end = new CompletableFuture<>();
        content.open(blocking).subscribe(new Flow.Subscriber<ByteBuffer>() {
            private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer piece) {
                byte[] copy = new byte[piece.remaining()];
                piece.get(copy);
                octets.writeBytes(copy);
            }

            @Override
            public void onError(Throwable cause) {
                end.completeExceptionally(cause);
            }

            @Override
            public void onComplete() {
                end.complete(octets.toByteArray());
            }
        });
        return end;
    }

    /** Waits for something that happens on other threads and that nothing announces. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Not within 10 s: " + what);
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
