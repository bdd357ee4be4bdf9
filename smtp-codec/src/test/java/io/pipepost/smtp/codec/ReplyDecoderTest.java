/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Leaks.class)
class ReplyDecoderTest {
    private static final ReplyDecoder.Limits STRICT = ReplyDecoder.Limits.DEFAULT.withStrictLineEnds(true);
    private static final ReplyDecoder.Limits SMALL =
            ReplyDecoder.Limits.DEFAULT.withMaxLineOctets(512).withMaxReply(2_048, 4);

    /** What came out of a decoder: its replies, then perhaps one failure. */
    private static final class Sink extends ChannelInboundHandlerAdapter {
        final List<Object> out = new ArrayList<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            out.add(msg);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            assertThat(cause).isInstanceOf(MalformedReplyException.class);
            out.add("malformed: " + cause.getMessage());
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(UTF_8);
    }

    /** Decodes segments that begin at 0 and at each of {@code cuts}. */
    private static List<Object> decode(ReplyDecoder.Limits limits, byte[] octets, int... cuts) {
        Sink sink = new Sink();
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder(limits), sink);
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : octets.length;
            channel.writeInbound(Unpooled.copiedBuffer(octets, from, to - from));
            from = to;
        }
        channel.finishAndReleaseAll();
        return sink.out;
    }

    /** R-5321-11: whole, octet by octet and cut at every position, with one outcome. */
    private static List<Object> decodeEveryWay(ReplyDecoder.Limits limits, byte[] octets) {
        List<Object> whole = decode(limits, octets);
        assertThat(decode(limits, octets, IntStream.range(1, octets.length).toArray()))
                .isEqualTo(whole);
        for (int cut = 1; cut < octets.length; cut++) {
            assertThat(decode(limits, octets, cut)).as("cut at %d", cut).isEqualTo(whole);
        }
        return whole;
    }

    private static List<Object> decodeEveryWay(String text) {
        return decodeEveryWay(ReplyDecoder.Limits.DEFAULT, octets(text));
    }

    private static Reply reply(int code, String... lines) {
        return new Reply(code, List.of(lines));
    }

    private static void assertMalformedLast(List<Object> out, String detail) {
        assertThat(out).isNotEmpty();
        assertThat(out.get(out.size() - 1)).asString().startsWith("malformed: ").contains(detail);
        assertThat(out.subList(0, out.size() - 1)).allMatch(Reply.class::isInstance);
    }

    /** The same octets may give the same object; others, however like them, must not. */
    @Test
    void recentRepliesAreReused() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder());
        String[] lines = {
            "250 ok", "250 oK", "250 ok ", "250", "251 ok", "250 okay", "550 ok", "334 b2s=", "250-a", "250 ok"
        };
        for (int round = 0; round < 3; round++) {
            for (String line : lines) {
                channel.writeInbound(Unpooled.copiedBuffer(line + "\r\n", StandardCharsets.US_ASCII));
                if (!line.startsWith("250-")) {
                    Reply reply = channel.readInbound();
                    assertThat(reply.code()).isEqualTo(Integer.parseInt(line.substring(0, 3)));
                    String text = line.length() > 4 ? line.substring(4) : "";
                    assertThat(reply.lines().get(reply.lines().size() - 1)).isEqualTo(text);
                }
            }
        }
        channel.writeInbound(Unpooled.copiedBuffer("250 ok\r\n250 ok\r\n250-ok\r\n", StandardCharsets.US_ASCII));
        Reply first = channel.readInbound();
        Reply second = channel.readInbound();
        assertThat(second).isSameAs(first).isEqualTo(Reply.of(250, "ok"));
        assertThat(channel.<Object>readInbound()).isNull();
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void r5321_01_linesWithHyphensAreOneReply() {
        assertThat(decodeEveryWay("250-one\r\n250-234 two\r\n250 three\r\n"))
                .containsExactly(reply(250, "one", "234 two", "three"));
    }

    @Test
    void r5321_02_bareCodeIsACompleteReply() {
        assertThat(decodeEveryWay("250\r\n")).containsExactly(reply(250, ""));
        assertThat(decodeEveryWay("250 \r\n")).containsExactly(reply(250, ""));
        assertThat(decodeEveryWay("250-a\r\n250\r\n")).containsExactly(reply(250, "a", ""));
        assertThat(decodeEveryWay("250-\r\n250 b\r\n")).containsExactly(reply(250, "", "b"));
    }

    @Test
    void r5321_03_textThatLooksLikeAReplyIsText() {
        assertThat(decodeEveryWay("250 550 mailbox unavailable\r\n"))
                .containsExactly(reply(250, "550 mailbox unavailable"));
    }

    @Test
    void r5321_05_anyThreeDigitsAreACode() {
        assertThat(decodeEveryWay("150 wait\r\n299 x\r\n280 ok\r\n999 y\r\n012 z\r\n"))
                .containsExactly(
                        reply(150, "wait"), reply(299, "x"), reply(280, "ok"), reply(999, "y"), reply(12, "z"));
    }

    @Test
    void r5321_06_linesOfDifferentCodesAreMalformed() {
        List<Object> out = decodeEveryWay("250-queued\r\n550 no\r\n250 later\r\n");
        assertThat(out).hasSize(1);
        assertMalformedLast(out, "expected 250 again, found 550");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "25",
                "2",
                "2500 ok",
                "",
                "250x",
                "250\tok",
                "ok",
                " 250 ok",
                "250-a\r\nb\r\n250 c",
                "25 0",
                "\u0662\u0665\u0660 ok",
                "250\r",
                "250_a",
                "-250 a",
                "250\0"
            })
    void r5321_07_whatIsNoReplyLineIsMalformedAndNothingFollows(String line) {
        List<Object> out = decodeEveryWay("220 hello\r\n" + line + "\r\n250 ok\r\n");
        assertThat(out).hasSize(2);
        assertThat(out.get(0)).isEqualTo(reply(220, "hello"));
        assertMalformedLast(out, "Not an SMTP reply");
    }

    @Test
    void r5321_07_messageShowsWhatWasFoundWithoutControls() {
        List<Object> out = decodeEveryWay("HTTP/1.1 400 \u001b[2J" + "x".repeat(60) + "\r\n");
        assertMalformedLast(out, "expected three digits, found \"HTTP/1.1 400 \\x1b[2J" + "x".repeat(23) + "...\"");
        assertMalformedLast(
                decode(ReplyDecoder.Limits.DEFAULT, new byte[] {(byte) 0xff, 'a', '\r', '\n'}), "\"\\xffa\"");
    }

    @Test
    void r5321_08_loneLfEndsALineAndIsFlagged() {
        assertThat(decodeEveryWay("250 ok\n")).containsExactly(reply(250, "ok"));
        assertThat(decodeEveryWay("250-a\n250\n")).containsExactly(reply(250, "a", ""));
        ReplyDecoder decoder = new ReplyDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        channel.writeInbound(Unpooled.copiedBuffer("250 a\r\n", UTF_8));
        assertThat(decoder.sawBareLf()).isFalse();
        channel.writeInbound(Unpooled.copiedBuffer("250 a\n", UTF_8));
        channel.writeInbound(Unpooled.copiedBuffer("250 a\r\n", UTF_8));
        assertThat(decoder.sawBareLf()).isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void r5321_08_strictRefusesLoneLf() {
        List<Object> out = decodeEveryWay(STRICT, octets("250 a\r\n250 ok\n250 b\r\n"));
        assertThat(out).hasSize(2).startsWith(reply(250, "a"));
        assertMalformedLast(out, "found a lone LF");
        assertMalformedLast(decodeEveryWay(STRICT, octets("\n")), "found a lone LF");
    }

    /** What one connection lets pass says nothing about another one of the same thread. */
    @Test
    void r5321_08_lineKnownFromAnotherConnectionIsLookedAtAgain() {
        for (int i = 0; i < 3; i++) {
            assertThat(decode(ReplyDecoder.Limits.DEFAULT, octets("250 lone\n250 lone\n")))
                    .hasSize(2);
        }
        assertMalformedLast(decode(STRICT, octets("250 lone\n")), "found a lone LF");
    }

    /** Groups of replies are as often longer than what is looked through at once as they are shorter. */
    @Test
    void r5321_11_manyRepliesInOneRead() {
        String known = "250 2.1.5 Ok\r\n";
        String group = known.repeat(700) + "250 2.1.5 Ok but\r\n" + known.repeat(700) + "250-a\r\n250 b\r\n" + known;
        List<Object> out = decode(ReplyDecoder.Limits.DEFAULT, octets(group));
        assertThat(out).hasSize(1_403).endsWith(reply(250, "a", "b"), reply(250, "2.1.5 Ok"));
        assertThat(out.get(700)).isEqualTo(reply(250, "2.1.5 Ok but"));
        out.subList(701, 1_401).forEach(each -> assertThat(each).isEqualTo(reply(250, "2.1.5 Ok")));
    }

    /** What servers say all day does not cost an object each time. */
    @Test
    void usualRepliesAreKeptSideBySide() {
        byte[] usual = octets("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.0.0 Ok: queued\r\n");
        decode(ReplyDecoder.Limits.DEFAULT, usual);
        decode(ReplyDecoder.Limits.DEFAULT, usual);
        List<Object> before = decode(ReplyDecoder.Limits.DEFAULT, usual);
        List<Object> after = decode(ReplyDecoder.Limits.DEFAULT, usual);
        for (int i = 0; i < 3; i++) {
            assertThat(after.get(i)).isSameAs(before.get(i));
        }
    }

    /** Whoever gets a reply may have another connection of the same thread read at once. */
    @Test
    void r5321_11_decodersOfOneThreadInsideOfOneAnother() {
        Sink inner = new Sink();
        EmbeddedChannel other = new EmbeddedChannel(new ReplyDecoder(), inner);
        List<Object> outer = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                outer.add(msg);
                other.writeInbound(Unpooled.copiedBuffer("550 x\r\n", UTF_8));
            }
        });
        channel.writeInbound(Unpooled.copiedBuffer("250 a\r\n250 b\r\n251 c\r\n", UTF_8));
        assertThat(outer).containsExactly(reply(250, "a"), reply(250, "b"), reply(251, "c"));
        assertThat(inner.out).hasSize(3).containsOnly(reply(550, "x"));
        channel.finishAndReleaseAll();
        other.finishAndReleaseAll();
    }

    @Test
    void r5321_08_loneCrIsText() {
        assertThat(decodeEveryWay("250 a\r250 b\r\n")).containsExactly(reply(250, "a\r250 b"));
        assertThat(decodeEveryWay("250 a\r\r\n")).containsExactly(reply(250, "a\r"));
    }

    @Test
    void s08_replyHiddenBehindALoneLfIsAReplyOfItsOwn() {
        assertThat(decodeEveryWay("550 no such user\n250 ok\r\n"))
                .containsExactly(reply(550, "no such user"), reply(250, "ok"));
    }

    @Test
    void r5321_09_anyTextOctetIsKept() {
        byte[] octets = octets("550 \u001b[2J?\0no\r\n");
        octets[8] = (byte) 0xff;
        List<Object> out = decodeEveryWay(ReplyDecoder.Limits.DEFAULT, octets);
        assertThat(out).containsExactly(reply(550, "\u001b[2J\ufffd\0no"));
        assertThat(out.get(0)).asString().isEqualTo("550 \\u001b[2J\ufffd\\u0000no");
        assertThat(decodeEveryWay("251 forward to <ü@d.test>\r\n"))
                .containsExactly(reply(251, "forward to <ü@d.test>"));
    }

    @Test
    void r5321_10_lineWithoutEndIsRefusedAtOctet16385() {
        Sink sink = new Sink();
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder(), sink);
        for (int i = 1; i <= 20_000; i++) {
            channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'2'}));
            assertThat(sink.out).hasSize(i <= 16_384 ? 0 : 1);
        }
        assertMalformedLast(sink.out, "longer than 16384 octets");
        channel.finishAndReleaseAll();
        assertMalformedLast(
                decode(ReplyDecoder.Limits.DEFAULT, octets("2".repeat(20_000))), "longer than 16384 octets");
    }

    @Test
    void r5321_10_lineOfExactlyTheLimit() {
        String fits = "250 " + "x".repeat(512 - 6) + "\r\n";
        assertThat(decodeEveryWay(SMALL, octets(fits))).containsExactly(reply(250, "x".repeat(506)));
        assertMalformedLast(decodeEveryWay(SMALL, octets("250 " + "x".repeat(507) + "\r\n")), "longer than 512 octets");
    }

    @Test
    void r5321_10_replyOfExactlyTheLimit() {
        String line = "250-" + "x".repeat(506) + "\r\n";
        String last = "250 " + "x".repeat(506) + "\r\n";
        assertThat(decodeEveryWay(SMALL, octets(line.repeat(3) + last)))
                .hasSize(1)
                .allMatch(Reply.class::isInstance);
        ReplyDecoder.Limits manyLines = SMALL.withMaxReply(2_048, 9);
        assertMalformedLast(
                decodeEveryWay(manyLines, octets(line.repeat(3) + line + "250\r\n")), "Reply longer than 2048 octets");
        Sink sink = new Sink();
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder(manyLines), sink);
        channel.writeInbound(Unpooled.copiedBuffer(line.repeat(4), UTF_8));
        assertThat(sink.out).isEmpty();
        channel.writeInbound(Unpooled.copiedBuffer("2", UTF_8));
        assertMalformedLast(sink.out, "Reply longer than 2048 octets");
        channel.finishAndReleaseAll();
    }

    /** R-5321-11: both limits are passed by one line; which is named must not depend on segments. */
    @Test
    void r5321_10_limitReachedFirstIsNamed() {
        ReplyDecoder.Limits limits = SMALL.withMaxReply(700, 9);
        String first = "250-" + "x".repeat(400) + "\r\n";
        assertMalformedLast(decodeEveryWay(limits, octets(first + "y".repeat(600))), "Reply longer than 700 octets");
        assertMalformedLast(
                decodeEveryWay(limits, octets("250-x\r\n" + "y".repeat(600))), "line longer than 512 octets");
    }

    @Test
    void r5321_10_limitOfLines() {
        assertThat(decodeEveryWay(SMALL, octets("250-x\r\n".repeat(3) + "250 x\r\n")))
                .containsExactly(reply(250, "x", "x", "x", "x"));
        assertMalformedLast(decodeEveryWay(SMALL, octets("250-x\r\n".repeat(4) + "250 x\r\n")), "more than 4 lines");
        assertThat(decode(ReplyDecoder.Limits.DEFAULT, octets("250-x\r\n".repeat(999) + "250 x\r\n")))
                .singleElement()
                .isInstanceOf(Reply.class);
        assertMalformedLast(
                decode(ReplyDecoder.Limits.DEFAULT, octets("250-x\r\n".repeat(1_001))), "more than 1000 lines");
    }

    @Test
    void r5321_10_limitsStartAnewWithEachReply() {
        String reply = "250-" + "x".repeat(500) + "\r\n250-y\r\n250 z\r\n";
        assertThat(decode(SMALL, octets(reply.repeat(50)))).hasSize(50).allMatch(Reply.class::isInstance);
    }

    @Test
    void s32_endlessInputEndsInOneExceptionWhateverFollows() {
        Sink sink = new Sink();
        EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder(), sink);
        byte[] endless = octets("220-x\r\n".repeat(1_000));
        for (int i = 0; i < 1_000; i++) {
            ByteBuf in = Unpooled.copiedBuffer(endless);
            channel.writeInbound(in);
            assertThat(in.refCnt()).isZero();
        }
        assertThat(sink.out).hasSize(1);
        assertMalformedLast(sink.out, "more than 1000 lines");
        channel.finishAndReleaseAll();
    }

    @Test
    void r5321_11_sketch() {
        assertThat(decode(ReplyDecoder.Limits.DEFAULT, octets("250-a\r\n250 b\r\n"), 1, 2, 3, 4, 5, 6, 7, 13))
                .containsExactly(reply(250, "a", "b"));
    }

    @Test
    void insideReplyFromItsFirstOctetToItsLast() {
        ReplyDecoder decoder = new ReplyDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        assertThat(decoder.isInsideReply()).isFalse();
        byte[] octets = octets("250-a\r\n250 b\r\n");
        for (int i = 0; i < octets.length; i++) {
            channel.writeInbound(Unpooled.copiedBuffer(octets, i, 1));
            assertThat(decoder.isInsideReply()).as("behind octet %d", i).isEqualTo(i + 1 < octets.length);
        }
        channel.finishAndReleaseAll();
    }

    /** STARTTLS injection: the octets behind a reply must be visible to whoever handles that reply. */
    @ParameterizedTest
    @ValueSource(strings = {"2", "250 injected\r\n", "250-x\r\n", "\r\n"})
    void octetsBehindAReplyCountWhileItIsDelivered(String behind) {
        ReplyDecoder decoder = new ReplyDecoder();
        List<Boolean> inside = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(decoder, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                inside.add(decoder.isInsideReply());
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                assertThat(decoder.isInsideReply()).isFalse();
            }
        });
        channel.writeInbound(Unpooled.copiedBuffer("220 go\r\n", UTF_8));
        channel.writeInbound(Unpooled.copiedBuffer("220 go\r\n" + behind, UTF_8));
        channel.finishAndReleaseAll();
        assertThat(inside).startsWith(false, true);
    }

    @Test
    void otherMessagesPass() {
        assertThat(new EmbeddedChannel(new ReplyDecoder()).writeInbound("not octets"))
                .isTrue();
    }

    @Test
    void limitsAreChecked() {
        ReplyDecoder.Limits limits = ReplyDecoder.Limits.DEFAULT;
        assertThatThrownBy(() -> limits.withMaxLineOctets(511))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "Limits are at least 512 octets a line, as much a reply, and 1 line, found 511, 262144, 1000");
        assertThatThrownBy(() -> limits.withMaxReply(16_383, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> limits.withMaxReply(16_384, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(limits)
                .isEqualTo(STRICT.withStrictLineEnds(false))
                .hasSameHashCodeAs(STRICT.withStrictLineEnds(false))
                .isNotEqualTo(STRICT)
                .hasToString("Limits[maxLineOctets=16384, maxReplyOctets=262144, maxReplyLines=1000,"
                        + " strictLineEnds=false]");
    }

    /** R-5321-07, -11, S-32: any octets end in replies, or in replies and one failure, whatever their segments. */
    @Test
    void r5321_11_randomOctetsInRandomSegments() {
        Random random = new Random(5321);
        String[] pieces = {
            "250 ok\r\n", "250-a\r\n", "250", "-", " ", "\r", "\n", "\r\n", "550 no\n", "x", "\0", "2", "220\r\n"
        };
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                text.append(pieces[random.nextInt(random.nextBoolean() ? 2 : pieces.length)]);
            }
            byte[] octets = octets(text.toString());
            int[] cuts = random.ints(random.nextInt(6), 0, octets.length + 1)
                    .sorted()
                    .toArray();
            List<Object> whole = decode(SMALL, octets);
            assertThat(decode(SMALL, octets, cuts))
                    .as("seed 5321, round %d", round)
                    .isEqualTo(whole);
            assertThat(whole.stream().filter(o -> !(o instanceof Reply)).count())
                    .isLessThanOrEqualTo(1);
            if (whole.stream().anyMatch(o -> !(o instanceof Reply))) {
                assertMalformedLast(whole, "");
            }
        }
    }
}
