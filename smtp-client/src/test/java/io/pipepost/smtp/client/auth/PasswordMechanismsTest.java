/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static io.pipepost.smtp.client.auth.Exchanges.answer;
import static io.pipepost.smtp.client.auth.Exchanges.answerOctets;
import static io.pipepost.smtp.client.auth.Exchanges.assertFails;
import static io.pipepost.smtp.client.auth.Exchanges.password;
import static io.pipepost.smtp.client.auth.SaslMechanism.CRAM_MD5;
import static io.pipepost.smtp.client.auth.SaslMechanism.LOGIN;
import static io.pipepost.smtp.client.auth.SaslMechanism.PLAIN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordMechanismsTest {
    private static final String POSTOFFICE = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";

    @Test
    void R_4616_01_plain() {
        SaslExchange exchange = password(PLAIN, "tim", "tanstaaftanstaaf");
        assertThat(exchange.hasInitialResponse()).isTrue();
        assertThat(exchange.isComplete()).isFalse();
        assertThat(answer(exchange, "")).isEqualTo("AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
        assertThat(exchange.isComplete()).isTrue();
        assertThat(exchange.failureDetail()).isNull();
    }

    /** The vectors with an authzid, which is left empty here, are those of the RFCs without it. */
    @ParameterizedTest
    @CsvSource({"Kurt, xipj3plmq, AEt1cnQAeGlwajNwbG1x", "test, 1234, AHRlc3QAMTIzNA=="})
    void R_4616_01_authzidIsEmpty(String user, String password, String response) {
        assertThat(answer(password(PLAIN, user, password), "")).isEqualTo(response);
    }

    @Test
    void R_4954_15_plainInUtf8() {
        assertThat(answer(password(PLAIN, "tïm", "pässwörd"), "")).isEqualTo("AHTDr20AcMOkc3N3w7ZyZA==");
    }

    @Test
    void R_4616_01_plainHasOneStep() {
        SaslExchange exchange = password(PLAIN, "tim", "secret");
        answer(exchange, "");
        assertFails(exchange, "", "PLAIN expects no challenge after response 1");
    }

    @ParameterizedTest
    @CsvSource({"VXNlcm5hbWU6, UGFzc3dvcmQ6", "VXNlciBOYW1lAA==, UGFzc3dvcmQA", "UGFzc3dvcmQ6, VXNlcm5hbWU6", "'', ''"})
    void R_LOGIN_01_promptsByPosition(String first, String second) {
        SaslExchange exchange = password(LOGIN, "tim", "tanstaaftanstaaf");
        assertThat(exchange.hasInitialResponse()).isFalse();
        assertThat(answer(exchange, first)).isEqualTo("dGlt");
        assertThat(exchange.isComplete()).isFalse();
        assertThat(answer(exchange, second)).isEqualTo("dGFuc3RhYWZ0YW5zdGFhZg==");
        assertThat(exchange.isComplete()).isTrue();
    }

    @Test
    void R_LOGIN_01_thirdChallengeFails() {
        SaslExchange exchange = password(LOGIN, "tim", "secret");
        answer(exchange, "");
        answer(exchange, "");
        assertFails(exchange, "VXNlcm5hbWU6", "LOGIN expects no challenge after response 2");
    }

    @Test
    void R_2195_01_vectorOfRfc2195() {
        SaslExchange exchange = password(CRAM_MD5, "tim", "tanstaaftanstaaf");
        assertThat(exchange.hasInitialResponse()).isFalse();
        assertThat(exchange.isComplete()).isFalse();
        assertThat(answer(exchange, POSTOFFICE)).isEqualTo("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
        assertThat(exchange.isComplete()).isTrue();
    }

    @Test
    void R_2195_01_vectorOfRfc4954() {
        assertThat(answer(
                        password(CRAM_MD5, "rjs3", "1234"),
                        "PDQxOTI5NDIzNDEuMTI4Mjg0NzJAc291cmNlZm91ci5hbmRyZXcuY211LmVkdT4="))
                .isEqualTo("cmpzMyBlYzNhNTlmZWQzOTVhYmExZWM2MzY3YzRmNGI0MWFjMA==");
    }

    @Test
    void R_2195_01_spacesInTheUserComeBeforeTheLastSpace() {
        assertThat(answerOctets(password(CRAM_MD5, "tim toady", "secret"), POSTOFFICE))
                .asString(UTF_8)
                .matches("tim toady [0-9a-f]{32}");
    }

    /** RFC 2104 section 2: keys longer than a block of MD5 are hashed first. */
    @Test
    void R_2195_01_longPasswords() {
        assertThat(answerOctets(password(CRAM_MD5, "tim", "a".repeat(80)), "Y2hhbGxlbmdl"))
                .asString(UTF_8)
                .isEqualTo("tim 2dd7c6f4984a82eac0766d01a19e8bcd");
    }

    @Test
    void R_2195_01_emptyChallengeFailsForGood() {
        SaslExchange exchange = password(CRAM_MD5, "tim", "secret");
        assertFails(exchange, "", "CRAM-MD5 needs a challenge, found an empty one");
        assertFails(exchange, POSTOFFICE, "CRAM-MD5 exchange is closed");
    }

    @Test
    void R_2195_01_secondChallengeFails() {
        SaslExchange exchange = password(CRAM_MD5, "tim", "secret");
        answer(exchange, POSTOFFICE);
        assertFails(exchange, POSTOFFICE, "CRAM-MD5 expects no challenge after response 1");
    }
}
