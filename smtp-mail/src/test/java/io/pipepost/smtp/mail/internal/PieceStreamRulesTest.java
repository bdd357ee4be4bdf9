/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.OctetTaker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;

/** The rules of Reactive Streams, by the test kit of those who wrote them, which is made for TestNG. */
@Tag("exhaustive")
class PieceStreamRulesTest {
    private static final int TIMEOUT = 2_000;
    private static final int SILENCE = 50;

    private static void assertConforms(Class<?> verification, int least) {
        TestListenerAdapter results = new TestListenerAdapter();
        TestNG kit = new TestNG(false);
        kit.setOutputDirectory("target/testng");
        kit.setVerbose(0);
        kit.setTestClasses(new Class<?>[] {verification});
        kit.addListener(results);
        kit.run();
        for (ITestResult failed : results.getFailedTests()) {
            throw new AssertionError(failed.getName(), failed.getThrowable());
        }
        assertThat(results.getConfigurationFailures()).isEmpty();
        assertThat(results.getPassedTests()).hasSizeGreaterThanOrEqualTo(least);
    }

    @Test
    void contentIsPublishedByTheRules() {
        assertConforms(Pieces.class, 25);
    }

    @Test
    void partsOfContentAreTakenByTheRules() {
        assertConforms(Sources.class, 10);
    }

    /** Every second piece comes from a publisher of its own. */
    public static final class Pieces extends FlowPublisherVerification<ByteBuffer> {
        public Pieces() {
            super(new TestEnvironment(TIMEOUT, SILENCE));
        }

        @Override
        public Flow.Publisher<ByteBuffer> createFlowPublisher(long elements) {
            Piece plain = Piece.of(new byte[] {'x'});
            Piece source = Piece.of(new byte[] {'y'}, () -> Encoder.IDENTITY);
            List<Piece> pieces = LongStream.range(0, Math.min(elements, 10_000))
                    .mapToObj(i -> i % 2 == 0 ? plain : source)
                    .toList();
            return new PieceStream(pieces, Runnable::run);
        }

        @Override
        public Flow.Publisher<ByteBuffer> createFailedFlowPublisher() {
            Piece failed = new Piece.Source(
                    "test",
                    blocking -> {
                        throw new IllegalStateException("no publisher");
                    },
                    -1,
                    () -> Encoder.IDENTITY);
            return new PieceStream(List.of(failed), Runnable::run);
        }
    }

    /** The subscriber that the source of an attachment sees. */
    public static final class Sources extends FlowSubscriberBlackboxVerification<ByteBuffer> {
        private final Map<Flow.Subscriber<?>, OctetTaker> takers = new ConcurrentHashMap<>();

        public Sources() {
            super(new TestEnvironment(TIMEOUT, SILENCE));
        }

        @Override
        public Flow.Subscriber<ByteBuffer> createFlowSubscriber() {
            AtomicReference<Flow.Subscriber<? super ByteBuffer>> seen = new AtomicReference<>();
            OctetTaker taker = new OctetTaker();
            Piece piece = new Piece.Source("test", blocking -> seen::set, -1, () -> Encoder.IDENTITY);
            new PieceStream(List.of(piece), Runnable::run).subscribe(taker);
            @SuppressWarnings("unchecked") // it takes buffers at least
            Flow.Subscriber<ByteBuffer> subscriber = (Flow.Subscriber<ByteBuffer>) seen.get();
            takers.put(subscriber, taker);
            return subscriber;
        }

        @Override
        public void triggerFlowRequest(Flow.Subscriber<? super ByteBuffer> subscriber) {
            takers.get(subscriber).request(1);
        }

        @Override
        public ByteBuffer createElement(int element) {
            return ByteBuffer.wrap(new byte[] {(byte) element});
        }
    }
}
