/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message that writes itself on a thread of its own, and what becomes of that thread. */
class RenderingTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void everyThreadComesBack() throws InterruptedException {
        threads.shutdown();
        assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }

    /** How a message writes itself. */
    private interface Body {
        void writeTo(OutputStream out) throws IOException, MessagingException;
    }

    private static MimeMessage writing(Body body) {
        return new MimeMessage(Mimes.session()) {
            @Override
            public void writeTo(OutputStream out, String[] ignored) throws IOException, MessagingException {
                body.writeTo(out);
            }
        };
    }

    /** Takes what it asked for by hand. */
    private static final class Taker implements Flow.Subscriber<ByteBuffer> {
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final AtomicLong pieces = new AtomicLong();

        @Override
        public void onSubscribe(Flow.Subscription made) {
            subscription.complete(made);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            taken.write(piece.array(), piece.position(), piece.remaining());
            pieces.incrementAndGet();
        }

        @Override
        public void onError(Throwable cause) {
            end.complete(cause);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }

        void request(long n) {
            subscription.join().request(n);
        }

        void cancel() {
            subscription.join().cancel();
        }

        @Nullable
        Throwable end() throws Exception {
            return end.get(5, TimeUnit.SECONDS);
        }
    }

    private Taker subscribe(MimeMessage message) {
        Taker taker = new Taker();
        new RenderedMessage(message, null, threads).subscribe(taker);
        return taker;
    }

    @Test
    void publishesWhatTheMessageWrites() throws Exception {
        MimeMessage message = Mimes.large(Mimes.session(), 300_000);
        Taker taker = subscribe(message);
        taker.request(Long.MAX_VALUE);
        assertThat(taker.end()).isNull();
        assertThat(taker.taken.toByteArray()).isEqualTo(Mimes.rendered(message));
    }

    @Test
    void nothingIsWrittenBeforeItIsAskedFor() throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Taker taker = subscribe(writing(out -> begun.complete(null)));
        assertThat(begun).isNotDone();
        taker.request(1);
        assertThat(taker.end()).isNull();
    }

    /** One chunk is filled and waits, one was taken: however large the message is. */
    @Test
    void theWriterKeepsOneChunkAhead() throws Exception {
        AtomicLong written = new AtomicLong();
        CompletableFuture<Throwable> unwound = new CompletableFuture<>();
        Taker taker = subscribe(writing(out -> {
            try {
                while (true) {
                    out.write(new byte[1024]);
                    written.addAndGet(1024);
                }
            } catch (IOException e) {
                unwound.complete(e);
                throw e;
            }
        }));
        for (int asked = 1; asked <= 20; asked++) {
            taker.request(1);
            while (taker.pieces.get() < asked) {
                Thread.onSpinWait();
            }
            assertThat(written.get()).isLessThanOrEqualTo((asked + 1L) * Rendering.CHUNK);
        }
        taker.cancel();
        assertThat(unwound.get(5, TimeUnit.SECONDS)).hasMessageContaining("not wanted any more");
        assertThat(taker.end).isNotDone();
        assertThat(taker.pieces).hasValue(20);
    }

    @Test
    void aMessageThatHidesTheFailureOfItsStreamEndsAllTheSame() throws Exception {
        CompletableFuture<Integer> failures = new CompletableFuture<>();
        Taker taker = subscribe(writing(out -> {
            int failed = 0;
            while (failed < 3) {
                try {
                    out.write(new byte[Rendering.CHUNK]);
                } catch (IOException e) {
                    failed++;
                }
            }
            failures.complete(failed);
        }));
        taker.request(1);
        while (taker.pieces.get() == 0) {
            Thread.onSpinWait();
        }
        taker.cancel();
        assertThat(failures.get(5, TimeUnit.SECONDS)).isEqualTo(3);
        assertThat(taker.end).isNotDone();
    }

    @Test
    void failuresOfTheMessageArePassedOn() throws Exception {
        for (Throwable failure : new Throwable[] {
            new IOException("disk gone"),
            new MessagingException("no handler"),
            new IllegalStateException("odd"),
            new AssertionError("worse")
        }) {
            Taker taker = subscribe(writing(out -> {
                out.write(new byte[Rendering.CHUNK + 1]);
                throwIt(failure);
            }));
            taker.request(5);
            assertThat(taker.end()).isSameAs(failure);
            assertThat(taker.pieces).hasValue(1);
        }
    }

    private static void throwIt(Throwable failure) throws IOException, MessagingException {
        if (failure instanceof IOException io) {
            throw io;
        }
        if (failure instanceof MessagingException messaging) {
            throw messaging;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) failure;
    }

    @Test
    void anInterruptedWriterFails() throws Exception {
        CompletableFuture<Thread> writer = new CompletableFuture<>();
        Taker taker = subscribe(writing(out -> {
            writer.complete(Thread.currentThread());
            while (true) {
                out.write(new byte[Rendering.CHUNK]);
            }
        }));
        taker.request(1);
        writer.get(5, TimeUnit.SECONDS).interrupt();
        assertThat(taker.end()).isInstanceOf(IOException.class).hasMessageContaining("Interrupted");
    }

    @Test
    void anExecutorThatTakesNoMoreIsAFailure() throws Exception {
        threads.shutdown();
        Taker taker = subscribe(writing(out -> {}));
        taker.request(1);
        assertThat(taker.end()).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void theWriterHasTheClassLoaderOfWhoeverMadeTheContent() throws Exception {
        ClassLoader loader = new ClassLoader() {};
        CompletableFuture<ClassLoader> seen = new CompletableFuture<>();
        Taker taker = new Taker();
        new RenderedMessage(
                        writing(out -> seen.complete(Thread.currentThread().getContextClassLoader())), loader, threads)
                .subscribe(taker);
        taker.request(1);
        assertThat(seen.get(5, TimeUnit.SECONDS)).isSameAs(loader);
        assertThat(threads.submit(() -> Thread.currentThread().getContextClassLoader())
                        .get())
                .isNotSameAs(loader);
    }
}
