/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;

/** Drives an exchange in base64, as the vectors of the specifications are written. */
final class Exchanges {
    static final SaslContext CONTEXT = new SaslContext("server.example.com", 587);

    private Exchanges() {}

    static SaslExchange password(SaslMechanism mechanism, String user, String password) {
        return mechanism.start(Credentials.password(user, password), CONTEXT);
    }

    static SaslExchange token(SaslMechanism mechanism, String user, String token) {
        return mechanism.start(Credentials.token(user, token), CONTEXT);
    }

    static String answer(SaslExchange exchange, String challenge) {
        return Base64.getEncoder().encodeToString(answerOctets(exchange, challenge));
    }

    static byte[] answerOctets(SaslExchange exchange, String challenge) {
        byte[] octets = Base64.getDecoder().decode(challenge);
        return exchange.respond(octets).toCompletableFuture().join();
    }

    static void assertFails(SaslExchange exchange, String challenge, String message) {
        byte[] octets = Base64.getDecoder().decode(challenge);
        assertThatThrownBy(exchange.respond(octets).toCompletableFuture()::join)
                .hasCauseInstanceOf(IllegalStateException.class)
                .cause()
                .hasMessage(message);
        assertThat(exchange.isComplete()).isFalse();
    }
}
