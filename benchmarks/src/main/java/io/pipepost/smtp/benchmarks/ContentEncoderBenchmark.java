/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.codec.ContentEncoder;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
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

/** Time for the content of one message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ContentEncoderBenchmark {
    @Param({"1024", "1048576"})
    private int octets;

    /** Whether each line begins with a dot. */
    @Param({"false", "true"})
    private boolean dots;

    private byte[] bytes = {};
    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private final ByteBuf out = Unpooled.directBuffer();

    /** Makes the content. */
    @Setup
    public void prepare() {
        String text = Workload.text(octets);
        bytes = (dots ? text.replace("\r\nT", "\r\n.") : text).getBytes(StandardCharsets.US_ASCII);
        in = Unpooled.wrappedBuffer(bytes);
    }

    /** Dot-stuffing and line ends for DATA. */
    @Benchmark
    public int data() {
        return encode(ContentEncoder.forData());
    }

    /** Line ends for BDAT. */
    @Benchmark
    public int bdat() {
        return encode(ContentEncoder.forBdat());
    }

    private int encode(ContentEncoder encoder) {
        out.clear();
        encoder.encode(in.duplicate(), out);
        encoder.finish(out);
        return out.readableBytes();
    }

    /** Looking through content before it is sent. */
    @Benchmark
    public ContentFacts scan() {
        return ContentScanner.factsOf(bytes);
    }
}
