/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Content in a mapped file and in other memory, over real sockets, sent by two connections at once. */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class MemoryContentTest {
    /** Several pieces; lines of which some begin with a dot, and a last one without its end. */
    private static final String TEXT =
            "Subject: x\r\n\r\n" + (".".repeat(990) + "\r\n" + "x".repeat(990) + "\r\n").repeat(600) + "end";

    private static final int MESSAGES = 2;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"NONE, true", "NONE, false", "IMPLICIT, true", "IMPLICIT, false"})
    void directMemoryArrives(TlsMode tls, boolean chunking) throws Exception {
        Path file = Files.writeString(directory.resolve("content"), TEXT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            ByteBuffer direct = ByteBuffer.allocateDirect(mapped.remaining()).put(mapped.duplicate());
            arrives(Content.of(mapped), tls, chunking);
            arrives(Content.of(direct.flip()), tls, chunking);
        }
    }

    private void arrives(Content content, TlsMode tls, boolean chunking) throws Exception {
        SmtpSink.Builder server = SmtpSink.builder().keepMessages();
        try (SmtpSink sink = (tls == TlsMode.NONE ? server : server.implicitTls()).start()) {
            Path ca = directory.resolve("ca.pem");
            Files.writeString(ca, sink.certificates().authorityPem());
            try (SmtpClient client = SmtpClient.builder("localhost", sink.port())
                    .security(
                            tls == TlsMode.NONE
                                    ? Security.of(tls)
                                    : Security.of(tls).trust(ca))
                    .flight(FlightOptions.DEFAULT.withChunking(chunking))
                    .pool(PoolOptions.DEFAULT.withMaxConnections(4))
                    .build()) {
                List<CompletableFuture<SendResult>> sent = IntStream.range(0, MESSAGES)
                        .mapToObj(i -> client.send(Message.of("a@a.test", List.of(Mails.to(i)), content)))
                        .toList();
                assertThat(Mails.outcomes(sent)).allMatch(Mails.Outcome::isAccepted);
            }
            assertThat(sink.messages())
                    .hasSize(MESSAGES)
                    .allSatisfy(message -> assertThat(message.text()).isEqualTo(TEXT + "\r\n"));
        }
    }
}
