/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterClass;

/** A message that writes as many chunks as are wanted, by the rules of Reactive Streams. */
public final class RenderedMessageVerification extends FlowPublisherVerification<ByteBuffer> {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** For the test kit. */
    public RenderedMessageVerification() {
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
