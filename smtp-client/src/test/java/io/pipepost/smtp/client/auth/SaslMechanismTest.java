/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaslMechanismTest {
    private static final List<SaslMechanism> ALL = SaslMechanism.DEFAULTS;
    private static final Credentials PASSWORD = Credentials.password("tim", "open sesame");
    private static final Credentials TOKEN = Credentials.token("tim", "open sesame");

    @Test
    void R_4954_03_strongestFirst() {
        assertThat(namesFor(PASSWORD)).containsExactly("CRAM-MD5", "PLAIN", "LOGIN");
        assertThat(namesFor(TOKEN)).containsExactly("OAUTHBEARER", "XOAUTH2");
    }

    private static List<String> namesFor(Credentials credentials) {
        return ALL.stream()
                .filter(mechanism -> mechanism.accepts(credentials))
                .map(SaslMechanism::name)
                .toList();
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void R_4954_03_aTokenIsNoPassword(SaslMechanism mechanism) {
        Credentials other = mechanism.accepts(PASSWORD) ? TOKEN : PASSWORD;
        assertThat(mechanism.accepts(other)).isFalse();
        assertThatThrownBy(() -> mechanism.start(other, Exchanges.CONTEXT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(mechanism.name() + " takes a ")
                .hasMessageEndingWith("found " + other);
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void S_21_nothingPrintsASecret(SaslMechanism mechanism) {
        SaslExchange exchange = start(mechanism);
        exchange.respond("challenge".getBytes(UTF_8));
        assertThat(mechanism).hasToString(mechanism.name());
        assertThat(exchange.toString()).doesNotContain("sesame");
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void S_22_responsesBelongToTheCaller(SaslMechanism mechanism) {
        byte[] first = lastResponse(mechanism);
        byte[] expected = first.clone();
        Arrays.fill(first, (byte) 0);
        assertThat(lastResponse(mechanism)).isEqualTo(expected);
    }

    private static byte[] lastResponse(SaslMechanism mechanism) {
        SaslExchange exchange = start(mechanism);
        byte[] response = new byte[0];
        while (!exchange.isComplete()) {
            response = exchange.respond("challenge".getBytes(UTF_8))
                    .toCompletableFuture()
                    .join();
        }
        return response;
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void S_22_closedExchangesAnswerNothing(SaslMechanism mechanism) {
        SaslExchange exchange = start(mechanism);
        exchange.close();
        exchange.close();
        Exchanges.assertFails(exchange, "Y2hhbGxlbmdl", mechanism + " exchange is closed");
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void closingKeepsTheOutcome(SaslMechanism mechanism) {
        SaslExchange exchange = start(mechanism);
        while (!exchange.isComplete()) {
            exchange.respond("challenge".getBytes(UTF_8));
        }
        exchange.close();
        assertThat(exchange.isComplete()).isTrue();
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void closingLeavesTheCredentialsAlone(SaslMechanism mechanism) {
        start(mechanism).close();
        assertThat(PASSWORD.secret()).asString(UTF_8).isEqualTo("open sesame");
        assertThat(TOKEN.secret()).asString(UTF_8).isEqualTo("open sesame");
    }

    private static SaslExchange start(SaslMechanism mechanism) {
        return mechanism.start(mechanism.accepts(TOKEN) ? TOKEN : PASSWORD, Exchanges.CONTEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\1port=25", "a b", "a\r\n", "m\u00FCller.example"})
    void S_20_hostsShiftNoFields(String host) {
        assertThatThrownBy(() -> new SaslContext(host, 587))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageStartingWith("host must ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65536})
    void portsAreInRange(int port) {
        assertThatThrownBy(() -> new SaslContext("a", port))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessage("port must be 1 to 65535, found " + port);
    }
}
