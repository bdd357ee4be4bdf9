/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A command of a client (RFC 5321 section 4.1.1): a verb in upper case, one space before each argument, no trailing
 * space. {@link #display()} and {@code toString()} never show a secret.
 */
public sealed interface Command {
    /** Octets in a line, CRLF included (RFC 5321 section 4.5.3.1.4); what extensions add to that is theirs to say. */
    int MAX_LINE = 512;

    /**
     * The verb.
     *
     * @return the verb; for a line of a SASL dialogue {@link Verb#AUTH}
     */
    Verb verb();

    /**
     * Writes the line without its CRLF and without its {@linkplain #secret() secret}.
     *
     * @param line where to write
     */
    void appendTo(StringBuilder line);

    /**
     * The secret that ends the line, as ASCII octets, base64. Whoever writes it wipes every copy that it makes.
     *
     * @return the octets themselves, not a copy; null if the command holds no secret
     */
    default byte @Nullable [] secret() {
        return null;
    }

    /**
     * The number of octets of content that follow the line at once.
     *
     * @return 0 but for BDAT
     */
    default long octetsBehind() {
        return 0;
    }

    /**
     * The line for people: the secret as {@code ***}, escaped as {@link Printable} does it.
     *
     * @return the line without CRLF
     */
    default String display() {
        StringBuilder line = new StringBuilder(64);
        appendTo(line);
        if (secret() != null) {
            line.append("***");
        }
        return Printable.of(line.toString(), Integer.MAX_VALUE);
    }

    /**
     * EHLO (RFC 5321 section 4.1.1.1).
     *
     * @param name the client's name
     */
    record Ehlo(EhloName name) implements Command {
        @Override
        public Verb verb() {
            return Verb.EHLO;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("EHLO ").append(name);
        }
    }

    /**
     * HELO (RFC 5321 section 4.1.1.1).
     *
     * @param name the client's name
     */
    record Helo(EhloName name) implements Command {
        @Override
        public Verb verb() {
            return Verb.HELO;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("HELO ").append(name);
        }
    }

    /** The commands without an argument. */
    enum Simple implements Command {
        /** STARTTLS (RFC 3207 section 4). */
        STARTTLS(Verb.STARTTLS),
        /** DATA (RFC 5321 section 4.1.1.4). */
        DATA(Verb.DATA),
        /** RSET (RFC 5321 section 4.1.1.5). */
        RSET(Verb.RSET),
        /** NOOP (RFC 5321 section 4.1.1.9). */
        NOOP(Verb.NOOP),
        /** HELP (RFC 5321 section 4.1.1.8). */
        HELP(Verb.HELP),
        /** QUIT (RFC 5321 section 4.1.1.10). */
        QUIT(Verb.QUIT);

        private final Verb verb;

        Simple(Verb verb) {
            this.verb = verb;
        }

        @Override
        public Verb verb() {
            return verb;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append(verb.name());
        }
    }

    /**
     * VRFY, EXPN or HELP with a string (RFC 5321 sections 4.1.1.6 to 4.1.1.8).
     *
     * @param verb one of the three
     * @param argument an Atom, or any printable ASCII text, which is then quoted
     */
    record Query(Verb verb, String argument) implements Command {
        /** Checks verb and argument. */
        public Query {
            if (verb != Verb.VRFY && verb != Verb.EXPN && verb != Verb.HELP) {
                throw new SmtpSyntaxException("Only VRFY, EXPN and HELP take a string, found " + verb, -1);
            }
            Text.requirePrintableAscii(verb + " argument", argument);
            if (argument.isEmpty()) {
                throw new SmtpSyntaxException(verb + " argument is empty", 0);
            }
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append(verb.name()).append(' ');
            if (argument.chars().allMatch(c -> c > ' ' && "()<>[]:;,\\\"".indexOf(c) < 0)) {
                line.append(argument);
                return;
            }
            line.append('"');
            for (int i = 0; i < argument.length(); i++) {
                char c = argument.charAt(i);
                if (c == '"' || c == '\\') {
                    line.append('\\');
                }
                line.append(c);
            }
            line.append('"');
        }
    }

    /**
     * MAIL (RFC 5321 section 4.1.1.2).
     *
     * @param from the reverse-path
     * @param parameters the parameters
     */
    record Mail(ReversePath from, MailParameters parameters) implements Command {
        @Override
        public Verb verb() {
            return Verb.MAIL;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("MAIL FROM:<").append(from).append('>');
            parameters.appendTo(line);
        }
    }

    /**
     * RCPT (RFC 5321 section 4.1.1.3).
     *
     * @param to the forward-path
     */
    record Rcpt(ForwardPath to) implements Command {
        @Override
        public Verb verb() {
            return Verb.RCPT;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("RCPT TO:<").append(to).append('>');
        }
    }

    /**
     * {@code BDAT n} or {@code BDAT n LAST} (RFC 3030 section 2): a chunk of content.
     *
     * @param size exact number of octets that follow
     * @param last whether the content ends with this chunk
     */
    record Bdat(long size, boolean last) implements Command {
        /** Checks the size. */
        public Bdat {
            if (size < 0) {
                throw new SmtpSyntaxException("BDAT takes a size, found " + size, -1);
            }
        }

        @Override
        public Verb verb() {
            return Verb.BDAT;
        }

        @Override
        public long octetsBehind() {
            return size;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("BDAT ").append(size).append(last ? " LAST" : "");
        }
    }

    /**
     * AUTH (RFC 4954 section 4). Not a record: a secret must not take part in equality or printing.
     *
     * <p>Holds its secret until whoever sent it overwrites the octets.
     */
    final class Auth implements Command {
        private final String mechanism;
        private final byte @Nullable [] initialResponse;

        /**
         * Creates the command.
         *
         * @param mechanism the mechanism's registered name
         * @param initialResponse base64 in ASCII octets, {@code =} for an empty one, or null for none; not copied
         * @throws SmtpSyntaxException if the mechanism's name is malformed or the response is not base64
         */
        public Auth(String mechanism, byte @Nullable [] initialResponse) {
            this.mechanism = requireMechanism(mechanism);
            if (initialResponse != null && requireBase64(initialResponse).length == 0) {
                throw new SmtpSyntaxException("An empty initial response is written as =", -1);
            }
            this.initialResponse = initialResponse;
        }

        private static String requireMechanism(String name) {
            boolean valid = !name.isEmpty()
                    && name.length() <= 20
                    && name.chars()
                            .allMatch(c -> (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
            if (!valid) {
                throw new SmtpSyntaxException(
                        "A SASL mechanism's name is 1 to 20 upper-case letters, digits, hyphens and underscores", -1);
            }
            return name;
        }

        @Override
        public Verb verb() {
            return Verb.AUTH;
        }

        @Override
        public void appendTo(StringBuilder line) {
            line.append("AUTH ").append(mechanism);
            if (initialResponse != null) {
                line.append(' ');
            }
        }

        @Override
        public byte @Nullable [] secret() {
            return initialResponse;
        }

        @Override
        public String toString() {
            return display();
        }
    }

    /** A client's line inside a SASL dialogue (RFC 4954 section 4): a response, or the {@code *} that cancels. */
    final class AuthResponse implements Command {
        private final byte[] response;

        /**
         * Creates the line.
         *
         * @param response base64 in ASCII octets, perhaps empty; not copied
         * @throws SmtpSyntaxException if it is not base64
         */
        public AuthResponse(byte[] response) {
            this.response = requireBase64(response);
        }

        private AuthResponse() {
            this.response = new byte[] {'*'};
        }

        /**
         * The line that cancels the dialogue.
         *
         * @return {@code *}
         */
        public static AuthResponse cancel() {
            return new AuthResponse();
        }

        @Override
        public Verb verb() {
            return Verb.AUTH;
        }

        @Override
        public void appendTo(StringBuilder line) {}

        @Override
        public byte[] secret() {
            return response;
        }

        @Override
        public String toString() {
            return display();
        }
    }

    private static byte[] requireBase64(byte[] octets) {
        for (byte b : octets) {
            if (!Text.isLetterOrDigit((char) (b & 0xFF)) && b != '+' && b != '/' && b != '=') {
                throw new SmtpSyntaxException("A SASL response is base64, found another octet", -1);
            }
        }
        return octets;
    }
}
