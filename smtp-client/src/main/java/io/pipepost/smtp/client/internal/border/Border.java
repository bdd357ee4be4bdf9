/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.border;

import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.StreamReader;
import io.pipepost.smtp.client.internal.opening.AuthPlan;
import io.pipepost.smtp.client.internal.opening.Authentication;
import io.pipepost.smtp.client.internal.opening.Handshake;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places where code is called that is not this client's own. It may throw anything, give null, answer never, twice or on
 * another thread; whatever it does, every message is settled and every place given back, and it is said whose fault it was.
 * Calls are guarded for {@link Throwable}, settle first and log second. {@code BordersTest} tries each misdeed at each of them.
 *
 * <p>What is called on the thread of a caller who waits for it throws to that caller, and is no border: the iterator of a
 * stream, and the messages of Jakarta Mail. Callbacks of futures are called by {@link CompletableFuture}, which keeps what they
 * throw.
 */
public enum Border {
    /** {@code SendThrottle}; asked by {@code PermitGate} and {@code LocalThrottles}. */
    THROTTLE("The throttle"),

    /** {@code SmtpObserver}, and what stands behind it, such as a transcript's consumer; told by {@link GuardedObserver}. */
    OBSERVER("The observer"),

    /** What gives the credentials of a connection; asked by {@link Authentication}. */
    CREDENTIALS("The source of the credentials"),

    /** {@code SaslMechanism} and its exchanges; asked by {@link AuthPlan} and {@link Authentication}. */
    MECHANISM("The SASL mechanism"),

    /** What {@code sendAll} reads; by {@code MessageFlow} and {@code OutcomeSpliterator}. */
    MESSAGES("The source of the messages"),

    /** Who takes the outcomes of {@code sendAll}; told by {@code MessageFlow}. */
    SUBSCRIBER("The subscriber"),

    /** {@code ContentSigner}; asked by {@code Signing}. */
    SIGNER("The signer"),

    /** The publisher of content, and what makes it; read by {@link StreamReader}. */
    CONTENT("The content's source"),

    /** The executor that reads files and signs; given work by {@link ContentPreparation}, {@code Signing}, {@code BlockPublisher}. */
    BLOCKING_EXECUTOR("The executor for blocking work"),

    /** The executor that completes futures; given work by {@code Delivery}. */
    CALLBACK_EXECUTOR("The callback executor"),

    /** Netty's resolver of names, or another; asked by {@code Connection}. */
    RESOLVER("The resolver of names"),

    /** {@code TrustManagerFactory} and its trust manager; asked by {@code TlsSupport} and {@code ServerTrust}. */
    TRUST("The trust manager"),

    /** What makes and describes TLS, of Netty, OpenSSL and the JDK; asked by {@link Handshake} and {@code OwnContext}. */
    TLS("The TLS engine"),

    /** The caller's event loops; given work by {@link Loops}, {@code Connection} and whoever watches the time. */
    EVENT_LOOPS("The event loops");

    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.border");

    private final String who;

    Border(String who) {
        this.who = who;
    }

    /** What code of somebody else's threw, or did not give; says whose fault it was. */
    public static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Fault(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /**
         * The failure that comes of it.
         *
         * @param cause its kind
         * @param phase the step
         * @return a failure whose origin is what was thrown
         */
        public Failure toFailure(FailureCause cause, Phase phase) {
            return new Failure(cause, phase, String.valueOf(getMessage()), null, origin());
        }

        /**
         * What was thrown.
         *
         * @return this, if nothing was
         */
        public Throwable origin() {
            return getCause() == null ? this : getCause();
        }
    }

    /**
     * Says whose fault it was.
     *
     * @param thrown what was thrown
     * @return a sentence without an end
     */
    public String threw(Throwable thrown) {
        return who + " threw " + textOf(thrown);
    }

    /**
     * What was thrown, in words; even that is somebody else's code. S-22: what the source of the credentials says may hold
     * them.
     *
     * @param thrown what was thrown
     * @return its name, and its message if that may be told
     */
    public String textOf(Throwable thrown) {
        return this == CREDENTIALS ? thrown.getClass().getName() : Words.of(thrown);
    }

    /**
     * Why something failed that may fail, such as a stage.
     *
     * @param error what it failed of
     * @return its message alone, if it has one and is no {@link Error}
     */
    public String reasonOf(Throwable error) {
        try {
            String message = error.getMessage();
            return message == null || error instanceof Error ? textOf(error) : message;
        } catch (Throwable another) {
            return textOf(error);
        }
    }

    /**
     * Says whose answer did not come.
     *
     * @return a sentence without an end
     */
    public String silent() {
        return who + " has not answered";
    }

    /**
     * Null came where it must not.
     *
     * @param expected such as "a response"
     * @return says whose fault it was
     */
    public Fault gaveNull(String expected) {
        return new Fault(who + " gave null, expected " + expected, null);
    }

    /**
     * Something was thrown.
     *
     * @param thrown what was thrown
     * @return says whose fault it was
     */
    public Fault fault(Throwable thrown) {
        return thrown instanceof Fault known ? known : new Fault(threw(thrown), thrown);
    }

    /**
     * Asks what is answered at once.
     *
     * @param question calls somebody else's code
     * @param expected such as "a response"
     * @return the answer
     * @throws Fault if it throws, or gives null
     */
    public <T> T get(Supplier<? extends @Nullable T> question, String expected) {
        T answer;
        try {
            answer = question.get();
        } catch (Throwable e) {
            throw fault(e);
        }
        if (answer == null) {
            throw gaveNull(expected);
        }
        return answer;
    }

    /**
     * Calls what nothing depends on: what it throws is logged.
     *
     * @param call calls somebody else's code
     */
    public void tell(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            log(e);
        }
    }

    /**
     * Logs what was thrown, once all who wait have been told.
     *
     * @param thrown what was thrown
     */
    public void log(Throwable thrown) {
        warn(LOG, threw(thrown) + "; the client goes on", thrown);
    }

    /**
     * Logs what was thrown. A logger asks it for its words, which is somebody else's code once more, and may throw itself.
     *
     * @param log where to
     * @param what says what happened
     * @param thrown what was thrown
     */
    public static void warn(Logger log, String what, Throwable thrown) {
        if (!isDone(() -> log.warn(what, thrown))) {
            isDone(() -> log.warn(what));
        }
    }

    private static boolean isDone(Runnable logging) {
        try {
            logging.run();
            return true;
        } catch (Throwable e) {
            return false;
        }
    }

    /**
     * Asks what may be answered later, on any thread; whoever cancels the answer cancels the question.
     *
     * @param question calls somebody else's code
     * @param expected such as "a response"
     * @return completes once, with null too; fails with {@link Fault} if the question was not taken
     */
    public <T> CompletableFuture<T> ask(Supplier<? extends @Nullable CompletionStage<T>> question, String expected) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            CompletionStage<T> stage = get(question, "a stage of " + expected);
            if (stage instanceof CompletableFuture<T> known && known.isDone() && !known.isCompletedExceptionally()) {
                return known;
            }
            stage.whenComplete((value, error) -> {
                if (error == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(speakable(unwrapped(error)));
                }
            });
            if (!answer.isDone()) {
                answer.whenComplete((value, error) -> {
                    if (error instanceof CancellationException) {
                        withdraw(stage);
                    }
                });
            }
        } catch (Throwable e) {
            answer.completeExceptionally(fault(e));
        }
        return answer;
    }

    private void withdraw(CompletionStage<?> stage) {
        tell(() -> {
            try {
                stage.toCompletableFuture().cancel(true);
            } catch (UnsupportedOperationException e) {
                // A stage need not be a future; then it goes on for nothing.
            }
        });
    }

    /** A future's dependents are told by way of its error's own words, or not at all if these throw. */
    private Throwable speakable(Throwable error) {
        try {
            return error.toString() == null ? fault(error) : error;
        } catch (Throwable another) {
            return fault(error);
        }
    }

    /** What a stage failed of, without the exception that only carries it. */
    public static Throwable unwrapped(Throwable error) {
        return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    }
}
