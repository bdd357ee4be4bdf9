/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Leaks.class)
class CommandDecoderTest {
    private static final String SESSION = String.join(
            "",
            "EHLO client.test\r\n",
            "AUTH PLAIN\r\nAGEAYg==\r\n",
            "MAIL FROM:<a@b.test> SIZE=9\r\nRCPT TO:<c@d.test>\r\n",
            "DATA\r\n..a\r\nb.\r\n.\n.\r.\r\n\n.\r\n...\r\n.\rx\r\n\r\n.\r\n",
            "MAIL FROM:<>\r\nBDAT 5\r\n.\r\n\0\nBDAT 0\r\nRSET\r\n",
            "noop\nxyzzy  \r\nstarttls\r\nQUIT\r\n");

    private static final List<String> SEEN = List.of(
            "EHLO client.test",
            "AUTH ***",
            "SASL AGEAYg==",
            "MAIL FROM:<a@b.test> SIZE=9",
            "RCPT TO:<c@d.test>",
            "DATA",
            "LONE_DOT .a\r\nb.\r\n\n.\r.\r\n\n.\r\n..\r\n\rx\r\n\r\n",
            "MAIL FROM:<>",
            "BDAT 5",
            "CHUNK .\r\n\0\n",
            "BDAT 0",
            "CHUNK ",
            "RSET",
            "LONE_LF",
            "XYZZY",
            "STARTTLS");

    @Test
    void decodesWholeSession() {
        assertThat(ServerRecorder.record(SESSION)).isEqualTo(SEEN);
    }

    @Test
    void segmentationDoesNotMatter() {
        assertThat(ServerRecorder.recordOctetByOctet(SESSION)).isEqualTo(SEEN);
        for (int cut = 0; cut <= SESSION.length(); cut++) {
            assertThat(ServerRecorder.record(SESSION, cut)).as("cut at %d", cut).isEqualTo(SEEN);
        }
    }

    @Test
    void anyOctetsUnderAnySegmentationGiveTheSame() {
        for (long seed = 0; seed < 3_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder octets = new StringBuilder("DATA\r\n");
            random.ints(40, 0, 5).forEach(i -> octets.append("\r\n.a\r\n".charAt(i)));
            String sent = octets.toString();
            int cut = random.nextInt(sent.length());
            List<String> whole = ServerRecorder.record(sent);
            assertThat(ServerRecorder.recordOctetByOctet(sent))
                    .as("seed %d", seed)
                    .isEqualTo(whole);
            assertThat(ServerRecorder.record(sent, cut)).as("seed %d", seed).isEqualTo(whole);
        }
    }

    /** V-DOT, read backwards. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a~.~ | a~",
                "~.~ | ~",
                "a~~.~ | a~~",
                "..~.~ | .~",
                "...~.~ | ..~",
                "..a~b~..~c~.~ | .a~b~.~c~",
                "~..~.~ | ~.~",
                "a~..~b~.~ | a~.~b~",
                "a~...~.~ | a~..~",
                ".~ | ''",
                "a.~..b~.~ | a.~.b~",
            })
    void undoesDotStuffing(String wire, String content) {
        String sent = "DATA\r\n" + wire.replace("~", "\r\n");
        List<String> expected = List.of("DATA", "LONE_DOT " + content.replace("~", "\r\n"));
        assertThat(ServerRecorder.record(sent)).isEqualTo(expected);
        assertThat(ServerRecorder.recordOctetByOctet(sent)).isEqualTo(expected);
    }

    /** What the encoder makes is read back as it was, and ends nowhere but at its end. */
    @Test
    void readsBackWhatTheEncoderWrites() {
        for (long seed = 0; seed < 2_000; seed++) {
            StringBuilder content = new StringBuilder();
            new SplittableRandom(seed)
                    .ints(30, 0, 4)
                    .forEach(i ->
                            content.append(List.of("\r\n", ".", "a", "\r\n.").get(i)));
            String canonical = content.append("\r\n").toString();
            ContentEncoder encoder = ContentEncoder.forData();
            ByteBuf wire = Unpooled.buffer();
            encoder.encode(Unpooled.copiedBuffer(canonical, ISO_8859_1), wire);
            encoder.finish(wire);
            assertThat(ServerRecorder.record("DATA\r\n" + wire.toString(ISO_8859_1) + "QUIT\r\n"))
                    .as("seed %d", seed)
                    .containsExactly("DATA", "LONE_DOT " + canonical, "QUIT");
        }
    }

    /** Only CRLF dot CRLF ends content: anything else would let a message smuggle commands. */
    @ParameterizedTest
    @CsvSource({
        "a\\n.\\n",
        "a\\n.\\r\\n",
        "a\\r\\n.\\n",
        "a\\r\\n.\\r",
        "a\\r.\\r",
        "a\\r.\\r\\n",
        "a\\r\\n.\\r\\r\\n",
        "a\\r\\n..\\r\\n",
        "a.\\r\\n"
    })
    void nothingElseEndsContent(String almost) {
        String content = almost.replace("\\r", "\r").replace("\\n", "\n");
        assertThat(ServerRecorder.record("DATA\r\n" + content + "QUIT\r\n"))
                .hasSize(2)
                .element(1)
                .asString()
                .startsWith("incomplete a")
                .endsWith("QUIT\r\n");
    }

    @Test
    void longLineGivesOneFaultAndTheNextLineIsRead() {
        String atLimit = "NOOP " + "x".repeat(4096 - 7) + "\r\n";
        String beyond = "NOOP " + "x".repeat(4096 - 6) + "\r\n";
        String flood = "y".repeat(100_000) + "\r\n";
        String sent = atLimit + beyond + flood + "QUIT\r\n";
        List<String> expected = List.of(atLimit.strip(), "TOO_LONG", "TOO_LONG", "QUIT");
        assertThat(ServerRecorder.record(sent)).isEqualTo(expected);
        assertThat(ServerRecorder.recordOctetByOctet(sent)).isEqualTo(expected);
    }

    @Test
    void floodWithoutLineEndIsToldAtOnce() {
        assertThat(ServerRecorder.record("y".repeat(4096), 4000)).isEmpty();
        assertThat(ServerRecorder.record("y".repeat(4097), 4000)).containsExactly("TOO_LONG");
    }

    @Test
    void r4954_authMayBeLonger() {
        String longest = "x".repeat(16_384 - 2);
        String initial = "auth plain " + "x".repeat(16_384 - 13) + "\r\n";
        assertThat(ServerRecorder.record(initial + longest + "\r\n")).containsExactly("AUTH ***", "SASL " + longest);
        assertThat(ServerRecorder.record("AUTH PLAIN\r\n" + longest + "x\r\nQUIT\r\n"))
                .containsExactly("AUTH ***", "TOO_LONG", "QUIT");
        assertThat(ServerRecorder.record("AUTH " + "x".repeat(16_384) + "\r\nQUIT\r\n"))
                .containsExactly("TOO_LONG", "QUIT");
    }

    @Test
    void controlsInLinesAreFaults() {
        assertThat(ServerRecorder.record("NOOP a\0b\r\nNOOP a\rb\r\n\n\r\nQUIT \r\n"))
                .containsExactly("CONTROL", "CONTROL", "LONE_LF", "", "QUIT");
    }

    @Test
    void readsUtf8AndUnknownVerbs() {
        CommandLine command = decodeOne("mAiL FROM:<\u00c3\u00a4@b.test>\r\n");
        assertThat(command.argument()).isEqualTo("FROM:<\u00e4@b.test>");
        assertThat(command.keyword()).isEqualTo("MAIL");
        assertThat(decodeOne("Xfoo bar\r\n")).isEqualTo(new CommandLine(null, "XFOO", "bar"));
        assertThat(decodeOne("MAI\u008c x\r\n").verb()).isNull();
    }

    private static CommandLine decodeOne(String line) {
        EmbeddedChannel channel = new EmbeddedChannel(new CommandDecoder());
        channel.writeInbound(Unpooled.copiedBuffer(line, ISO_8859_1));
        CommandLine command = channel.readInbound();
        assertThat(channel.finish()).isFalse();
        return command;
    }

    @Test
    void contentIsNotCopied() {
        CommandDecoder decoder = new CommandDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        decoder.awaitContent();
        ByteBuf in = Unpooled.copiedBuffer("abc. d\r\ne\r\n.\r\n", ISO_8859_1);
        channel.writeInbound(in);
        ByteBuf piece = channel.readInbound();
        assertThat(piece.readableBytes()).isEqualTo(11);
        in.setByte(0, 'X');
        assertThat(piece.getByte(0)).isEqualTo((byte) 'X');
        piece.release();
        assertThat(channel.<Object>readInbound()).isEqualTo(ContentEnd.LONE_DOT);
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void otherMessagesPass() {
        EmbeddedChannel channel = new EmbeddedChannel(new CommandDecoder());
        channel.writeInbound("other");
        assertThat(channel.<Object>readInbound()).isEqualTo("other");
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void refusesSillyLimits() {
        assertThatThrownBy(() -> new CommandDecoder(511, 600)).hasMessageContaining("found 511 and 600");
        assertThatThrownBy(() -> new CommandDecoder(600, 599)).isInstanceOf(IllegalArgumentException.class);
    }
}
