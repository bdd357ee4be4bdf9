/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.mail.Failure;
import org.jspecify.annotations.Nullable;

/**
 * Hears of one connection's life, on its event loop: {@link #onConnected} if it comes that far, either
 * {@link #onReady} or {@link #onOpenFailed}, then {@link #onRoom} whenever it is free, and {@link #onClosed} last.
 */
public interface SessionListener {
    /**
     * There is a connection; nothing has been said yet. The session may be ended here.
     *
     * @param session the session
     */
    default void onConnected(Session session) {}

    /**
     * The session takes mail; {@link #onRoom} follows.
     *
     * @param session the session
     */
    void onReady(Session session);

    /**
     * There will be no session. The connection may still be saying QUIT.
     *
     * @param failure why
     */
    void onOpenFailed(Failure failure);

    /**
     * The session is free. Called when a transaction has ended, before the transaction's listener hears of it, so that
     * the next one can leave at once.
     *
     * @param session the session
     * @return the next transaction, or null if there is none: the session is idle then
     */
    @Nullable
    Transaction onRoom(Session session);

    /**
     * A transaction met a connection that was dead, or worn out, before anything of it was taken.
     *
     * @param transaction a transaction like that one, not started
     * @param failure what the connection died of
     * @return true if it will be tried elsewhere; false if it shall fail
     */
    default boolean onReplay(Transaction transaction, Failure failure) {
        return false;
    }

    /**
     * The connection is gone, and its place free. Transactions that were on it have been settled, or handed on, before.
     *
     * @param failure why, or null if it was closed in good order
     */
    void onClosed(@Nullable Failure failure);
}
