/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.border.ClientClosed;
import io.pipepost.smtp.mail.Phase;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The flows of a client that have not ended; they end with it, also if their sources say nothing. Thread-safe. */
public final class OpenFlows {
    private final Set<MessageFlow.Run> open = ConcurrentHashMap.newKeySet();

    /** Written by whoever closes the client, before it looks for flows; read behind a flow that was added. */
    private volatile boolean closing;

    void add(MessageFlow.Run flow) {
        open.add(flow);
        if (closing) {
            end(flow);
        }
    }

    void remove(MessageFlow.Run flow) {
        open.remove(flow);
    }

    /** Lets flows pull nothing more; they end behind the outcomes of what they have pulled. */
    public void close() {
        closing = true;
        open.forEach(OpenFlows::end);
    }

    private static void end(MessageFlow.Run flow) {
        flow.onClientClosed(SmtpException.of(ClientClosed.at(Phase.QUEUE), List.of()));
    }
}
