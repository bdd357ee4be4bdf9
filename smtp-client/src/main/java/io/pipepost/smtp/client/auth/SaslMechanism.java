/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import java.util.List;

/**
 * A way to log in (RFC 4422). Implementations hold no state of an attempt and are safe for use by several threads.
 *
 * <p>All built-in mechanisms are meant for connections protected by TLS: PLAIN, LOGIN, XOAUTH2 and OAUTHBEARER show the
 * secret to whoever reads along, and CRAM-MD5 shows what suffices to guess it.
 */
public interface SaslMechanism {
    /**
     * PLAIN (RFC 4616), without an authorization identity.
     *
     * <pre>
     * C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
     * S: 235 2.7.0 ok
     * </pre>
     */
    SaslMechanism PLAIN =
            new BuiltInMechanism("PLAIN", Credentials.Password.class, (who, where) -> new PlainExchange(who));

    /**
     * LOGIN, never standardized and widely used. The first challenge is answered with the user, the second with the
     * password, whatever their text says.
     *
     * <pre>
     * C: AUTH LOGIN
     * S: 334 VXNlcm5hbWU6
     * C: dGlt
     * S: 334 UGFzc3dvcmQ6
     * C: dGFuc3RhYWZ0YW5zdGFhZg==
     * S: 235 2.7.0 ok
     * </pre>
     */
    SaslMechanism LOGIN =
            new BuiltInMechanism("LOGIN", Credentials.Password.class, (who, where) -> new LoginExchange(who));

    /**
     * CRAM-MD5 (RFC 2195).
     *
     * <pre>
     * C: AUTH CRAM-MD5
     * S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
     * C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
     * S: 235 2.7.0 ok
     * </pre>
     */
    SaslMechanism CRAM_MD5 =
            new BuiltInMechanism("CRAM-MD5", Credentials.Password.class, (who, where) -> new CramMd5Exchange(who));

    /**
     * XOAUTH2, the bearer tokens of Google and Microsoft. A failure comes as a challenge with JSON, which is answered
     * with an empty line.
     *
     * <pre>
     * C: AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5...
     * S: 334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIi...
     * C:
     * S: 535 5.7.8 no
     * </pre>
     */
    SaslMechanism XOAUTH2 =
            new BuiltInMechanism("XOAUTH2", Credentials.Token.class, (who, where) -> OAuthExchange.xoauth2(who));

    /**
     * OAUTHBEARER (RFC 7628). A failure comes as a challenge with JSON, which is answered with the octet 0x01.
     *
     * <pre>
     * C: AUTH OAUTHBEARER bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1w...
     * S: 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=
     * C: AQ==
     * S: 535 5.7.8 no
     * </pre>
     */
    SaslMechanism OAUTHBEARER =
            new BuiltInMechanism("OAUTHBEARER", Credentials.Token.class, OAuthExchange::oauthBearer);

    /**
     * The built-in mechanisms in the order in which they are tried, strongest first; unmodifiable. Those that do not
     * accept the credentials at hand are passed over.
     */
    List<SaslMechanism> DEFAULTS = List.of(OAUTHBEARER, XOAUTH2, CRAM_MD5, PLAIN, LOGIN);

    /**
     * The name with which servers offer the mechanism.
     *
     * @return the registered name (RFC 4422 section 3.1): 1 to 20 of A to Z, 0 to 9, {@code -} and {@code _}
     */
    String name();

    /**
     * Whether the mechanism works with such credentials. Of the built-in mechanisms, PLAIN, LOGIN and CRAM-MD5 take
     * a {@link Credentials.Password}, OAUTHBEARER and XOAUTH2 a {@link Credentials.Token}.
     *
     * @param credentials the credentials
     * @return whether {@link #start} takes them
     */
    boolean accepts(Credentials credentials);

    /**
     * Starts an attempt. Called on the connection's event loop and must not block; what takes time belongs into
     * {@link SaslExchange#respond}.
     *
     * @param credentials credentials that the mechanism {@linkplain #accepts accepts}
     * @param context the connection
     * @return a new exchange, which the caller closes
     * @throws IllegalArgumentException if the mechanism does not accept the credentials
     */
    SaslExchange start(Credentials credentials, SaslContext context);
}
