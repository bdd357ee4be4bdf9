/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import java.nio.CharBuffer;

/**
 * Who logs in, and with what: a {@link Password} or a {@link Token}. Immutable and safe for use by several threads.
 *
 * <p>User names and secrets are compared by servers as UTF-8 octets, and are sent as given: SASLprep (RFC 4013) is not
 * applied. The secret is held as octets for as long as the object lives, never as a {@code String}; whoever wants it out
 * of the heap sooner creates credentials when they are needed and lets go of them.
 *
 * <p>{@code toString()} shows the kind alone. Equality is identity.
 */
public abstract sealed class Credentials {
    private final String user;
    private final byte[] secret;

    private Credentials(String user, byte[] secret) {
        this.user = user;
        this.secret = secret;
    }

    /**
     * A user name and a password.
     *
     * @param user the user name, for most servers the mail address; not empty, without NUL
     * @param password the password; not empty, without NUL
     * @return the credentials
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException naming the field, if one is empty, holds NUL or is not valid
     *     Unicode
     */
    public static Credentials password(String user, String password) {
        return password(user, CharBuffer.wrap(password));
    }

    /**
     * A user name and a password, for callers that wipe theirs.
     *
     * @param user the user name, for most servers the mail address; not empty, without NUL
     * @param password the password, which is copied and left alone; not empty, without NUL
     * @return the credentials
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException naming the field, if one is empty, holds NUL or is not valid
     *     Unicode
     */
    public static Credentials password(String user, char[] password) {
        return password(user, CharBuffer.wrap(password));
    }

    private static Credentials password(String user, CharBuffer password) {
        Octets.ofField("user", CharBuffer.wrap(user), Octets.NUL);
        return new Password(user, Octets.ofField("password", password, Octets.NUL));
    }

    /**
     * A user name and an OAuth 2.0 bearer token (RFC 6750). A token is never used as a password.
     *
     * @param user the user name, for most servers the mail address; not empty, without NUL, U+0001, CR and LF
     * @param token the access token; not empty, without NUL, U+0001, CR and LF
     * @return the credentials
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException naming the field, if one is empty, holds one of these
     *     characters or is not valid Unicode
     */
    public static Credentials token(String user, String token) {
        Octets.ofField("user", CharBuffer.wrap(user), Octets.OAUTH_SEPARATORS);
        return new Token(user, Octets.ofField("token", CharBuffer.wrap(token), Octets.OAUTH_SEPARATORS));
    }

    /**
     * The user name.
     *
     * @return the name as given
     */
    public final String user() {
        return user;
    }

    /**
     * The secret, for mechanisms.
     *
     * @return a copy of the UTF-8 octets of the password or token; the caller wipes it after use
     */
    public final byte[] secret() {
        return secret.clone();
    }

    /** The octets themselves, for mechanisms that only read them: each copy less is one less to wipe. */
    final byte[] sharedSecret() {
        return secret;
    }

    /**
     * Shows the kind of credentials, neither user nor secret.
     *
     * @return for example {@code Password[***]}
     */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[***]";
    }

    /** A user name and a password. */
    public static final class Password extends Credentials {
        private Password(String user, byte[] secret) {
            super(user, secret);
        }
    }

    /** A user name and an OAuth 2.0 bearer token. */
    public static final class Token extends Credentials {
        private Token(String user, byte[] secret) {
            super(user, secret);
        }
    }
}
