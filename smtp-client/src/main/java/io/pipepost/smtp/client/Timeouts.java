/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.mail.Phase;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long each step may take. The defaults are the minima of RFC 5321 section 4.5.3.2 where it names one. A timeout for
 * a reply runs from the moment its command is written and is the oldest unanswered one, to the reply's last octet.
 *
 * <table>
 * <caption>Defaults</caption>
 * <tr><th>phase</th><th>what is waited for</th><th>default</th></tr>
 * <tr><td>ARGUMENT</td><td>looking through a file; the content's signature, once its turn has come</td><td>5 min</td></tr>
 * <tr><td>CONNECT</td><td>name lookup and TCP connect, all addresses together</td><td>30 s</td></tr>
 * <tr><td>TLS</td><td>TLS handshake</td><td>60 s</td></tr>
 * <tr><td>GREETING, EHLO</td><td>the reply</td><td>5 min</td></tr>
 * <tr><td>STARTTLS</td><td>the reply</td><td>2 min</td></tr>
 * <tr><td>AUTH</td><td>each reply, and the credentials</td><td>2 min</td></tr>
 * <tr><td>MAIL, RCPT</td><td>each reply</td><td>5 min</td></tr>
 * <tr><td>DATA</td><td>the 354</td><td>2 min</td></tr>
 * <tr><td>WRITE</td><td>any progress while content is written, noticed within a quarter more</td><td>3 min</td></tr>
 * <tr><td>END_OF_DATA</td><td>the deciding reply; shorter values make duplicates</td><td>10 min</td></tr>
 * <tr><td>RSET</td><td>the reply to RSET, NOOP, VRFY, EXPN, HELP</td><td>1 min</td></tr>
 * <tr><td>QUIT</td><td>the reply</td><td>5 s</td></tr>
 * </table>
 *
 * <p>Immutable.
 */
public final class Timeouts {
    /** The defaults. */
    public static final Timeouts DEFAULT = new Timeouts(defaults());

    private final Map<Phase, Duration> durations;

    private Timeouts(Map<Phase, Duration> durations) {
        this.durations = durations;
    }

    private static Map<Phase, Duration> defaults() {
        Map<Phase, Duration> map = new EnumMap<>(Phase.class);
        map.put(Phase.ARGUMENT, Duration.ofMinutes(5));
        map.put(Phase.CONNECT, Duration.ofSeconds(30));
        map.put(Phase.TLS, Duration.ofSeconds(60));
        map.put(Phase.GREETING, Duration.ofMinutes(5));
        map.put(Phase.EHLO, Duration.ofMinutes(5));
        map.put(Phase.STARTTLS, Duration.ofMinutes(2));
        map.put(Phase.AUTH, Duration.ofMinutes(2));
        map.put(Phase.MAIL, Duration.ofMinutes(5));
        map.put(Phase.RCPT, Duration.ofMinutes(5));
        map.put(Phase.DATA, Duration.ofMinutes(2));
        map.put(Phase.WRITE, Duration.ofMinutes(3));
        map.put(Phase.END_OF_DATA, Duration.ofMinutes(10));
        map.put(Phase.RSET, Duration.ofMinutes(1));
        map.put(Phase.QUIT, Duration.ofSeconds(5));
        return map;
    }

    /**
     * These timeouts with one changed.
     *
     * @param phase a phase of the table above
     * @param timeout at least one millisecond
     * @return a changed copy
     * @throws IllegalArgumentException if the phase has no timeout or the timeout is too short
     */
    public Timeouts with(Phase phase, Duration timeout) {
        if (!durations.containsKey(phase)) {
            throw new IllegalArgumentException("No timeout for " + phase + ", expected one of " + durations.keySet());
        }
        if (timeout.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException(
                    "A timeout is at least 1 ms, found " + Words.of(timeout) + " for " + phase);
        }
        Map<Phase, Duration> map = new EnumMap<>(durations);
        map.put(phase, timeout);
        return new Timeouts(map);
    }

    /**
     * The timeout of a step.
     *
     * @param phase a phase of the table above
     * @return its timeout
     * @throws IllegalArgumentException if the phase has no timeout
     */
    public Duration of(Phase phase) {
        Duration timeout = durations.get(phase);
        if (timeout == null) {
            throw new IllegalArgumentException("No timeout for " + phase);
        }
        return timeout;
    }
}
