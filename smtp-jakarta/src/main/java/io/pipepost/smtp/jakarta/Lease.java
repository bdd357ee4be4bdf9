/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.PoolStats;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpSession;
import java.util.concurrent.CompletableFuture;

/** The use of a client, for as long as a transport is connected. */
interface Lease {
    SmtpClient client();

    /** Has a session, or opens one. */
    CompletableFuture<?> warmUp();

    /** A session was had with it. */
    void confirm();

    /** Called once. */
    void release();

    /** The use of a client that is not this package's to close, or to keep connections of. */
    static Lease of(SmtpClient given) {
        return new Lease() {
            @Override
            public SmtpClient client() {
                return given;
            }

            @Override
            public CompletableFuture<?> warmUp() {
                PoolStats pool = given.stats();
                return pool.idle() + pool.busy() > 0
                        ? CompletableFuture.completedFuture(pool)
                        : given.connect().thenAccept(SmtpSession::quit);
            }

            @Override
            public void confirm() {}

            @Override
            public void release() {}
        };
    }
}
