/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.protocol.Verb;
import java.util.ArrayList;
import java.util.List;

/** Behaves as a server does towards its decoder, and writes down what it gets; pieces of content are joined. */
final class ServerRecorder extends ChannelInboundHandlerAdapter {
    private final CommandDecoder decoder;
    private final List<String> seen = new ArrayList<>();
    private final StringBuilder content = new StringBuilder();

    private ServerRecorder(CommandDecoder decoder) {
        this.decoder = decoder;
    }

    /** Sends {@code octets}, one character each, cut at the given places. */
    static List<String> record(String octets, int... cuts) {
        return record(new CommandDecoder(), octets, cuts);
    }

    static List<String> record(CommandDecoder decoder, String octets, int... cuts) {
        ServerRecorder recorder = new ServerRecorder(decoder);
        EmbeddedChannel channel = new EmbeddedChannel(recorder.decoder, recorder);
        int start = 0;
        for (int cut : cuts) {
            channel.writeInbound(Unpooled.copiedBuffer(octets.substring(start, cut), ISO_8859_1));
            start = cut;
        }
        channel.writeInbound(Unpooled.copiedBuffer(octets.substring(start), ISO_8859_1));
        channel.finishAndReleaseAll();
        if (recorder.content.length() > 0) {
            recorder.seen.add("incomplete " + recorder.content);
        }
        return recorder.seen;
    }

    static List<String> recordOctetByOctet(String octets) {
        int[] cuts = new int[octets.length()];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        return record(octets, cuts);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof ByteBuf piece) {
            content.append(piece.toString(ISO_8859_1));
            piece.release();
        } else if (msg instanceof ContentEnd end) {
            seen.add(end + " " + content);
            content.setLength(0);
        } else if (msg instanceof SaslResponse response) {
            seen.add("SASL " + response.text());
        } else if (msg instanceof CommandLine command) {
            seen.add(command.toString());
            expectWhatComesNext(command);
        } else {
            seen.add(msg.toString());
        }
    }

    private void expectWhatComesNext(CommandLine command) {
        Verb verb = command.verb();
        if (verb == Verb.DATA) {
            decoder.awaitContent();
        } else if (verb == Verb.BDAT && command.argument().matches("[0-9]{1,5}")) {
            decoder.awaitChunk(Long.parseLong(command.argument()));
        } else if (verb == Verb.AUTH) {
            decoder.awaitResponse();
        } else if (verb == Verb.STARTTLS) {
            decoder.discardInput();
        }
    }
}
