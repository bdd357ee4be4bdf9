/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.pipepost.smtp.client.internal.border.Loops;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** The sessions of callers' own that are open, which end in good order when their client is closed. Thread-safe. */
final class OwnSessions {
    private final Set<SmtpSession> open = ConcurrentHashMap.newKeySet();

    /** Written by whoever closes the client, before it looks for sessions; read behind a session that was added. */
    private volatile boolean closing;

    void add(SmtpSession session) {
        open.add(session);
        session.closed().thenRun(() -> open.remove(session));
        if (closing) {
            session.quit();
        }
    }

    /**
     * Ends them as {@link SmtpSession#quit} does.
     *
     * @return a future that completes when all are closed, or the time is over; the rest is then ended by force
     */
    CompletableFuture<Void> quit(Duration drain, EventLoopGroup loops) {
        closing = true;
        CompletableFuture<Void> done =
                CompletableFuture.allOf(open.stream().map(SmtpSession::quit).toArray(CompletableFuture<?>[]::new));
        if (!done.isDone()) {
            try {
                Future<?> end =
                        loops.next().schedule(() -> done.complete(null), Loops.nanos(drain), TimeUnit.NANOSECONDS);
                done.thenRun(() -> end.cancel(false));
            } catch (RejectedExecutionException loopsAreGone) {
                done.complete(null);
            }
        }
        return done;
    }
}
