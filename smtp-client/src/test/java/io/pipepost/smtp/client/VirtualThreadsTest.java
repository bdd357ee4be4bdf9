/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of virtual threads that wait, for room and for outcomes, without holding on to what carries them. */
@ExtendWith(Leaks.class)
class VirtualThreadsTest {
    private static final int THREADS = 5_000;
    private static final String NAME = "virtual-sender-";
    private static final String PINNED = "jdk.VirtualThreadPinned";

    @TempDir
    Path directory;

    /** Tests are compiled for Java 17, which has no word for it. */
    private static ThreadFactory virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, NAME, 0L);
            return (ThreadFactory) type.getMethod("factory").invoke(named);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Where there are none, that is all there is to show; a test that is skipped would look like one that is forgotten. */
    @TestFactory
    Stream<DynamicTest> onVirtualThreads() {
        if (Runtime.version().feature() < 21) {
            return Stream.of(dynamicTest(
                    "this Java has none",
                    () -> assertThat(Thread.class.getMethods())
                            .noneMatch(method -> method.getName().equals("ofVirtual"))));
        }
        return Stream.of(
                dynamicTest("notices a pinned thread", this::noticesAPinnedThread),
                dynamicTest("thousands wait for room and for outcomes", this::thousandsWaitForRoomAndForOutcomes),
                dynamicTest("hundreds pull outcomes from streams", this::hundredsPullOutcomesFromStreams));
    }

    /** Runs tasks on virtual threads of their own; gives the events that say a thread was pinned. */
    private List<RecordedEvent> pinnedWhile(int count, Runnable task) throws IOException, InterruptedException {
        ThreadFactory factory = virtualThreads();
        CountDownLatch left = new CountDownLatch(count);
        try (Recording recording = new Recording()) {
            recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
            recording.start();
            for (int i = 0; i < count; i++) {
                factory.newThread(() -> {
                            try {
                                task.run();
                            } finally {
                                left.countDown();
                            }
                        })
                        .start();
            }
            assertThat(left.await(60, TimeUnit.SECONDS)).as("all have ended").isTrue();
            recording.stop();
            Path file = directory.resolve("pinned.jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(VirtualThreadsTest::isOurs)
                    .toList();
        }
    }

    private static boolean isOurs(RecordedEvent event) {
        return event.getEventType().getName().equals(PINNED)
                && String.valueOf(event.getThread().getJavaName()).startsWith(NAME);
    }

    /** Classes are set up by whoever comes first, who is pinned meanwhile: that shall not be one of those. */
    private static void warmUp(SmtpClient client) {
        assertThat(Mails.outcome(client.send(Mails.message(0))).isAccepted()).isTrue();
        try (Stream<SendOutcome> outcomes = client.sendAll(Stream.of(Mails.message(1)))) {
            assertThat(outcomes).hasSize(1);
        }
    }

    private void thousandsWaitForRoomAndForOutcomes() throws Exception {
        AtomicInteger numbers = new AtomicInteger(2);
        AtomicInteger accepted = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .pool(PoolOptions.DEFAULT.withQueue(100, PoolOptions.WhenFull.WAIT))
                        .build()) {
            warmUp(client);
            List<RecordedEvent> pinned = pinnedWhile(THREADS, () -> {
                Message message = Mails.message(numbers.getAndIncrement());
                accepted.addAndGet(client.send(message).join().allAccepted() ? 1 : 0);
            });
            assertThat(accepted).hasValue(THREADS);
            assertThat(sink.counters().messages()).isEqualTo(THREADS + 2);
            assertThat(pinned).isEmpty();
        }
    }

    private void hundredsPullOutcomesFromStreams() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            warmUp(client);
            List<RecordedEvent> pinned = pinnedWhile(300, () -> {
                try (Stream<SendOutcome> outcomes =
                        client.sendAll(IntStream.range(0, 10).mapToObj(Mails::message))) {
                    outcomes.filter(outcome -> outcome.failure() == null).forEach(each -> accepted.incrementAndGet());
                }
            });
            assertThat(accepted).hasValue(3_000);
            assertThat(pinned).isEmpty();
        }
    }

    /** Its initializer runs on a native frame, which pins in every version. */
    private static final class SleepsWhenItIsMade {
        private static final List<String> WORDS = new ArrayList<>();

        static {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            WORDS.add("made");
        }
    }

    /** Without this the others would prove nothing. */
    private void noticesAPinnedThread() throws Exception {
        List<RecordedEvent> pinned =
                pinnedWhile(1, () -> assertThat(SleepsWhenItIsMade.WORDS).isNotEmpty());
        assertThat(pinned).isNotEmpty();
    }
}
