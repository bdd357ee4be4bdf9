/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.MailParameters;
import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.ReversePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Leaks.class)
class CommandEncoderTest {
    /** Notes what reaches the transport, octets and buffers; may hold writes back or fail them. */
    private static final class Wire extends ChannelOutboundHandlerAdapter {
        final List<String> writes = new ArrayList<>();
        final List<ByteBuf> buffers = new ArrayList<>();
        final List<ChannelPromise> held = new ArrayList<>();
        boolean hold;

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            ByteBuf buffer = (ByteBuf) msg;
            writes.add(buffer.toString(UTF_8));
            buffers.add(buffer);
            if (hold) {
                held.add(promise);
            } else {
                ctx.write(msg, promise);
            }
        }
    }

    private final Wire wire = new Wire();
    private final EmbeddedChannel channel = new EmbeddedChannel(wire, new CommandEncoder());

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void write(Object message) {
        channel.write(message, channel.voidPromise());
    }

    private static ByteBuf content(int length) {
        return Unpooled.copiedBuffer("x".repeat(length), UTF_8);
    }

    private static Command.Rcpt rcpt(String to) {
        return new Command.Rcpt(ForwardPath.of(to));
    }

    private static Command.Auth auth(String response) {
        return new Command.Auth("PLAIN", response.getBytes(UTF_8));
    }

    @Test
    void flightIsOneBuffer() {
        write(new Command.Mail(ReversePath.of("a@b.test"), MailParameters.NONE));
        write(rcpt("c@d.test"));
        write(new Command.Bdat(5, true));
        write(content(5));
        assertThat(wire.writes).isEmpty();
        channel.flush();
        assertThat(wire.writes).containsExactly("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 5 LAST\r\nxxxxx");
        channel.flush();
        assertThat(wire.writes).hasSize(1);
    }

    /** In place of writes, by a handler that holds the encoder. */
    @Test
    void gatheredWithoutTheWayDownThePipeline() {
        CommandEncoder encoder = channel.pipeline().get(CommandEncoder.class);
        encoder.gather(new Command.Mail(ReversePath.of("ü@b.test"), MailParameters.NONE));
        encoder.gather(rcpt("c@d.test"));
        write(Command.Simple.DATA);
        write(Unpooled.wrappedBuffer("_content_".getBytes(UTF_8), 1, 7));
        encoder.gather(Command.Simple.RSET);
        assertThat(wire.writes).isEmpty();
        channel.flush();
        assertThat(wire.writes)
                .containsExactly("MAIL FROM:<ü@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\ncontentRSET\r\n");
        assertThatThrownBy(() -> encoder.gather(auth("c2VjcmV0"))).isInstanceOf(IllegalArgumentException.class);
    }

    /** R-5321-70: as {@link #r5321_70_gatheringIsBounded}. */
    @Test
    void r5321_70_gatheringOfManyLinesIsBounded() {
        CommandEncoder encoder = channel.pipeline().get(CommandEncoder.class);
        String line = "RCPT TO:<" + "x".repeat(64) + "@d.test>\r\n";
        for (int i = 0; i < 10_000; i++) {
            encoder.gather(rcpt("x".repeat(64) + "@d.test"));
        }
        assertThat(wire.writes).hasSizeGreaterThan(10).allMatch(octets -> octets.length() < 80_000);
        channel.flush();
        assertThat(String.join("", wire.writes)).isEqualTo(line.repeat(10_000));
    }

    /** Two encoders of one thread do not mix their lines. */
    @Test
    void linesOfTwoConnectionsStayApart() {
        Wire otherWire = new Wire();
        EmbeddedChannel other = new EmbeddedChannel(otherWire, new CommandEncoder());
        write(rcpt("a@d.test"));
        other.write(rcpt("b@d.test"), other.voidPromise());
        write(rcpt("c@d.test"));
        other.flush();
        channel.flush();
        assertThat(wire.writes).containsExactly("RCPT TO:<a@d.test>\r\nRCPT TO:<c@d.test>\r\n");
        assertThat(otherWire.writes).containsExactly("RCPT TO:<b@d.test>\r\n");
        other.finishAndReleaseAll();
    }

    @Test
    void promiseCompletesWithTheBufferThatHoldsItsLine() {
        wire.hold = true;
        write(new Command.Mail(ReversePath.NULL, MailParameters.NONE));
        ChannelFuture written = channel.write(rcpt("c@d.test"));
        write(Command.Simple.QUIT);
        channel.flush();
        assertThat(wire.writes).containsExactly("MAIL FROM:<>\r\nRCPT TO:<c@d.test>\r\n", "QUIT\r\n");
        assertThat(written.isDone()).isFalse();
        wire.held.get(0).setSuccess();
        assertThat(written.isSuccess()).isTrue();
        wire.buffers.forEach(ByteBuf::release);
    }

    @Test
    void promiseFailsWithItsBuffer() {
        wire.hold = true;
        ChannelFuture written = channel.write(content(1));
        wire.held.get(0).setFailure(new IOException("gone"));
        assertThat(written.cause()).hasMessage("gone");
        wire.buffers.forEach(ByteBuf::release);
    }

    @Test
    void smallContentIsCopiedAndLargeContentPasses() {
        ByteBuf small = content(4_096);
        ByteBuf large = content(4_097);
        write(Command.Simple.NOOP);
        write(small);
        assertThat(small.refCnt()).isZero();
        write(large);
        assertThat(wire.writes).hasSize(2);
        assertThat(wire.writes.get(0)).startsWith("NOOP\r\nx").hasSize(6 + 4_096);
        assertThat(wire.buffers.get(1)).isSameAs(large);
        channel.flush();
    }

    /** R-5321-70: gathered octets do not count for writability, so they must stay few. */
    @Test
    void r5321_70_gatheringIsBounded() {
        for (int i = 0; i < 64; i++) {
            write(content(4_096));
        }
        assertThat(wire.writes).hasSize(4).allMatch(octets -> octets.length() == 65_536);
    }

    @Test
    void gatheredOctetsAreReleasedOnRemoval() {
        write(Command.Simple.NOOP);
        channel.pipeline().remove(CommandEncoder.class);
        assertThat(wire.writes).isEmpty();
    }

    @Test
    void gatheredOctetsAreReleasedOnClose() {
        write(Command.Simple.NOOP);
        channel.close();
        channel.runPendingTasks();
        assertThat(channel.pipeline().get(CommandEncoder.class)).isNull();
        assertThat(wire.writes).isEmpty();
    }

    @Test
    void s22_secretHasABufferOfItsOwnWhichIsZeroAfterTheWrite() {
        wire.hold = true;
        write(Command.Simple.NOOP);
        channel.write(auth("c2VjcmV0"));
        write(Command.Simple.RSET);
        channel.flush();
        assertThat(wire.writes).containsExactly("NOOP\r\n", "AUTH PLAIN c2VjcmV0\r\n", "RSET\r\n");
        ByteBuf secret = wire.buffers.get(1);
        wire.held.get(1).setSuccess();
        assertZero(secret);
        wire.buffers.forEach(ByteBuf::release);
        assertThat(secret.refCnt()).isZero();
    }

    @Test
    void s22_secretIsZeroAfterAFailedWrite() {
        wire.hold = true;
        channel.write(new Command.AuthResponse("c2VjcmV0".getBytes(UTF_8)));
        assertThat(wire.writes).containsExactly("c2VjcmV0\r\n");
        wire.held.get(0).setFailure(new IOException("gone"));
        assertZero(wire.buffers.get(0));
        wire.buffers.forEach(ByteBuf::release);
    }

    @Test
    void s22_secretIsZeroAfterAWriteWithVoidPromise() {
        wire.hold = true;
        write(auth("c2VjcmV0"));
        ByteBuf secret = wire.buffers.get(0);
        wire.held.get(0).setSuccess();
        assertZero(secret);
        secret.release();
        assertThat(secret.refCnt()).isZero();
    }

    private static void assertZero(ByteBuf buffer) {
        for (int i = 0; i < buffer.capacity(); i++) {
            assertThat(buffer.getByte(i)).as("octet %d", i).isZero();
        }
    }

    /** S-01: the octets are checked whatever the model promised; a secret's array belongs to the caller. */
    @ParameterizedTest
    @ValueSource(bytes = {'\r', '\n', 0})
    void s01_lineEndInsideALineIsRefusedAndLeavesTheOthersAlone(byte octet) {
        byte[] response = "AAAA".getBytes(UTF_8);
        Command.Auth auth = new Command.Auth("PLAIN", response);
        response[2] = octet;
        write(Command.Simple.NOOP);
        ChannelFuture refused = channel.write(auth);
        assertThat(refused.cause())
                .isInstanceOf(EncoderException.class)
                .hasMessage("AUTH: CR, LF or NUL inside a command line");
        channel.flush();
        assertThat(wire.writes).containsExactly("NOOP\r\n");
    }

    @Test
    void s02_textBeyondAsciiGoesOutAsUtf8() {
        write(new Command.Mail(ReversePath.of("ü\u760D\u760A@b.test"), MailParameters.NONE));
        channel.flush();
        assertThat(wire.buffers.get(0).toString(UTF_8)).isEqualTo("MAIL FROM:<ü\u760D\u760A@b.test>\r\n");
        assertThat(ByteBufUtil.hexDump(wire.buffers.get(0), 11, 8)).isEqualTo("c3bc" + "e7988d" + "e7988a");
    }

    @Test
    void r5321_26_wholeSessionIsExact() {
        write(new Command.Ehlo(EhloName.of("client.test")));
        write(new Command.Helo(EhloName.of("client.test")));
        for (Command simple : Command.Simple.values()) {
            write(simple);
        }
        write(new Command.AuthResponse(new byte[0]));
        write(Command.AuthResponse.cancel());
        write(new Command.Auth("LOGIN", null));
        write(new Command.Rcpt(ForwardPath.of(Mailbox.of("x> ORCPT=q", "d.test"))));
        channel.flush();
        assertThat(String.join("", wire.writes)).isEqualTo("""
                        EHLO client.test
                        HELO client.test
                        STARTTLS
                        DATA
                        RSET
                        NOOP
                        HELP
                        QUIT

                        *
                        AUTH LOGIN
                        RCPT TO:<"x> ORCPT=q"@d.test>
                        """.replace("\n", "\r\n"));
    }

    @Test
    void wipedSecretIsNeverSent() {
        byte[] secret = "c2VjcmV0".getBytes(UTF_8);
        Command.Auth auth = new Command.Auth("PLAIN", secret);
        Arrays.fill(secret, (byte) 0);
        assertThatThrownBy(() -> channel.write(auth).sync()).isInstanceOf(EncoderException.class);
        assertThat(wire.writes).isEmpty();
    }
}
