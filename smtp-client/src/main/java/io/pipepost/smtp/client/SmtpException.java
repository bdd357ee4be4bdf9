/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Root of all failures that futures of this library carry. A future of {@code send} fails only if nobody was accepted;
 * {@link #recipients()} then says for each recipient what is known. The leaves differ by what a caller can do.
 *
 * <p>Without a stack trace of its own: it is made on an event loop, whose stack says nothing about the caller.
 */
public abstract sealed class SmtpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;
    private final transient List<RecipientResult> recipients;

    private SmtpException(Failure failure, List<RecipientResult> recipients) {
        super(failure.message(), failure.origin(), false, false);
        this.failure = failure;
        this.recipients = List.copyOf(recipients);
    }

    /**
     * The exception that fits a failure.
     *
     * @param failure what went wrong
     * @param recipients results of the recipients of the message concerned; empty if there is none
     * @return one of the leaves
     */
    public static SmtpException of(Failure failure, List<RecipientResult> recipients) {
        return switch (failure.cause()) {
            case REJECTED -> new Rejected(failure, recipients);
            case INVALID_ARGUMENT,
                    EXTENSION_MISSING,
                    MESSAGE_TOO_LARGE,
                    CONTENT_FAILED,
                    CANCELLED,
                    OVERLOADED,
                    CLIENT_CLOSED -> new Request(failure, recipients);
            case CONNECT_FAILED, CONNECTION_LOST, SERVER_CLOSING, TLS_REQUIRED, TLS_FAILED, TLS_INJECTION ->
                new Connection(failure, recipients);
            case AUTH_FAILED, AUTH_UNAVAILABLE -> new Authentication(failure, recipients);
            case TIMEOUT -> new Timeout(failure, recipients);
            case PROTOCOL_VIOLATION -> new Protocol(failure, recipients);
        };
    }

    /**
     * What went wrong.
     *
     * @return the failure that decided
     */
    public Failure failure() {
        return failure;
    }

    /**
     * The step in which it went wrong.
     *
     * @return the phase
     */
    public Phase phase() {
        return failure.phase();
    }

    /**
     * The reply that came with the failure.
     *
     * @return the reply, or null
     */
    public @Nullable Reply reply() {
        return failure.reply();
    }

    /**
     * What is known about each recipient.
     *
     * @return one result for each recipient, in the order of the envelope; empty if no message is concerned
     */
    public List<RecipientResult> recipients() {
        return recipients;
    }

    /**
     * Tells whether the same attempt may succeed later for at least one recipient.
     *
     * @return true if trying again unchanged makes sense; check {@link #mayHaveBeenDelivered()} before
     */
    public boolean isTransient() {
        if (recipients.isEmpty()) {
            return failure.isTransient();
        }
        return recipients.stream().anyMatch(this::isTransient);
    }

    private boolean isTransient(RecipientResult result) {
        return switch (result.disposition()) {
            case REJECTED_TEMPORARY, INDETERMINATE -> true;
            case REJECTED_PERMANENT, ACCEPTED -> false;
            case NOT_SENT -> failure.isTransient();
        };
    }

    /**
     * Tells whether the server may have the message all the same, so that sending it again may make a duplicate.
     *
     * @return true if the outcome for any recipient is {@link Disposition#INDETERMINATE}
     */
    public boolean mayHaveBeenDelivered() {
        return recipients.stream().anyMatch(result -> result.disposition() == Disposition.INDETERMINATE);
    }

    /** The server refused with a reply: look at its code, and at each recipient's. */
    public static final class Rejected extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Rejected(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }

    /** The request itself cannot be met, or was given up, before any of it was handed over. */
    public static final class Request extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Request(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }

    /** The connection, or its TLS, could not be had or was lost. */
    public static final class Connection extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Connection(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }

    /** The credentials were refused, or there is no acceptable way to present them. */
    public static final class Authentication extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Authentication(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }

    /** A step took longer than its timeout. */
    public static final class Timeout extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Timeout(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }

    /** The server broke the rules of the protocol. */
    public static final class Protocol extends SmtpException {
        private static final long serialVersionUID = 1L;

        private Protocol(Failure failure, List<RecipientResult> recipients) {
            super(failure, recipients);
        }
    }
}
