/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.protocol.BodyType;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.MailParameters;
import io.pipepost.smtp.protocol.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Time to encode one flight into one buffer, the cost of {@link EmbeddedChannel} included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CommandEncoderBenchmark {
    @Param({"1024", "10240"})
    private int octets;

    private final EmbeddedChannel channel = new EmbeddedChannel(new CommandEncoder());
    private final Command.Rcpt rcpt = new Command.Rcpt(ForwardPath.of("bob@pipepost.test"));
    private Command.Mail mail = mail(0);
    private Command.Bdat bdat = new Command.Bdat(0, true);
    private ByteBuf content = Unpooled.EMPTY_BUFFER;

    /** Makes the flight. */
    @Setup
    public void prepare() {
        mail = mail(octets);
        bdat = new Command.Bdat(octets, true);
        content = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer().writeBytes(Workload.text(octets).getBytes(StandardCharsets.US_ASCII)));
    }

    private static Command.Mail mail(int size) {
        return new Command.Mail(
                ReversePath.of("alice@example.com"), new MailParameters(size, BodyType.SEVEN_BIT, false));
    }

    /** MAIL, RCPT, BDAT LAST and the content. */
    @Benchmark
    public void flight(Blackhole consumer) {
        channel.write(mail, channel.voidPromise());
        channel.write(rcpt, channel.voidPromise());
        channel.write(bdat, channel.voidPromise());
        channel.write(content.duplicate(), channel.voidPromise());
        channel.flush();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            consumer.consume(out);
            out.release();
        }
    }
}
