/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether credentials may be sent at all, by which mechanisms in which order, and whether another one may follow a
 * refusal. Decisions only; no I/O.
 *
 * <p>After a refusal of the credentials no other mechanism is tried with them (R-4954-10), but for a CRAM-MD5 that was
 * chosen automatically under verified TLS (R-4954-17): servers with hashed passwords may offer one that cannot succeed.
 */
@EventLoopConfined
public final class AuthPlan {
    private static final String NOT_OFFERED = "Credentials are configured and the server does not offer AUTH";
    private static final String BEHIND_TLS = ", which many do behind TLS only: TlsMode.STARTTLS";
    private static final String NO_LOGIN = "; without SmtpClient.Builder.credentials nobody logs in";

    private final SessionConfig config;
    private final Set<String> offered;
    private final @Nullable TlsFacts tls;
    private final Deque<SaslMechanism> candidates = new ArrayDeque<>();

    AuthPlan(SessionConfig config, Set<String> offered, @Nullable TlsFacts tls) {
        this.config = config;
        this.offered = offered;
        this.tls = tls;
    }

    /** Why no credentials may be sent on this connection; null if they may. */
    @Nullable
    String obstacle() {
        if (!isProtected()) {
            return "Credentials are not sent without "
                    + (tls == null ? "TLS (TlsMode.STARTTLS)" : "a verified certificate (TlsMode.STARTTLS)")
                    + " unless Security.allowAuthWithoutTls says so";
        }
        return offered.isEmpty() ? NOT_OFFERED + (tls == null ? BEHIND_TLS : "") + NO_LOGIN : null;
    }

    /** R-4954-02, R-3207-09. */
    private boolean isProtected() {
        boolean opportunistic = config.tlsMode() == TlsMode.IF_OFFERED;
        boolean good = tls != null && (tls.verified() || !opportunistic);
        return good || config.security().allowsAuthWithoutTls();
    }

    /** Chooses for these credentials; why there is nothing to choose, or null if there is. */
    @Nullable
    String choose(Credentials credentials) {
        List<SaslMechanism> fitting =
                allowed().stream().filter(each -> accepts(each, credentials)).toList();
        fitting.stream().filter(each -> offered.contains(nameOf(each))).forEach(candidates::add);
        return candidates.isEmpty()
                ? "The server offers AUTH " + String.join(" ", offered) + ", expected one of "
                        + fitting.stream().map(AuthPlan::nameOf).toList() + remedy(credentials)
                : null;
    }

    /** What would make a mechanism that the server offers fit. */
    private String remedy(Credentials credentials) {
        List<String> forOthers = offeredOf(allowed(), each -> !accepts(each, credentials));
        if (!forOthers.isEmpty()) {
            return "; " + String.join(" and ", forOthers) + " would take "
                    + (credentials instanceof Credentials.Token ? "Credentials.password" : "Credentials.token");
        }
        List<String> leftOut = offeredOf(SaslMechanism.DEFAULTS, each -> accepts(each, credentials));
        return leftOut.isEmpty()
                ? ""
                : "; SmtpClient.Builder.mechanisms leaves " + String.join(" and ", leftOut) + " out";
    }

    private List<String> offeredOf(List<SaslMechanism> mechanisms, Predicate<SaslMechanism> which) {
        return mechanisms.stream()
                .filter(which)
                .map(AuthPlan::nameOf)
                .filter(offered::contains)
                .toList();
    }

    private static boolean accepts(SaslMechanism mechanism, Credentials credentials) {
        return Border.MECHANISM.<Boolean>get(() -> mechanism.accepts(credentials), "yes or no");
    }

    static String nameOf(SaslMechanism mechanism) {
        return Border.MECHANISM.get(mechanism::name, "a name");
    }

    private List<SaslMechanism> allowed() {
        return config.mechanisms() == null ? SaslMechanism.DEFAULTS : config.mechanisms();
    }

    /** Takes the next mechanism to try; there must be one. */
    SaslMechanism next() {
        return candidates.remove();
    }

    /** R-4954-10, R-4954-17. Candidates that remain become those that may still be tried. */
    boolean mayTryAnother(Reply reply, SaslMechanism refused) {
        boolean another = switch (reply.code()) {
            case 504, 534 -> true;
            case 432 -> {
                candidates.removeIf(candidate -> !nameOf(candidate).equals("PLAIN"));
                yield true;
            }
            case 535 ->
                refused == SaslMechanism.CRAM_MD5 && config.mechanisms() == null && tls != null && tls.verified();
            default -> false;
        };
        return another && !candidates.isEmpty();
    }
}
