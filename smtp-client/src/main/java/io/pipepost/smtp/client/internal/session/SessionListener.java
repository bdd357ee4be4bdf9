/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import org.jspecify.annotations.Nullable;

/**
 * Hears of one connection's life, on its event loop: {@link #onConnected} if it comes that far, either
 * {@link #onReady} or {@link #onOpenFailed}, then {@link #onRoom} whenever it takes another transaction, and
 * {@link #onClosed} last.
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
     * Whether the session is of a pool: then it finds out what its server can do, and may carry several transactions at a
     * time, as far as its options and the server allow.
     *
     * @return false by default: one transaction after the other, and nothing but what the caller asks for
     */
    default boolean isPooled() {
        return false;
    }

    /**
     * The session takes another transaction. Called when one has ended, before that transaction's listener hears of it, so
     * that the next one can leave at once; and when the one begun last has been written so far that another may follow.
     *
     * @param session the session; {@link Session#fits} tells what it takes now
     * @return the next transaction, or null if there is none: the session is idle then, or goes on with what it carries
     */
    @Nullable
    Transaction onRoom(Session session);

    /**
     * The session has no room left for this transaction, though a fresh one has, and will take no others; it was not
     * started.
     *
     * @param transaction the transaction
     * @param failure why
     */
    default void onUnfit(Transaction transaction, Failure failure) {
        transaction.giveUp(failure);
    }

    /**
     * A transaction met a connection that was dead, or worn out, before anything of it was taken.
     *
     * @param transaction a transaction like that one, not started
     * @param failure what the connection died of
     * @param before how many transactions this session began before that one
     * @return true if it will be tried elsewhere; false if it shall fail
     */
    default boolean onReplay(Transaction transaction, Failure failure, int before) {
        return false;
    }

    /**
     * The connection is gone, and its place free. Transactions that were on it have been settled, or handed on, before.
     *
     * @param failure why, or null if it was closed in good order
     */
    void onClosed(@Nullable Failure failure);
}
