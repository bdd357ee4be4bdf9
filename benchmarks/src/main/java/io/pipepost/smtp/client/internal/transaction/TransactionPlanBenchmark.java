/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.Collections;
import java.util.List;
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

/** Time to decide how a transaction is carried out. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TransactionPlanBenchmark {
    @Param({"1", "100"})
    private int recipients;

    private final Extensions extensions = Extensions.parse(new Reply(
            250, List.of("mx.example.org", "PIPELINING", "SIZE 67108864", "8BITMIME", "SMTPUTF8", "CHUNKING")));
    private TransactionPlan.Request request = request(1);

    /** Makes the request. */
    @Setup
    public void prepare() {
        request = request(recipients);
    }

    private static TransactionPlan.Request request(int recipients) {
        PreparedContent content = new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                .prepare(Content.of(Workload.text(1_024)))
                .join();
        return new TransactionPlan.Request(
                ReversePath.of("alice@example.com"),
                Collections.nCopies(recipients, ForwardPath.of("bob@pipepost.test")),
                RecipientPolicy.ANY,
                content,
                FlightOptions.DEFAULT);
    }

    /** A plan for a server with the usual extensions. */
    @Benchmark
    public Object plan() throws TransactionPlan.Impossible {
        return TransactionPlan.of(request, extensions, Trust.FLIGHT);
    }
}
