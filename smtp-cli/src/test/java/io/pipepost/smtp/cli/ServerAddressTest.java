/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ServerAddressTest {
    private static ServerAddress read(String text) {
        return new ServerAddress.Converter().convert(text);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    mx.test:587,                mx.test,   587, false,
                    mx.test:465,                mx.test,   465, true,
                    127.0.0.1:2525,             127.0.0.1, 2525, false,
                    [::1]:2525,                 ::1,       2525, false,
                    smtp://mx.test,             mx.test,   25, false,
                    smtp://mx.test/,            mx.test,   25, false,
                    smtp://[::1],               ::1,       25, false,
                    smtp://alice@mx.test:587,   mx.test,   587, false, alice
                    smtps://mx.test,            mx.test,   465, true,
                    smtps://mx.test:10465,      mx.test,   10465, true,
                    smtps://a%40b.test@mx.test, mx.test,   465, true, a@b.test
                    smtp://a+b@c.test@mx.test,  mx.test,   25, false, a+b@c.test
                    """)
    void readsHostPortAndUrls(String text, String host, int port, boolean implicit, String user) {
        ServerAddress read = read(text);
        assertThat(read).isEqualTo(new ServerAddress(host, port, text.startsWith("smtps"), user));
        assertThat(read.implicitTls()).isEqualTo(implicit);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mx.test",
                "mx.test:",
                "mx.test:0",
                "mx.test:65536",
                "mx.test:-1",
                "mx.test:x",
                ":25",
                "::1:25",
                "[::1]",
                "[mx.test]:25",
                "http://mx.test",
                "lmtp://mx.test",
                "smtp://",
                "smtp://mx.test/path",
                "alice@mx.test:25",
                "mx test:25",
                "smtp://a%zz@mx.test",
                "SMTP://mx.test:25:26"
            })
    void refusesOthers(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void neverRepeatsAPassword() {
        assertThatThrownBy(() -> read("smtp://alice:hunter2@mx.test"))
                .hasMessageContaining("--password-file")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> read("alice:hunter2@mx.test:25")).hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> read("ftp://alice:hunter2@mx.test")).hasMessageNotContaining("hunter2");
    }

    @Test
    void printsBracketsAroundIpv6() {
        assertThat(read("[::1]:25")).hasToString("[::1]:25");
        assertThat(read("mx.test:25")).hasToString("mx.test:25");
    }
}
