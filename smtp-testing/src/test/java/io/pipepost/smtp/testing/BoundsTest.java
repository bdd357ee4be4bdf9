/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be is refused where it is asked for, and the message says what was found. */
class BoundsTest {
    static Stream<Arguments> refused() {
        return Stream.of(
                refused(
                        "a port of 0 to 65535, found -1",
                        () -> SmtpSink.builder().port(-1)),
                refused("at least 1 threads, found 0", () -> SmtpSink.builder().threads(0)),
                refused(
                        "no negative time, found PT-1S",
                        () -> SmtpSink.builder().latency(Duration.ofSeconds(-1))),
                refused("at least 0 octets, found -1", () -> SmtpSink.builder().maxSize(-1)),
                refused(
                        "at least 1 recipients, found 0",
                        () -> SmtpSink.builder().maxRecipients(0)),
                refused("at least 1 messages, found 0", () -> SmtpSink.builder().messagesPerConnection(0)),
                refused("a port of 0 to 65535, found 65536", () -> proxy().port(65_536)),
                refused("at least 1 threads, found 0", () -> proxy().threads(0)),
                refused("at least 0 octets, found -1", () -> Fault.cutAfter(Direction.TO_CLIENT, -1)),
                refused("at least 1 records, found 0", () -> Fault.cutAfterRecord(Direction.TO_CLIENT, 0)),
                refused("at least 1 replies, found 0", () -> Fault.insert421AtReply(0)),
                refused("at least 1 octets, found 0", () -> Fault.split(Direction.TO_CLIENT, 0)),
                refused("more than no time, found PT0S", () -> Fault.delay(Direction.TO_CLIENT, Duration.ZERO)),
                refused("at least 1 octets, found 0", () -> Faults.seeded(1).within(0)));
    }

    private static Arguments refused(String reason, Supplier<?> asked) {
        return arguments(reason, asked);
    }

    private static FaultProxy.Builder proxy() {
        return FaultProxy.to("127.0.0.1", 25);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void isRefused(String reason, Supplier<?> asked) {
        assertThatIllegalArgumentException().isThrownBy(asked::get).withMessage("Expected " + reason);
    }
}
