/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslContext;
import io.pipepost.smtp.client.auth.SaslExchange;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.Loops;
import io.pipepost.smtp.client.internal.dialogue.DialogueHandler;
import io.pipepost.smtp.client.internal.dialogue.Replies;
import io.pipepost.smtp.client.internal.dialogue.SaslBase64;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.Printable;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The SASL dialogue (RFC 4954): carries challenges and responses between the server and the mechanism that
 * {@link AuthPlan} chose, and judges the end.
 *
 * <pre>
 *   C: AUTH mechanism [initial response]      only if the line fits into 512 octets
 *   S: 334 challenge                          at most 10 times
 *   C: response                               or "*" to cancel
 *   S: 235                                    counts only if the mechanism is satisfied
 * </pre>
 */
@EventLoopConfined
public final class Authentication {
    private static final int MAX_CHALLENGES = 10;
    private static final String CREDENTIALS = "credentials";
    private static final String RESPONSE = "a response";
    private static final byte[] EMPTY = {};
    private static final byte[] EMPTY_INITIAL_RESPONSE = {'='};

    private final Opening session;
    private final DialogueHandler handler;
    private final SessionConfig config;
    private final AuthPlan plan;
    private final Consumer<@Nullable String> whenDone;

    private @Nullable Credentials credentials;
    private @Nullable SaslMechanism mechanism;
    private String mechanismName = "";
    private @Nullable SaslExchange exchange;

    /** An initial response, encoded, that did not fit on the AUTH line and waits for the empty challenge. */
    private byte @Nullable [] deferred;

    private int challenges;

    Authentication(
            Opening session,
            DialogueHandler handler,
            SessionConfig config,
            Extensions extensions,
            @Nullable TlsFacts tls,
            Consumer<@Nullable String> whenDone) {
        this.session = session;
        this.handler = handler;
        this.config = config;
        this.plan = new AuthPlan(config, extensions.authMechanisms(), tls);
        this.whenDone = whenDone;
    }

    void start() {
        String obstacle = plan.obstacle();
        if (obstacle != null) {
            unavailable(obstacle);
            return;
        }
        Supplier<? extends CompletionStage<Credentials>> source = Objects.requireNonNull(config.credentials());
        whenComplete(Border.CREDENTIALS, Border.CREDENTIALS.ask(source, CREDENTIALS), (value, error) -> {
            if (value == null) {
                credentialsFailed(error == null ? Border.CREDENTIALS.gaveNull(CREDENTIALS) : error);
            } else {
                choose(value);
            }
        });
    }

    private void credentialsFailed(Throwable error) {
        session.refuse(
                error instanceof Border.Fault fault
                        ? fault.toFailure(FailureCause.AUTH_FAILED, Phase.AUTH)
                        : new Failure(
                                FailureCause.AUTH_FAILED,
                                Phase.AUTH,
                                "The source of the credentials failed with "
                                        + error.getClass().getSimpleName(),
                                null,
                                error));
    }

    private void choose(Credentials value) {
        credentials = value;
        String obstacle = plan.choose(value);
        if (obstacle != null) {
            unavailable(obstacle);
            return;
        }
        tryNext();
    }

    private void tryNext() {
        SaslMechanism next = plan.next();
        mechanism = next;
        mechanismName = AuthPlan.nameOf(next);
        challenges = 0;
        try {
            exchange = Border.MECHANISM.get(
                    () -> next.start(credentials(), new SaslContext(config.host(), config.port())), "an exchange");
        } catch (Border.Fault fault) {
            session.refuse(failed(fault));
            return;
        }
        if (isTrue(SaslExchange::hasInitialResponse)) {
            respond(EMPTY, this::sendInitial);
        } else {
            send(new Command.Auth(mechanismName, null));
        }
    }

    private boolean isTrue(Function<SaslExchange, Boolean> question) {
        SaslExchange asked = exchange();
        return Border.MECHANISM.get(() -> question.apply(asked), "yes or no");
    }

    /** R-4954-04, R-4954-05: on the AUTH line if that fits, else behind an empty challenge. */
    private void sendInitial(byte[] response) {
        byte[] encoded = response.length == 0 ? EMPTY_INITIAL_RESPONSE.clone() : encoded(response);
        String name = mechanismName;
        if ("AUTH ".length() + name.length() + 1 + encoded.length + 2 <= Command.MAX_LINE) {
            send(new Command.Auth(name, encoded));
            return;
        }
        deferred = encoded;
        send(new Command.Auth(name, null));
    }

    private void send(Command command) {
        ask(command, this::onReply);
    }

    private void ask(Command command, Consumer<Reply> then) {
        handler.enqueue(new SecretStep(command, reply -> judged(() -> then.accept(reply))));
        handler.writeReady();
    }

    private void onReply(Reply reply) {
        if (!isChallenge(reply)) {
            onOutcome(reply);
            return;
        }
        if (reply.lines().size() > 1) {
            handler.fail(Failure.of(
                    FailureCause.PROTOCOL_VIOLATION, Phase.AUTH, "A SASL challenge has one line, found several"));
            return;
        }
        if (++challenges > MAX_CHALLENGES) {
            cancel(failed("the server gave more than " + MAX_CHALLENGES + " challenges", null, null));
            return;
        }
        byte[] challenge;
        try {
            challenge = SaslBase64.decode(reply.lines().get(0));
        } catch (SmtpSyntaxException e) {
            cancel(failed("bad challenge: " + e.getMessage(), null, null));
            return;
        }
        byte[] initial = deferred;
        if (initial != null) {
            deferred = null;
            send(new Command.AuthResponse(initial));
            return;
        }
        respond(challenge, response -> send(new Command.AuthResponse(encoded(response))));
    }

    /** The response as it is sent; it is wiped, and its repetition will be noticed. */
    private byte[] encoded(byte[] response) {
        byte[] encoded = SaslBase64.encode(response);
        handler.secrets().add(response, encoded, credentials());
        Arrays.fill(response, (byte) 0);
        return encoded;
    }

    private static boolean isChallenge(Reply reply) {
        return reply.code() == Replies.CHALLENGE;
    }

    private void respond(byte[] challenge, Consumer<byte[]> then) {
        SaslExchange asked = exchange();
        CompletableFuture<byte[]> response = Border.MECHANISM.ask(() -> asked.respond(challenge), RESPONSE);
        whenComplete(Border.MECHANISM, response, (octets, error) -> {
            if (octets == null) {
                giveUp(error == null ? Border.MECHANISM.gaveNull(RESPONSE) : error);
            } else {
                then.accept(octets);
            }
        });
    }

    /** The mechanism does not go on: cancel a dialogue that has begun. */
    private void giveUp(Throwable error) {
        Failure failure = error instanceof Border.Fault fault
                ? failed(fault)
                : failed("mechanism " + mechanismName + " gave up: " + error.getMessage(), null, error);
        if (challenges > 0) {
            cancel(failure);
        } else {
            session.refuse(failure);
        }
    }

    /** R-4954-07: any refusal ends the dialogue; a success in answer to "*" is a lie. */
    private void cancel(Failure failure) {
        closeExchange();
        ask(Command.AuthResponse.cancel(), reply -> {
            if (reply.isNegative()) {
                session.refuse(failure);
            } else {
                handler.fail(failure);
            }
        });
    }

    private void onOutcome(Reply reply) {
        if (reply.code() == Replies.AUTHENTICATED) {
            if (!isTrue(SaslExchange::isComplete)) {
                handler.fail(
                        failed("the server reported success before " + mechanismName + " was complete", reply, null));
                return;
            }
            String user = credentials().user();
            closeExchange();
            whenDone.accept(user);
            return;
        }
        String detail = failureDetail();
        closeExchange();
        if (plan.mayTryAnother(reply, mechanism())) {
            tryNext();
        } else if (reply.code() == 538) {
            session.refuse(Failure.of(
                    FailureCause.AUTH_UNAVAILABLE,
                    Phase.AUTH,
                    "The server wants TLS in front of AUTH " + mechanismName + ": TlsMode.STARTTLS",
                    reply));
        } else {
            String saying = detail == null
                    ? ""
                    : ", saying " + Printable.of(handler.secrets().cleaned(detail));
            session.refuse(failed("the server refused " + refused(reply) + saying, reply, null));
        }
    }

    /** R-4954-10: 535 is about the credentials, whatever else about the mechanism or the server. */
    private String refused(Reply reply) {
        String secret = credentials() instanceof Credentials.Token ? "token" : "password";
        return reply.code() == Replies.WRONG_CREDENTIALS
                ? "the user or the " + secret + " (SmtpClient.Builder.credentials) by " + mechanismName
                : "AUTH " + mechanismName;
    }

    private @Nullable String failureDetail() {
        try {
            return exchange().failureDetail();
        } catch (Throwable e) {
            return Border.MECHANISM.threw(e);
        }
    }

    private Failure failed(Border.Fault fault) {
        return failed("mechanism " + mechanismName + ": " + fault.getMessage(), null, fault.origin());
    }

    private Failure failed(String what, @Nullable Reply reply, @Nullable Throwable cause) {
        String message = "Authentication failed: " + what;
        return reply == null
                ? new Failure(FailureCause.AUTH_FAILED, Phase.AUTH, message, null, cause)
                : Failure.of(FailureCause.AUTH_FAILED, Phase.AUTH, message, reply);
    }

    private void unavailable(String message) {
        session.refuse(Failure.of(FailureCause.AUTH_UNAVAILABLE, Phase.AUTH, message));
    }

    /** Continues on the event loop; if the connection is gone by then, what came is wiped and forgotten. */
    private <T> void whenComplete(
            Border asked, CompletableFuture<T> answer, BiConsumer<@Nullable T, @Nullable Throwable> then) {
        handler.watch(Phase.AUTH, asked);
        answer.whenComplete((value, error) -> {
            if (session.channel().eventLoop().inEventLoop()) {
                ifOpen(value, error, then);
            } else if (!Loops.execute(session.channel().eventLoop(), () -> ifOpen(value, error, then))) {
                wipe(value);
            }
        });
    }

    private <T> void ifOpen(
            @Nullable T value, @Nullable Throwable error, BiConsumer<@Nullable T, @Nullable Throwable> then) {
        if (handler.isClosed()) {
            wipe(value);
        } else {
            guarded(() -> then.accept(value, error));
        }
    }

    /** What is not the mechanism's doing is not told as such: the session goes on from here, too. */
    private void judged(Runnable step) {
        try {
            step.run();
        } catch (Border.Fault fault) {
            handler.fail(failed(fault));
        }
    }

    /** A mechanism of the caller's may break the rules, too, such as one with a malformed name. */
    private void guarded(Runnable step) {
        try {
            judged(step);
        } catch (Throwable e) {
            handler.fail(failed(String.valueOf(e.getMessage()), null, e));
        }
    }

    static void wipe(@Nullable Object octets) {
        if (octets instanceof byte[] secret) {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** The connection is gone: nothing secret stays behind. */
    void abandon() {
        closeExchange();
    }

    private void closeExchange() {
        wipe(deferred);
        deferred = null;
        SaslExchange open = exchange;
        if (open != null) {
            exchange = null;
            Border.MECHANISM.tell(open::close);
        }
    }

    private Credentials credentials() {
        return Objects.requireNonNull(credentials);
    }

    private SaslMechanism mechanism() {
        return Objects.requireNonNull(mechanism);
    }

    private SaslExchange exchange() {
        return Objects.requireNonNull(exchange);
    }
}
