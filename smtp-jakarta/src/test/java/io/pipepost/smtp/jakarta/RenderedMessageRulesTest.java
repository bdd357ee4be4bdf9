/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;
import org.testng.annotations.AfterClass;

/** The rules of Reactive Streams, by the test kit of those who wrote them, which is made for TestNG. */
@Tag("exhaustive")
class RenderedMessageRulesTest {
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
    void messagesArePublishedByTheRules() {
        assertConforms(Verification.class, 25);
    }

    /** A message that writes as many chunks as are wanted. */
    public static final class Verification extends FlowPublisherVerification<ByteBuffer> {
        private final ExecutorService threads = Executors.newCachedThreadPool();

        public Verification() {
            super(new TestEnvironment(2_000, 50));
        }

        @AfterClass
        public void close() {
            threads.shutdownNow();
        }

        @Override
        public Flow.Publisher<ByteBuffer> createFlowPublisher(long elements) {
            MimeMessage message = new MimeMessage(Mimes.session()) {
                @Override
                public void writeTo(OutputStream out, String[] ignored) throws IOException {
                    for (long i = 0; i < elements; i++) {
                        out.write(new byte[Rendering.CHUNK]);
                    }
                }
            };
            return new RenderedMessage(message, null, threads);
        }

        /** A message fails while it is written, which is not before something was asked for. */
        @Override
        public Flow.@Nullable Publisher<ByteBuffer> createFailedFlowPublisher() {
            return null;
        }
    }
}
