/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who has no memory to read into cannot read: that is not the server's doing, and passes. */
@Tag("exhaustive")
class OutOfDirectMemoryTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void isToldByWhatItIsAndPasses(TransportType transport) {
        assumeTrue(transport != TransportType.EPOLL || Epoll.isAvailable(), "epoll is not available on this machine");
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                ChildJvm child = ChildJvm.start(
                        LittleDirectMemory.class,
                        List.of("-Xmx128m", "-Dio.netty.maxDirectMemory=16777216"),
                        transport,
                        sink.port())) {
            assertThat(child.await("FAILURE", SOON))
                    .contains("not by the server", "OutOfDirectMemoryError")
                    .doesNotContain("ended by the server");
            assertThat(child.await("SENT_AFTER", SOON)).isEqualTo("true");
            assertThat(child.await("STATS", SOON)).contains("connecting=0", "busy=0", "queued=0");
            child.await("CLOSED", SOON);
            child.awaitEnd(SOON);
        }
    }
}
