/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static io.pipepost.smtp.protocol.ServerLimits.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerLimitsTest {
    private static ServerLimits limits(String line) {
        return Extensions.parse(new Reply(250, List.of("mx.test", line))).limits();
    }

    @ParameterizedTest
    @CsvSource({
        "LIMITS MAILMAX=1 RCPTMAX=22 RCPTDOMAINMAX=333333, 1, 22, 333333",
        "limits rcptmax=2 FOO=x, 0, 2, 0",
        "LIMITS RCPTMAX=0 MAILMAX=3, 3, 0, 0",
        "LIMITS RCPTMAX=1000000 MAILMAX=3, 3, 0, 0",
        "LIMITS RCPTMAX=-1 MAILMAX=x RCPTDOMAINMAX=007, 0, 0, 7"
    })
    void R_9422_01_valuesOneByOne(String line, int mail, int rcpt, int domains) {
        assertThat(limits(line)).isEqualTo(new ServerLimits(orNone(mail), orNone(rcpt), orNone(domains)));
    }

    private static int orNone(int limit) {
        return limit == 0 ? UNLIMITED : limit;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LIMITS",
                "LIMITS RCPTMAX",
                "LIMITS MAILMAX=3 RCPTMAX",
                "LIMITS MAILMAX=3 RCPTMAX=",
                "LIMITS MAILMAX=3 =2",
                "LIMITS MAILMAX=3;RCPTMAX=2",
                "LIMITS MAILMAX=3 R.X=2",
                "SIZE 12"
            })
    void R_9422_01_aSyntaxErrorVoidsTheKeyword(String line) {
        assertThat(limits(line)).isEqualTo(ServerLimits.NONE);
    }

    @Test
    void limitsArePositive() {
        assertThatThrownBy(() -> new ServerLimits(1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
