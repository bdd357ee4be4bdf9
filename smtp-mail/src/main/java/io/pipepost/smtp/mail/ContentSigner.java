/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Signs content before it is sent, or changes it in another way. Must be thread-safe. */
@FunctionalInterface
public interface ContentSigner {
    /**
     * Signs content. The client calls this on its executor for blocking work, for a few messages at once; it does so also
     * for content that it then refuses to send.
     *
     * @param content the content as it was handed in, {@linkplain Content#pinned pinned}
     * @param blocking for reading and for work that takes a while
     * @return a stage of what is to be sent in its place; may complete anywhere. If it fails, the message is not sent. The
     *     client cancels its future if the message is given up
     */
    CompletionStage<Content> sign(Content content, Executor blocking);
}
