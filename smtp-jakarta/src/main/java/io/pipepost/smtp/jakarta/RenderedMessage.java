/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.internet.MimeMessage;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A message that writes itself, anew for each subscriber. Any number may subscribe.
 *
 * @param message the message, saved
 * @param loader what Jakarta Mail finds its data content handlers with
 * @param blocking where it writes itself
 */
record RenderedMessage(MimeMessage message, @Nullable ClassLoader loader, Executor blocking)
        implements Flow.Publisher<ByteBuffer> {
    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Rendering rendering = new Rendering(this, Objects.requireNonNull(subscriber, "subscriber"));
        subscriber.onSubscribe(rendering);
        rendering.proceed();
    }
}
