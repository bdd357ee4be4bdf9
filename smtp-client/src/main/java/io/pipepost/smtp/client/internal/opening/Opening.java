/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.netty.channel.Channel;
import io.pipepost.smtp.client.internal.border.GuardedObserver;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SessionInfo;

/** The session that is being opened: hears how far its handshake has come. */
public interface Opening {
    Channel channel();

    /** The session's number. */
    long id();

    GuardedObserver observer();

    /** The handshake is at a new step. */
    void opens(Phase step);

    /** The handshake has failed in good order: the server is told QUIT. */
    void refuse(Failure failure);

    /** The session takes mail. */
    void onReady(SessionInfo facts);
}
