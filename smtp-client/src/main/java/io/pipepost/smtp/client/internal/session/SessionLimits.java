/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.ServerLimits;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What is left of a server's LIMITS in one session (RFC 9422). */
@EventLoopConfined
final class SessionLimits {
    private final ServerLimits limits;

    /** Recipient domains of this session, in lower case; kept only if the server limits them. */
    private final Set<String> domains;

    SessionLimits(ServerLimits limits) {
        this.limits = limits;
        this.domains = limits.rcptDomainMax() == ServerLimits.UNLIMITED ? Set.of() : new HashSet<>();
    }

    /** Whether another transaction may follow that many. */
    boolean allowAnother(int transactions) {
        return transactions < limits.mailMax();
    }

    /** R-9422-01: how many of these, from the first on, stand in the transaction that is begun now. */
    int take(List<ForwardPath> recipients) {
        int most = Math.min(recipients.size(), limits.rcptMax());
        if (limits.rcptDomainMax() == ServerLimits.UNLIMITED) {
            return most;
        }
        for (int i = 0; i < most; i++) {
            if (!allow(recipients.get(i))) {
                return i;
            }
            domains.add(domain(recipients.get(i)));
        }
        return most;
    }

    /** Whether a transaction to this recipient may be begun in this session. */
    boolean allow(ForwardPath recipient) {
        return domains.size() < limits.rcptDomainMax() || domains.contains(domain(recipient));
    }

    /** The bare postmaster has a domain too, which nobody names. */
    private static String domain(ForwardPath recipient) {
        Mailbox mailbox = recipient.mailbox();
        return mailbox == null ? "" : mailbox.domain().toLowerCase(Locale.ROOT);
    }
}
