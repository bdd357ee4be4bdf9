/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.internal.transaction.SessionLimits;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Extensions;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The session that carries a flight: all that the flight may ask of it, and have done. */
public interface Carrier {
    // ---- what it asks

    EventLoop eventLoop();

    long now();

    /** The server's address. */
    SocketAddress address();

    Extensions extensions();

    SessionLimits limits();

    @Nullable
    SessionInfo info();

    /** Whether it takes another transaction, now or after those that it carries. */
    boolean isUsable();

    // ---- what it has done

    /** Does something on the event loop; false if that is gone. May be called by any thread. */
    boolean execute(Runnable action);

    /** The next transaction that it may carry; null if there is none. */
    @Nullable
    Transaction next();

    /** It has no room left for this transaction, though a fresh one has; it was not started. */
    void unfit(Transaction transaction, Failure failure);

    /** Hands on a transaction like one that met a dead, or unwilling, connection; false if nobody takes it. */
    boolean replay(Transaction transaction, Failure failure, int before);

    /** A transaction has ended in good order. */
    void onTransactionEnded(boolean accepted, boolean refused);

    /** Nothing is carried: QUIT, if nothing more is taken; whether the session goes on. */
    boolean restsOrCloses();

    /** Takes no more transactions, for the first reason that there is. */
    void retire(Retirement why);

    /** Ends the connection at once; the first to hear of it is one whose reply has just been taken. */
    void fail(Failure failure, Runnable firstToHear);
}
