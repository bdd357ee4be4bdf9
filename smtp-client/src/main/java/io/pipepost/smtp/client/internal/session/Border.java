/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
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
 * Calls are guarded for {@link Throwable}, settle first and log second.
 */
public enum Border {
    /** {@code SendThrottle}; asked by {@code PermitGate}. */
    THROTTLE("The throttle"),

    /** {@code SmtpObserver}, and what stands behind it, such as a transcript's consumer; told by {@link GuardedObserver}. */
    OBSERVER("The observer"),

    /** What gives the credentials of a connection; asked by {@link Authentication}. */
    CREDENTIALS("The source of the credentials"),

    /** {@code SaslMechanism} and its exchanges; asked by {@link AuthPlan} and {@link Authentication}. */
    MECHANISM("The SASL mechanism"),

    /** The publisher that {@code sendAll} reads; by {@code MessageFlow}. */
    MESSAGES("The source of the messages"),

    /** The executor that completes futures; given work by {@code Delivery}. */
    CALLBACK_EXECUTOR("The callback executor");

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

    /** S-22: what the source of the credentials says may hold them. And even this is somebody else's code. */
    private String textOf(Throwable thrown) {
        try {
            return this == CREDENTIALS ? thrown.getClass().getName() : thrown.toString();
        } catch (Throwable another) {
            return thrown.getClass().getName();
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
        LOG.warn("{}; the client goes on", threw(thrown), thrown);
    }

    /**
     * Asks what may be answered later, on any thread.
     *
     * @param question calls somebody else's code
     * @param expected such as "a response"
     * @return completes once, with null too; fails with {@link Fault} if the question was not taken
     */
    public <T> CompletableFuture<T> ask(Supplier<? extends @Nullable CompletionStage<T>> question, String expected) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            CompletionStage<T> stage = get(question, "a stage of " + expected);
            stage.whenComplete((value, error) -> {
                if (error == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(unwrapped(error));
                }
            });
        } catch (Throwable e) {
            answer.completeExceptionally(fault(e));
        }
        return answer;
    }

    private static Throwable unwrapped(Throwable error) {
        return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    }
}
