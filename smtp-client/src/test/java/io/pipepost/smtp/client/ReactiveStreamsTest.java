/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.delivery.MessageFlow;
import io.pipepost.smtp.client.internal.delivery.OpenFlows;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/** The rules of Reactive Streams, by the test kit of those who wrote them, which is made for TestNG. */
@Tag("exhaustive")
class ReactiveStreamsTest {
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
    void outcomesArePublishedByTheRules() {
        assertConforms(Outcomes.class, 25);
    }

    @Test
    void messagesAreTakenByTheRules() {
        assertConforms(Messages.class, 10);
    }

    /** A real client and a real server behind the publisher. */
    public static final class Outcomes extends FlowPublisherVerification<SendOutcome> {
        private SmtpSink sink;
        private SmtpClient client;

        public Outcomes() {
            super(new TestEnvironment(TIMEOUT, SILENCE));
        }

        @BeforeClass
        public void open() {
            sink = SmtpSink.builder().start();
            client = Mails.client(sink.port()).build();
        }

        @AfterClass
        public void close() {
            client.close();
            sink.close();
        }

        @Override
        public Flow.Publisher<SendOutcome> createFlowPublisher(long elements) {
            return client.sendAll(MessageSource.of(elements));
        }

        @Override
        public Flow.Publisher<SendOutcome> createFailedFlowPublisher() {
            return client.sendAll(MessageSource.failingAfter(0, new IllegalStateException("no messages")));
        }
    }

    /** The subscriber that the source of messages sees. */
    public static final class Messages extends FlowSubscriberBlackboxVerification<Message> {
        private final Map<Flow.Subscriber<?>, OutcomeTaker> takers = new ConcurrentHashMap<>();

        public Messages() {
            super(new TestEnvironment(TIMEOUT, SILENCE));
        }

        @Override
        public Flow.Subscriber<Message> createFlowSubscriber() {
            AtomicReference<Flow.Subscriber<? super Message>> seen = new AtomicReference<>();
            OutcomeTaker taker = new OutcomeTaker(0);
            new MessageFlow(
                            seen::set,
                            (message, listener) -> listener.accept(new SendOutcome(message, null, FAILURE)),
                            4,
                            new OpenFlows())
                    .subscribe(taker);
            @SuppressWarnings("unchecked") // it takes messages at least
            Flow.Subscriber<Message> subscriber = (Flow.Subscriber<Message>) seen.get();
            takers.put(subscriber, taker);
            return subscriber;
        }

        @Override
        public void triggerFlowRequest(Flow.Subscriber<? super Message> subscriber) {
            takers.get(subscriber).subscription().request(1);
        }

        @Override
        public Message createElement(int element) {
            return Mails.message(element);
        }
    }

    private static final SmtpException FAILURE =
            SmtpException.of(Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "for the test"), List.of());
}
