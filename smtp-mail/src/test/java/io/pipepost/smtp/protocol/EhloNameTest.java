/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EhloNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"client.test", "client", "[192.0.2.7]", "[IPv6:2001:db8::7]", "Client-1.TEST"})
    void r5321_19_namesAndLiterals(String name) {
        assertThat(EhloName.of(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "client_1.test", "a\r\nRSET", "", "client.test ", "client.test (comment)", "192.0.2.7", "localhost",
                "LOCALHOST", "2001:db8::7", "[fe80::1%3]", "[IPv6:fe80::1%3]", "client.test.", "-a.test", "[192.0.2.7"
            })
    void r5321_19_refused(String name) {
        assertThatThrownBy(() -> EhloName.of(name)).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, [192.0.2.7]",
        "2001:db8::7, [IPv6:2001:db8::7]",
        "::1, [IPv6:::1]",
        "::, [IPv6:::]",
        "1:0:0:2:0:0:0:3, [IPv6:1:0:0:2::3]",
        "1:0:2:3:4:5:6:7, [IPv6:1:0:2:3:4:5:6:7]",
        "1:2:3:4:5:6:0:0, [IPv6:1:2:3:4:5:6::]"
    })
    void r5321_19_localAddress(String address, String literal) throws UnknownHostException {
        EhloName name = EhloName.of(InetAddress.getByName(address));
        assertThat(name).hasToString(literal).isEqualTo(EhloName.of(literal));
    }

    @Test
    void r5321_19_zoneIsLeftOut() throws UnknownHostException {
        byte[] octets = InetAddress.getByName("fe80::1").getAddress();
        assertThat(EhloName.of(Inet6Address.getByAddress(null, octets, 3))).hasToString("[IPv6:fe80::1]");
    }

    @Test
    void r6531_05_alwaysInALabels() {
        assertThat(EhloName.of("bücher.example")).hasToString("xn--bcher-kva.example");
    }

    @Test
    void equalWithoutRegardToCase() {
        assertThat(EhloName.of("A.test")).isEqualTo(EhloName.of("a.test")).hasSameHashCodeAs(EhloName.of("a.test"));
        assertThat(EhloName.of("a.test")).isNotEqualTo(EhloName.of("b.test"));
    }
}
