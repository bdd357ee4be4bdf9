/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.Disposition;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void keepsTheOrderOfFields() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("z", 1);
        map.put("a", List.of(true, 2L, Disposition.NOT_SENT));
        map.put("n", null);
        assertThat(Json.write(map)).isEqualTo("{\"z\":1,\"a\":[true,2,\"not-sent\"],\"n\":null}");
    }

    @Test
    void writesEmptyCollectionsAndNulls() {
        assertThat(Json.write(Arrays.asList(null, List.of(), Map.of()))).isEqualTo("[null,[],{}]");
    }

    @Test
    void escapesWhatEndsStringsOrLinesOrMovesCursors() {
        assertThat(Json.write("a\"b\\c\r\n\t\0\u001b[2J\u007f\u0085\u2028"))
                .isEqualTo("\"a\\\"b\\\\c\\u000d\\u000a\\u0009\\u0000\\u001b[2J\\u007f\\u0085\\u2028\"");
    }

    @Test
    void leavesTheRestAsItIs() {
        assertThat(Json.write("Zażółć ✉ 😀 /")).isEqualTo("\"Zażółć ✉ 😀 /\"");
    }

    @Test
    void escapesHalfASurrogatePair() {
        assertThat(Json.write("x" + (char) 0xD83D + "y")).isEqualTo("\"x\\ud83dy\"");
    }

    /** S-49: as the escapes of JSON, so that nothing of the text is lost. */
    @Test
    void s49_escapesWhatTurnsOrHidesText() {
        assertThat(Json.write("\u009b\u202e\u2066\u200b\ufeff" + Character.toString(0xE0041)))
                .isEqualTo("\"\\u009b\\u202e\\u2066\\u200b\\ufeff\\udb40\\udc41\"");
    }
}
