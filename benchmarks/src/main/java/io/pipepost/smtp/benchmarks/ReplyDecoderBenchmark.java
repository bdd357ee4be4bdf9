/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.codec.ReplyDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Time to decode what one read from a server holds, the cost of {@link EmbeddedChannel} included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplyDecoderBenchmark {
    private final EmbeddedChannel channel = new EmbeddedChannel(new ReplyDecoder());

    private final ByteBuf single = octets("250 2.0.0 Ok: queued as 5363120C367\r\n");

    private final ByteBuf batch = octets("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n");

    private final ByteBuf ehlo = octets("""
            250-mx.example.org
            250-PIPELINING
            250-SIZE 67108864
            250-VRFY
            250-ETRN
            250-STARTTLS
            250-AUTH PLAIN LOGIN CRAM-MD5
            250-ENHANCEDSTATUSCODES
            250-8BITMIME
            250-DSN
            250-SMTPUTF8
            250 CHUNKING
            """.replace("\n", "\r\n"));

    /** The final reply to a message. */
    @Benchmark
    public void singleReply(Blackhole consumer) {
        decode(single, consumer);
    }

    /** The replies to MAIL, RCPT and DATA in one read. */
    @Benchmark
    public void pipelinedBatch(Blackhole consumer) {
        decode(batch, consumer);
    }

    /** A reply of twelve lines. */
    @Benchmark
    public void ehloReply(Blackhole consumer) {
        decode(ehlo, consumer);
    }

    private void decode(ByteBuf octets, Blackhole consumer) {
        channel.writeInbound(octets.retainedDuplicate());
        for (Object reply = channel.readInbound(); reply != null; reply = channel.readInbound()) {
            consumer.consume(reply);
        }
    }

    private static ByteBuf octets(String text) {
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
