/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Leaks.class)
class ReplyEncoderTest {
    private final EmbeddedChannel channel = new EmbeddedChannel(new ReplyEncoder());

    private @Nullable String nextBuffer() {
        ByteBuf out = channel.readOutbound();
        if (out == null) {
            return null;
        }
        String text = out.toString(UTF_8);
        out.release();
        return text;
    }

    @Test
    void gathersRepliesUntilFlush() {
        channel.write(Reply.of(250, "Ok"), channel.voidPromise());
        channel.write(new Reply(550, List.of("5.1.1 no", "", "\u00e4")), channel.voidPromise());
        channel.write(Reply.of(7, ""), channel.voidPromise());
        assertThat(nextBuffer()).isNull();
        channel.flush();
        assertThat(nextBuffer()).isEqualTo("250 Ok\r\n550-5.1.1 no\r\n550-\r\n550 \u00e4\r\n007 \r\n");
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void promiseCompletesWithItsBuffer() {
        channel.write(Reply.of(250, "one"), channel.voidPromise());
        ChannelFuture written = channel.write(Reply.of(221, "two"));
        assertThat(written.isDone()).isFalse();
        channel.flush();
        assertThat(written.isSuccess()).isTrue();
        assertThat(nextBuffer()).isEqualTo("250 one\r\n221 two\r\n");
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void otherMessagesKeepTheirPlace() {
        channel.write(Reply.of(250, "one"), channel.voidPromise());
        channel.writeAndFlush("other");
        assertThat(nextBuffer()).isEqualTo("250 one\r\n");
        assertThat(channel.<Object>readOutbound()).isEqualTo("other");
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void refusesLineEndsInText() {
        assertThatThrownBy(() -> channel.writeOutbound(Reply.of(250, "a\r\n250 b")))
                .isInstanceOf(EncoderException.class);
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void releasesWhatNeverLeft() {
        channel.write(Reply.of(250, "one"), channel.voidPromise());
        channel.pipeline().remove(ReplyEncoder.class);
        assertThat(channel.finish()).isFalse();
    }
}
