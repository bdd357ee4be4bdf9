/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.peers;

import io.pipepost.smtp.benchmarks.harness.ClosedLoop;
import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.simplejavamail.api.email.Email;
import org.simplejavamail.api.mailer.Mailer;
import org.simplejavamail.api.mailer.config.TransportStrategy;
import org.simplejavamail.email.EmailBuilder;
import org.simplejavamail.mailer.MailerBuilder;

/** Simple Java Mail, asynchronous, with its batch module: a thread and a pooled connection each. It composes each message. */
public final class SimpleJavaMailLoad implements LoadClient {
    /** What it writes above the body. */
    private static final int HEADER_OCTETS = 309;

    private final Workload workload;
    private final Mailer mailer;
    private final Email message;

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     */
    public SimpleJavaMailLoad(Workload workload) {
        this.workload = workload;
        this.mailer = MailerBuilder.withSMTPServer(workload.host(), workload.port())
                .withTransportStrategy(workload.isTls() ? TransportStrategy.SMTPS : TransportStrategy.SMTP)
                .withProperty("mail.smtp.localhost", "client.example.com")
                .trustingAllHosts(true)
                .verifyingServerIdentity(false)
                .withThreadPoolSize(workload.connections())
                .withConnectionPoolCoreSize(workload.connections())
                .withConnectionPoolMaxSize(workload.connections())
                .withConnectionPoolClaimTimeoutMillis(60_000)
                .withConnectionPoolExpireAfterMillis(3_600_000)
                .buildMailer();
        this.message = EmailBuilder.startingBlank()
                .from(Workload.FROM)
                .toMultiple(workload.recipients())
                .withSubject("A message of the benchmark")
                .withPlainText(Workload.text(workload.octets() - HEADER_OCTETS))
                .buildEmail();
    }

    @Override
    public void run(Tally tally) throws InterruptedException {
        Supplier<CompletableFuture<?>> send = () -> mailer.sendMail(message, true);
        ClosedLoop.run(tally, Collections.nCopies(workload.connections(), send));
    }
}
