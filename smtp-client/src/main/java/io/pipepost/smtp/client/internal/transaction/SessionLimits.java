/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ServerLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a server's LIMITS in one session (RFC 9422). Looking for room uses nothing up; commands do, once they
 * are in the session's order, unless they are taken back before they were written.
 */
@EventLoopConfined
public final class SessionLimits {
    private final ServerLimits limits;

    /** MAIL commands of this session. */
    private int mails;

    /** RCPT commands of this session for each domain, in lower case; kept only if the server limits domains. */
    private final Map<String, Integer> domains;

    public SessionLimits(ServerLimits limits) {
        this.limits = limits;
        this.domains = limits.rcptDomainMax() == ServerLimits.UNLIMITED ? Map.of() : new HashMap<>();
    }

    /** What a session has in which nothing was sent. */
    SessionLimits unused() {
        return new SessionLimits(limits);
    }

    ServerLimits announced() {
        return limits;
    }

    // ---- what is used up

    /** The command is in the session's order. */
    public void use(@Nullable Command command) {
        count(command, 1);
    }

    /** The command was taken back before it was written. */
    public void giveBack(@Nullable Command command) {
        count(command, -1);
    }

    private void count(@Nullable Command command, int by) {
        if (command instanceof Command.Mail) {
            mails += by;
        } else if (limits.rcptDomainMax() != ServerLimits.UNLIMITED && command instanceof Command.Rcpt rcpt) {
            domains.merge(rcpt.to().domain(), by, (before, more) -> before + more == 0 ? null : before + more);
        }
    }

    // ---- what there is room for

    /** Whether another transaction may be begun. */
    public boolean allowAnother() {
        return mails < limits.mailMax();
    }

    /** Whether there is room for so many recipients in one transaction, whoever they are. */
    boolean isAmple(int recipients) {
        return recipients <= limits.rcptMax() && limits.rcptDomainMax() == ServerLimits.UNLIMITED;
    }

    /**
     * R-9422-01: those of the recipients, in their order, that a transaction may name which is begun now. All of a domain
     * are taken together.
     *
     * @param free who needs no room, as he is not going to be named
     */
    List<ForwardPath> fitting(List<ForwardPath> recipients, Predicate<ForwardPath> free) {
        List<ForwardPath> fitting = new ArrayList<>();
        Set<String> fresh = new HashSet<>();
        int named = 0;
        for (ForwardPath recipient : recipients) {
            if (free.test(recipient)) {
                fitting.add(recipient);
            } else if (named < limits.rcptMax() && allow(recipient.domain(), fresh)) {
                fitting.add(recipient);
                named++;
            }
        }
        return fitting;
    }

    /** Whether a domain has room; if it is a new one of this session, it takes some. */
    private boolean allow(String domain, Set<String> fresh) {
        if (domains.containsKey(domain) || fresh.contains(domain)) {
            return true;
        }
        return domains.size() + fresh.size() < limits.rcptDomainMax() && fresh.add(domain);
    }
}
