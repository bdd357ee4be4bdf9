/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.codec.CommandDecoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.codec.ReplyEncoder;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;

/** Any octets from a client to a session of the sink: each is answered in form, and nothing is left behind. */
@Tag("exhaustive")
class SinkFuzzTest {
    @FuzzTest
    @DictionaryEntries({
        "EHLO c\\x0d\\x0a",
        "MAIL FROM:<a@b.test> SIZE=1 BODY=8BITMIME\\x0d\\x0a",
        "RCPT TO:<c@d.test>\\x0d\\x0a",
        "DATA\\x0d\\x0ax\\x0d\\x0a.\\x0d\\x0a",
        "BDAT 3 LAST\\x0d\\x0ax\\x0d\\x0a",
        "AUTH PLAIN AHRpbQBzZWNyZXQ=\\x0d\\x0a",
        "AUTH LOGIN\\x0d\\x0a",
        "RSET\\x0d\\x0a",
        "QUIT\\x0d\\x0a"
    })
    void anySegmentsGiveTheSame(byte[] octets) {
        List<String> whole = play(octets, Math.max(1, octets.length));
        assertThat(play(octets, 1)).isEqualTo(whole);
        assertThat(play(octets, 13)).isEqualTo(whole);
    }

    /** The replies, then the messages. */
    private static List<String> play(byte[] octets, int step) {
        List<String> messages = new ArrayList<>();
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
        CommandDecoder decoder = new CommandDecoder();
        SinkSession session = new SinkSession(config(messages), new SinkStore(List.of()), decoder);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.config().setAllocator(memory);
        channel.pipeline().addLast(decoder, new ReplyEncoder(), session);
        channel.pipeline().fireChannelActive();
        for (int i = 0; i < octets.length && channel.isOpen(); i += step) {
            channel.writeInbound(Unpooled.copiedBuffer(octets, i, Math.min(step, octets.length - i)));
        }
        channel.advanceTimeBy(5, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        List<String> told = replies(channel);
        channel.finishAndReleaseAll();
        channel.checkException();
        assertThat(memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory())
                .as("octets of leaked buffers")
                .isZero();
        told.addAll(messages);
        return told;
    }

    private static List<String> replies(EmbeddedChannel from) {
        EmbeddedChannel client = new EmbeddedChannel(new ReplyDecoder());
        for (ByteBuf said = from.readOutbound(); said != null; said = from.readOutbound()) {
            client.writeInbound(said);
        }
        List<String> replies = new ArrayList<>();
        for (Reply reply = client.readInbound(); reply != null; reply = client.readInbound()) {
            replies.add(reply.code() + " " + reply.lines());
        }
        client.finishAndReleaseAll();
        return replies;
    }

    /** Without CRAM-MD5, whose challenges are never the same. */
    private static SinkConfig config(List<String> messages) {
        return new SinkConfig(
                "sink.test",
                Set.of(),
                List.of(),
                Duration.ZERO,
                200,
                3,
                3,
                new SinkAccount("tim", "secret", "token", List.of("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")),
                false,
                false,
                false,
                false,
                null,
                List.of(),
                null,
                message -> messages.add(message.from() + " > " + message.recipients() + " " + message.parameters() + " "
                        + message.user() + ": " + new String(message.content(), ISO_8859_1)));
    }
}
