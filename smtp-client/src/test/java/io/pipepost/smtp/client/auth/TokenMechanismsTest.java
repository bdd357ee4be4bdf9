/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static io.pipepost.smtp.client.auth.Exchanges.answer;
import static io.pipepost.smtp.client.auth.Exchanges.answerOctets;
import static io.pipepost.smtp.client.auth.Exchanges.assertFails;
import static io.pipepost.smtp.client.auth.Exchanges.token;
import static io.pipepost.smtp.client.auth.SaslMechanism.OAUTHBEARER;
import static io.pipepost.smtp.client.auth.SaslMechanism.XOAUTH2;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TokenMechanismsTest {
    private static final String INVALID_TOKEN = "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=";

    @Test
    void R_7628_01_oauthBearer() {
        SaslExchange exchange = token(OAUTHBEARER, "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        assertThat(exchange.hasInitialResponse()).isTrue();
        assertThat(exchange.isComplete()).isFalse();
        assertThat(answer(exchange, ""))
                .isEqualTo("bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyI"
                        + "HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
        assertThat(exchange.isComplete()).isTrue();
        assertThat(exchange.failureDetail()).isNull();
    }

    @Test
    void S_20_oauthBearerEscapesCommaAndEqualsSignInTheUser() {
        assertThat(answerOctets(token(OAUTHBEARER, "a,b=c", "t"), ""))
                .asString(UTF_8)
                .isEqualTo("n,a=a=2Cb=3Dc,\1host=server.example.com\1port=587\1auth=Bearer t\1\1");
    }

    @Test
    void R_7628_02_oauthBearerAnswersAFailureWithOneOctet() {
        SaslExchange exchange = token(OAUTHBEARER, "user@example.com", "t");
        answer(exchange, "");
        assertThat(answer(exchange, INVALID_TOKEN)).isEqualTo("AQ==");
        assertThat(exchange.failureDetail()).isEqualTo("{\"status\":\"invalid_token\"}");
        assertThat(exchange.isComplete()).as("a 235 after a failure").isFalse();
    }

    @Test
    void R_7628_02_secondFailureChallengeFails() {
        SaslExchange exchange = token(OAUTHBEARER, "user@example.com", "t");
        answer(exchange, "");
        answer(exchange, INVALID_TOKEN);
        assertFails(exchange, INVALID_TOKEN, "OAUTHBEARER expects no challenge after response 2");
    }

    @Test
    void R_XOA_01_xoauth2() {
        SaslExchange exchange = token(XOAUTH2, "someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        assertThat(exchange.hasInitialResponse()).isTrue();
        assertThat(answer(exchange, ""))
                .isEqualTo("dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhk"
                        + "SFJoZG1semRHRXVZMjl0Q2cBAQ==");
        assertThat(exchange.isComplete()).isTrue();
    }

    @Test
    void R_XOA_01_xoauth2AnswersAFailureWithAnEmptyResponse() {
        SaslExchange exchange = token(XOAUTH2, "someuser@example.com", "t");
        answer(exchange, "");
        assertThat(
                        answerOctets(
                                exchange,
                                "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="))
                .isEmpty();
        assertThat(exchange.failureDetail())
                .isEqualTo("{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"https://mail.google.com/\"}");
        assertThat(exchange.isComplete()).isFalse();
        assertFails(exchange, "", "XOAUTH2 expects no challenge after response 2");
        assertThat(exchange.failureDetail()).startsWith("{\"status\":\"401\"");
    }

    @Test
    void failureDetailComesAsItIs() {
        SaslExchange exchange = token(XOAUTH2, "someuser@example.com", "t");
        answer(exchange, "");
        exchange.respond(new byte[] {'x', 0x1B, '\r', (byte) 0xFF});
        assertThat(exchange.failureDetail()).isEqualTo("x\u001B\r\uFFFD");
    }

    @Test
    void S_22_wipingAFailureAnswerLeavesTheNextAlone() {
        byte[] first = failureAnswer();
        Arrays.fill(first, (byte) 0);
        assertThat(failureAnswer()).containsExactly(1);
    }

    private static byte[] failureAnswer() {
        SaslExchange exchange = token(OAUTHBEARER, "user@example.com", "t");
        answer(exchange, "");
        return answerOctets(exchange, INVALID_TOKEN);
    }
}
