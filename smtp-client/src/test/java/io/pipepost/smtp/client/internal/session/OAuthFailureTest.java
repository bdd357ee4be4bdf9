/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OAuthFailureTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"status\":\"invalid_token\"}|invalid_token",
                "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"https://mail.google.com/\"}|401",
                "{\"scope\":\"a b\", \"status\" : 400 }|400",
                "not JSON, \"status\":\"insufficient_scope\"|insufficient_scope",
                "{\"error\":{\"status\":\"denied\"|denied"
            })
    void R_7628_02_status(String json, String status) {
        assertThat(OAuthFailure.status(json)).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "invalid_token",
                "{\"status\":}",
                "{\"status\":null}",
                "{\"status\":\"cut of",
                "{\"status\":\"\"}",
                "{\"status\":\"a\\u001bb\"}",
                "{\"status\":\"a\u001Bb\"}",
                "{\"status\":\"two words\"}",
                "{'status':'401'}"
            })
    void R_7628_02_nothingToShow(String json) {
        assertThat(OAuthFailure.status(json)).isNull();
    }
}
