/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.TlsFacts;
import org.jspecify.annotations.Nullable;

/** Remembers the TLS of the newest session, for failures, which do not name theirs. */
final class LastTls implements SmtpObserver {
    /** Written on event loops, read where outcomes are printed. */
    private volatile @Nullable TlsFacts facts;

    @Override
    public void tlsStarted(long session, TlsFacts tls) {
        facts = tls;
    }

    @Nullable
    TlsFacts facts() {
        return facts;
    }
}
