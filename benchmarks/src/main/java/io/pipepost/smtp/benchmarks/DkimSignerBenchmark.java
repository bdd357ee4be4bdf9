/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks;

import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** Time for the signature of one message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DkimSignerBenchmark {
    @Param({"10240", "1048576"})
    private int octets;

    /** RSA has 2048 bits. */
    @Param({"RSA", "Ed25519"})
    private String algorithm = "";

    private Content content = Content.of("");
    private @Nullable DkimSigner signer;

    /** Makes the message and the key. */
    @Setup
    public void prepare() throws GeneralSecurityException {
        content = Content.of("From: a@example.com\r\n\r\n" + Workload.text(octets));
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("RSA")) {
            generator.initialize(2048);
        }
        signer = DkimSigner.builder(DkimKey.of(
                        "example.com", "s1", generator.generateKeyPair().getPrivate()))
                .build();
    }

    /** Reading, hashing, signing and putting the field on top. */
    @Benchmark
    public Content sign() {
        return Objects.requireNonNull(signer).sign(content, Runnable::run).join();
    }
}
