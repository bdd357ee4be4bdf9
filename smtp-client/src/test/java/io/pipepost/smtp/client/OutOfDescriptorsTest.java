/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left of a client once its process has had no descriptor to spare for a while. */
@Tag("exhaustive")
@EnabledOnOs(OS.LINUX)
class OutOfDescriptorsTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void clientRecoversOnceThereAreDescriptorsAgain(TransportType transport) {
        assumeTrue(transport != TransportType.EPOLL || Epoll.isAvailable(), "epoll is not available on this machine");
        try (SmtpSink sink = SmtpSink.builder().threads(1).start();
                ChildJvm child = ChildJvm.startWithDescriptors(
                        160, FewDescriptors.class, List.of("-Xmx128m"), transport, sink.port())) {
            assertThat(child.await("FAILURES", SOON))
                    .contains("Cannot connect to 127.0.0.1:", "Too many open files")
                    .doesNotContain("No session was free");
            assertThat(child.await("NAME", SOON)).contains("no-such-host.invalid", "Too many open files");
            assertThat(child.await("SENT_AFTER", SOON)).isEqualTo("true");
            assertThat(child.await("NAME_AFTER", SOON))
                    .contains("no-such-host.invalid")
                    .doesNotContain("Too many open files");
            assertThat(child.await("BACK", SOON)).isEqualTo("true");
            assertThat(child.await("STATS", SOON))
                    .doesNotContain("connecting=1")
                    .doesNotContain("-");
            child.await("CLOSED", SOON);
            child.awaitEnd(SOON);
        }
    }
}
