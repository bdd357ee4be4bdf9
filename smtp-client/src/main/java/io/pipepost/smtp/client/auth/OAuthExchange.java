/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** OAUTHBEARER (RFC 7628) and XOAUTH2: the token at once, and if it is refused a reason that wants an answer. */
final class OAuthExchange extends StepwiseExchange {
    private final String beforeToken;
    private final byte[] failureAnswer;
    private @Nullable String failureDetail;

    private OAuthExchange(String mechanism, Credentials credentials, String header, byte... failureAnswer) {
        super(mechanism, 1, credentials);
        this.beforeToken = header + "\1auth=Bearer ";
        this.failureAnswer = failureAnswer;
    }

    static SaslExchange oauthBearer(Credentials credentials, SaslContext context) {
        String header =
                "n,a=%s,\1host=%s\1port=%d".formatted(saslName(credentials.user()), context.host(), context.port());
        return new OAuthExchange("OAUTHBEARER", credentials, header, (byte) 1);
    }

    static SaslExchange xoauth2(Credentials credentials) {
        return new OAuthExchange("XOAUTH2", credentials, "user=" + credentials.user());
    }

    /** RFC 5801 section 4. */
    private static String saslName(String user) {
        return user.replace("=", "=3D").replace(",", "=2C");
    }

    @Override
    public boolean hasInitialResponse() {
        return true;
    }

    @Override
    byte[] answer(int step, Credentials credentials, byte[] challenge) {
        if (step == 0) {
            return Octets.concat(beforeToken.getBytes(UTF_8), credentials.sharedSecret(), new byte[] {1, 1});
        }
        if (step > 1) {
            throw unexpected(step);
        }
        failureDetail = new String(challenge, UTF_8);
        return failureAnswer;
    }

    @Override
    public @Nullable String failureDetail() {
        return failureDetail;
    }
}
