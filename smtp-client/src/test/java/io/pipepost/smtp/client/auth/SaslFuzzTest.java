/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;

/** Any challenges, in any number, for each mechanism. */
@Tag("exhaustive")
class SaslFuzzTest {
    private static final int MOST = 12;

    /** R-4954-06, S-18, S-19, S-21: answered or given up, once for each; what was given up stays so. */
    @FuzzTest
    void challengesAreAnsweredOrGivenUp(byte[] challenges) {
        for (SaslMechanism mechanism : SaslMechanism.DEFAULTS) {
            Credentials credentials = Credentials.password("tim", "open sesame");
            if (!mechanism.accepts(credentials)) {
                credentials = Credentials.token("tim", "open sesame");
            }
            SaslExchange exchange = mechanism.start(credentials, Exchanges.CONTEXT);
            int answers = 0;
            boolean failed = false;
            for (byte[] challenge : lines(challenges)) {
                CompletableFuture<byte[]> answer = exchange.respond(challenge).toCompletableFuture();
                assertThat(answer).isDone();
                failed |= answer.isCompletedExceptionally();
                assertThat(answer.isCompletedExceptionally()).isEqualTo(failed);
                assertThat(failed && exchange.isComplete()).isFalse();
                answers += failed ? 0 : 1;
            }
            assertThat(answers).isLessThanOrEqualTo(2);
            assertThat(exchange.toString()).doesNotContain("sesame");
            exchange.close();
        }
    }

    private static byte[][] lines(byte[] octets) {
        String[] lines = new String(octets, java.nio.charset.StandardCharsets.ISO_8859_1).split("\n", MOST);
        byte[][] challenges = new byte[lines.length][];
        for (int i = 0; i < lines.length; i++) {
            challenges[i] = lines[i].getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        }
        return challenges;
    }
}
